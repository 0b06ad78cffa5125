/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_WHEEL_H
#define NANORUN_RT_INTERNAL_WHEEL_H

/*
 * A hierarchical timer wheel: 6 levels of 64 slots, ticks of one millisecond.
 * Pure: it knows no clock and no lock, the caller passes the time and guards
 * it. Insert, remove and the next deadline are O(1); an entry is moved to a
 * finer level at most five times.
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

enum { NR_WHEEL_LEVELS = 6, NR_WHEEL_SLOTS = 64 };
#define NR_WHEEL_NEVER UINT64_MAX

/* Intrusive: part of whatever waits. Zeroed, it is in no wheel. */
typedef struct nr_wheel_entry {
    struct nr_wheel_entry *next;
    struct nr_wheel_entry *prev; /* NULL: in no wheel */
    uint64_t tick;               /* when it expires */
    uint16_t place;              /* level * 64 + slot it is in */
} nr_wheel_entry;

typedef struct nr_wheel {
    uint64_t now; /* every entry up to this tick has been handed out */
    uint64_t occupied[NR_WHEEL_LEVELS]; /* a bit for each slot with entries */
    nr_wheel_entry slots[NR_WHEEL_LEVELS][NR_WHEEL_SLOTS]; /* list heads */
    nr_wheel_entry beyond; /* head of what is too far for the levels */
} nr_wheel;

void nr_wheel_init(nr_wheel *w);

/* Arms `e` for `tick`; one that has passed expires at the next advance. */
void nr_wheel_insert(nr_wheel *w, nr_wheel_entry *e, uint64_t tick);

/* Disarms `e`; nothing where it is in no wheel. */
void nr_wheel_remove(nr_wheel *w, nr_wheel_entry *e);

/* A tick at which to advance: not after the earliest entry's, and that very
 * tick once no multiple of 64 lies between; NR_WHEEL_NEVER when there is no
 * entry. */
uint64_t nr_wheel_next(const nr_wheel *w);

/* Moves the wheel's time towards `tick`, and takes out and returns one entry
 * that has expired; NULL: none is left and the time is `tick`. Entries come
 * in the order of their ticks, and of one tick in that of their insertion. */
nr_wheel_entry *nr_wheel_advance(nr_wheel *w, uint64_t tick);

#ifdef __cplusplus
}
#endif

#endif
