/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_WHEEL_H
#define NANORUN_RT_INTERNAL_WHEEL_H

/*
 * A hierarchical timer wheel: 6 levels of 64 slots. Pure: it knows no clock
 * and no lock, the caller passes the time and guards it. Insert, remove and
 * the next deadline are O(1); an entry is moved to a finer level at most five
 * times, and the caller says how many may be moved at once.
 *
 * Source: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP
 * 1987, scheme 7.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NR_WHEEL_NEVER UINT64_MAX

/* Two more lists than slots: what is too far for the levels, and what is being
 * moved to finer ones. */
enum {
    NR_WHEEL_LEVELS = 6,
    NR_WHEEL_SLOTS = 64,
    NR_WHEEL_BEYOND = NR_WHEEL_LEVELS * NR_WHEEL_SLOTS,
    NR_WHEEL_MOVING,
    NR_WHEEL_LISTS
};

typedef struct nr_wheel_link {
    struct nr_wheel_link *next;
    struct nr_wheel_link *prev;
} nr_wheel_link;

/* Intrusive: part of whatever waits. Zeroed, it is in no wheel. */
typedef struct nr_wheel_entry {
    nr_wheel_link link; /* first; prev NULL: in no wheel */
    uint64_t tick;      /* when it expires */
} nr_wheel_entry;

typedef struct nr_wheel {
    uint64_t now; /* every entry before this tick has been handed out */
    uint64_t occupied[NR_WHEEL_LEVELS + 1]; /* a bit a list with entries */
    nr_wheel_link lists[NR_WHEEL_LISTS];    /* heads; 64 of each level */
} nr_wheel;

void nr_wheel_init(nr_wheel *w);

/* Arms `e` for `tick`; one that has passed expires at the next advance. */
void nr_wheel_insert(nr_wheel *w, nr_wheel_entry *e, uint64_t tick);

/* Disarms `e`; nothing where it is in no wheel. */
void nr_wheel_remove(nr_wheel *w, nr_wheel_entry *e);

/* A tick at which to advance: not after the earliest entry's, and that very
 * tick once no multiple of 64 lies between and nothing is left to be moved;
 * NR_WHEEL_NEVER when there is no entry. */
uint64_t nr_wheel_next(const nr_wheel *w);

/* Moves the wheel's time towards `tick`, and takes out and returns one entry
 * that has expired. NULL: none is left and the time is `tick`, or *moves,
 * which each entry that is moved to a finer level takes one of, has come to 0:
 * then call again. Entries come in the order of their ticks, and of one tick
 * in that of their insertion. */
nr_wheel_entry *nr_wheel_advance(nr_wheel *w, uint64_t tick, unsigned *moves);

#ifdef __cplusplus
}
#endif

#endif
