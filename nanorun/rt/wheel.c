/* SPDX-License-Identifier: MIT */

/*
 * Level k has slots of 64^k ticks. An entry lies at the level of the highest
 * six-bit digit in which its tick differs from the wheel's time, in the slot
 * of that digit: so a level holds only what comes after all of the levels
 * below it, and the earliest entry is in the first occupied slot of the lowest
 * occupied level. When the time reaches a slot above level 0, its entries are
 * inserted again and come to lie lower. What differs in a digit beyond the
 * top level lies in a list of its own, and is inserted again whenever the time
 * reaches a multiple of 64^6: so it is not late, and keeps its order.
 */

#include "nanorun/rt/internal/wheel.h"

#include <string.h>

#include "nanorun/sys/bits.h"

enum { DIGIT_BITS = 6, DIGIT_MASK = 63, BEYOND = NR_WHEEL_LEVELS };

void nr_wheel_init(nr_wheel *w)
{
    memset(w, 0, sizeof *w);
    for (unsigned level = 0; level < NR_WHEEL_LEVELS; level++) {
        for (unsigned slot = 0; slot < NR_WHEEL_SLOTS; slot++) {
            nr_wheel_entry *head = &w->slots[level][slot];
            head->next = head->prev = head;
        }
    }
    w->beyond.next = w->beyond.prev = &w->beyond;
}

static nr_wheel_entry *head_of(nr_wheel *w, unsigned level, unsigned slot)
{
    return level < BEYOND ? &w->slots[level][slot] : &w->beyond;
}

static unsigned digit(uint64_t tick, unsigned level)
{
    return (unsigned)(tick >> (level * DIGIT_BITS)) & DIGIT_MASK;
}

static void append(nr_wheel *w, nr_wheel_entry *e, unsigned level,
                   unsigned slot)
{
    nr_wheel_entry *head = head_of(w, level, slot);
    e->place = (uint16_t)(level * NR_WHEEL_SLOTS + slot);
    e->next = head;
    e->prev = head->prev;
    head->prev->next = e;
    head->prev = e;
    if (level < BEYOND)
        w->occupied[level] |= UINT64_C(1) << slot;
}

void nr_wheel_insert(nr_wheel *w, nr_wheel_entry *e, uint64_t tick)
{
    uint64_t at = tick > w->now ? tick : w->now;
    unsigned level = nr_highest_bit((at ^ w->now) | 1) / DIGIT_BITS;
    e->tick = tick;
    if (level < BEYOND)
        append(w, e, level, digit(at, level));
    else
        append(w, e, BEYOND, 0);
}

void nr_wheel_remove(nr_wheel *w, nr_wheel_entry *e)
{
    if (!e->prev)
        return;
    e->prev->next = e->next;
    e->next->prev = e->prev;
    e->prev = NULL;
    unsigned level = e->place / NR_WHEEL_SLOTS;
    unsigned slot = e->place % NR_WHEEL_SLOTS;
    if (level < BEYOND && w->slots[level][slot].next == &w->slots[level][slot])
        w->occupied[level] &= ~(UINT64_C(1) << slot);
}

/* The tick at which the first occupied slot begins; its level and number. */
static uint64_t first(const nr_wheel *w, unsigned *level, unsigned *slot)
{
    for (unsigned k = 0; k < NR_WHEEL_LEVELS; k++) {
        uint64_t bits = w->occupied[k];
        if (bits == 0)
            continue;
        unsigned here = digit(w->now, k);
        uint64_t ahead = here ? bits >> here | bits << (64 - here) : bits;
        unsigned distance = nr_lowest_bit(ahead);
        *level = k;
        *slot = (here + distance) & DIGIT_MASK;
        return ((w->now >> (k * DIGIT_BITS)) + distance) << (k * DIGIT_BITS);
    }
    if (w->beyond.next == &w->beyond)
        return NR_WHEEL_NEVER;
    *level = BEYOND;
    *slot = 0;
    return ((w->now >> (BEYOND * DIGIT_BITS)) + 1) << (BEYOND * DIGIT_BITS);
}

uint64_t nr_wheel_next(const nr_wheel *w)
{
    unsigned level, slot;
    return first(w, &level, &slot);
}

/* Inserts the entries of a slot again, in their order. */
static void cascade(nr_wheel *w, unsigned level, unsigned slot)
{
    nr_wheel_entry *head = head_of(w, level, slot);
    nr_wheel_entry *e = head->next;
    head->next = head->prev = head;
    if (level < BEYOND)
        w->occupied[level] &= ~(UINT64_C(1) << slot);
    while (e != head) {
        nr_wheel_entry *next = e->next;
        nr_wheel_insert(w, e, e->tick);
        e = next;
    }
}

nr_wheel_entry *nr_wheel_advance(nr_wheel *w, uint64_t tick)
{
    for (;;) {
        unsigned level, slot;
        uint64_t begin = first(w, &level, &slot);
        if (begin > tick || begin == NR_WHEEL_NEVER) {
            if (w->now < tick)
                w->now = tick;
            return NULL;
        }
        w->now = begin;
        if (level == 0) {
            nr_wheel_entry *e = w->slots[0][slot].next;
            nr_wheel_remove(w, e);
            return e;
        }
        cascade(w, level, slot);
    }
}
