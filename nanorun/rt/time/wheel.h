/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TIME_WHEEL_H
#define NANORUN_RT_TIME_WHEEL_H

/*
 * A hierarchical timer wheel: 6 levels of 64 slots. It has neither a clock nor
 * a lock: the caller passes the time and guards the wheel. Insert, remove and
 * the next deadline are O(1). An entry is moved to a finer level at most five
 * times, and the caller bounds how many moves one call makes.
 *
 * Source: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP
 * 1987, scheme 7.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/rt/list.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NR_WHEEL_NEVER UINT64_MAX

/* There are two more lists than slots: entries too far away for the levels, and
 * entries on their way to finer levels. */
enum {
    NR_WHEEL_LEVELS = 6,
    NR_WHEEL_SLOTS = 64,
    NR_WHEEL_BEYOND = NR_WHEEL_LEVELS * NR_WHEEL_SLOTS,
    NR_WHEEL_MOVING,
    NR_WHEEL_LISTS
};

/* A member of the object that waits. A zeroed entry is in no wheel. */
typedef struct nr_wheel_entry {
    nr_link link;  /* prev NULL: in no wheel */
    uint64_t tick; /* when it expires */
} nr_wheel_entry;

typedef struct nr_wheel {
    uint64_t now; /* every entry before this tick was returned */
    uint64_t occupied[NR_WHEEL_LEVELS + 1]; /* one bit a list: has entries */
    nr_link lists[NR_WHEEL_LISTS];          /* 64 of each level */
} nr_wheel;

void nr_wheel_init(nr_wheel *w);

/* Arms `e` for `tick`. A tick in the past expires at the next advance. */
void nr_wheel_insert(nr_wheel *w, nr_wheel_entry *e, uint64_t tick);

/* Disarms `e`, if it is in the wheel. */
void nr_wheel_remove(nr_wheel *w, nr_wheel_entry *e);

/* The tick at which to advance next; NR_WHEEL_NEVER without entries. It is
 * never later than the earliest entry's tick. It is that very tick if no
 * multiple of 64 lies between and no entry is on its way to a finer level. */
uint64_t nr_wheel_next(const nr_wheel *w);

/* Moves the wheel's time towards `tick`, and removes and returns one entry that
 * has expired. Returns NULL when no entry is left and the time is `tick`, or
 * when *moves has come to 0; in the second case call again. Each move of an
 * entry to a finer level takes one from *moves. Entries come in the order of
 * their ticks, and for one tick in the order of their insertion. */
nr_wheel_entry *nr_wheel_advance(nr_wheel *w, uint64_t tick, unsigned *moves);

#ifdef __cplusplus
}
#endif

#endif
