/* SPDX-License-Identifier: MIT */

/*
 * A slot of level k covers 64^k ticks. Written in base 64, an entry's tick and
 * the wheel's time differ in a highest digit. The position of that digit is the
 * entry's level and its value is the slot. So every entry of a level expires
 * after all entries of the levels below it, and the earliest entry is in the
 * first occupied slot of the lowest occupied level. If the highest different
 * digit is beyond the top level, the entry is in the list NR_WHEEL_BEYOND,
 * which is visited whenever that digit of the time changes. So such an entry is
 * neither late nor out of order.
 *
 * When the time reaches a slot above level 0, the slot's entries become the
 * list NR_WHEEL_MOVING: they are inserted again one by one and go to lower
 * levels. No entry expires before that list is empty. Entries that are inserted
 * meanwhile are appended to it, so they do not overtake an entry of the same
 * tick.
 */

#include "nanorun/rt/time/wheel.h"

#include <string.h>

#include "nanorun/sys/bits.h"

enum {
    WHEEL_DIGIT_BITS = 6,
    WHEEL_DIGIT_MASK = NR_WHEEL_SLOTS - 1,
    WHEEL_TOP_BITS = NR_WHEEL_LEVELS * WHEEL_DIGIT_BITS
};

static void wheel_make_empty(nr_wheel *w, unsigned list)
{
    nr_list_init(&w->lists[list]);
    w->occupied[list / 64] &= ~(UINT64_C(1) << list % 64);
}

void nr_wheel_init(nr_wheel *w)
{
    memset(w, 0, sizeof *w);
    for (unsigned list = 0; list < NR_WHEEL_LISTS; list++)
        wheel_make_empty(w, list);
}

static bool wheel_is_occupied(const nr_wheel *w, unsigned list)
{
    return w->occupied[list / 64] >> list % 64 & 1;
}

static unsigned wheel_digit(uint64_t tick, unsigned level)
{
    return (unsigned)(tick >> (level * WHEEL_DIGIT_BITS)) & WHEEL_DIGIT_MASK;
}

static void wheel_append(nr_wheel *w, nr_wheel_entry *e, unsigned list)
{
    nr_list_append(&w->lists[list], &e->link);
    w->occupied[list / 64] |= UINT64_C(1) << list % 64;
}

/* The list of an entry, by its tick and the wheel's time. */
static unsigned wheel_place_of(const nr_wheel *w, const nr_wheel_entry *e)
{
    uint64_t at = e->tick > w->now ? e->tick : w->now;
    unsigned level = nr_highest_bit((at ^ w->now) | 1) / WHEEL_DIGIT_BITS;
    return level < NR_WHEEL_LEVELS
               ? level * NR_WHEEL_SLOTS + wheel_digit(at, level)
               : NR_WHEEL_BEYOND;
}

void nr_wheel_insert(nr_wheel *w, nr_wheel_entry *e, uint64_t tick)
{
    bool is_moving = wheel_is_occupied(w, NR_WHEEL_MOVING);
    e->tick = tick;
    wheel_append(w, e, is_moving ? NR_WHEEL_MOVING : wheel_place_of(w, e));
}

void nr_wheel_remove(nr_wheel *w, nr_wheel_entry *e)
{
    nr_link *next = e->link.next, *prev = e->link.prev;
    if (!prev)
        return;
    nr_list_remove(&e->link);
    e->link.prev = NULL;
    if (next == prev) /* both are the list, which is empty now */
        wheel_make_empty(w, (unsigned)(next - w->lists));
}

/* The tick at which the first occupied list begins; *list becomes that list. */
static uint64_t wheel_first(const nr_wheel *w, unsigned *list)
{
    for (unsigned k = 0; k < NR_WHEEL_LEVELS; k++) {
        uint64_t bits = w->occupied[k];
        if (bits == 0)
            continue;
        unsigned here = wheel_digit(w->now, k);
        uint64_t ahead = here ? bits >> here | bits << (64 - here) : bits;
        unsigned distance = nr_lowest_bit(ahead);
        *list = k * NR_WHEEL_SLOTS + ((here + distance) & WHEEL_DIGIT_MASK);
        return ((w->now >> (k * WHEEL_DIGIT_BITS)) + distance)
               << (k * WHEEL_DIGIT_BITS);
    }
    *list = NR_WHEEL_BEYOND;
    if (!wheel_is_occupied(w, NR_WHEEL_BEYOND))
        return NR_WHEEL_NEVER;
    return ((w->now >> WHEEL_TOP_BITS) + 1) << WHEEL_TOP_BITS;
}

uint64_t nr_wheel_next(const nr_wheel *w)
{
    unsigned list;
    return wheel_is_occupied(w, NR_WHEEL_MOVING) ? w->now
                                                 : wheel_first(w, &list);
}

static nr_wheel_entry *wheel_take(nr_wheel *w, unsigned list)
{
    nr_wheel_entry *e =
        NR_CONTAINER_OF(w->lists[list].next, nr_wheel_entry, link);
    nr_wheel_remove(w, e);
    return e;
}

/* Moves all entries of a list to NR_WHEEL_MOVING, which is empty. */
static void wheel_begin_moving(nr_wheel *w, unsigned list)
{
    nr_list_move(&w->lists[NR_WHEEL_MOVING], &w->lists[list]);
    w->occupied[NR_WHEEL_MOVING / 64] |= UINT64_C(1) << NR_WHEEL_MOVING % 64;
    wheel_make_empty(w, list);
}

nr_wheel_entry *nr_wheel_advance(nr_wheel *w, uint64_t tick, unsigned *moves)
{
    for (;;) {
        while (wheel_is_occupied(w, NR_WHEEL_MOVING)) {
            if (*moves == 0)
                return NULL;
            --*moves;
            nr_wheel_entry *e = wheel_take(w, NR_WHEEL_MOVING);
            wheel_append(w, e, wheel_place_of(w, e));
        }
        unsigned list;
        uint64_t begin = wheel_first(w, &list);
        if (begin > tick || begin == NR_WHEEL_NEVER) {
            if (w->now < tick)
                w->now = tick;
            return NULL;
        }
        w->now = begin;
        if (list < NR_WHEEL_SLOTS)
            return wheel_take(w, list);
        wheel_begin_moving(w, list);
    }
}
