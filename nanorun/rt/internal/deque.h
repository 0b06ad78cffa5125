/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_DEQUE_H
#define NANORUN_RT_INTERNAL_DEQUE_H

/*
 * A worker's queue: its owner pushes and pops at the new end, anybody steals
 * at the old end. Pushed and stolen only, it is a queue in order.
 *
 * Source: Chase and Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005, of
 * fixed size; the memory orders are those of Le, Pop, Cohen, Zappa Nardelli,
 * PPoPP 2013, with ordered operations in place of fences.
 *
 * `top` is the index of the oldest, `bottom` that behind the newest; both only
 * wrap as size_t does. An item is taken by whoever moves an index past it: the
 * owner moves bottom down, thieves move top up by compare-exchange. When there
 * is one item left, the owner too must move top.
 *
 *   owner, pop                       thief, steal
 *   bottom := b - 1   seq_cst        t := top        seq_cst
 *   t := top          seq_cst        b := bottom     seq_cst
 *   t < b - 1: take                  t < b: take by top: t -> t + 1, seq_cst
 *
 * The seq_cst order forbids that the owner sees the old top and the thief the
 * old bottom, and both take the same item.
 */

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/die.h"

enum { NR_DEQUE_SIZE = 256 }; /* a power of two */

typedef struct nr_deque {
    nr_atomic_size top; /* thieves' */
    char apart_[NR_CACHE_LINE - sizeof(nr_atomic_size)];
    nr_atomic_size bottom; /* the owner's */
    size_t top_seen;       /* what top was once; the owner's */
    nr_atomic_ptr items[NR_DEQUE_SIZE];
} nr_deque;

/* How many items there are, for a look. Threads: any. The loads are seq_cst
 * for a worker about to park (rt/internal/idle.h). Any number of items may come
 * and go between the two: so the difference is cut to what fits. */
static inline size_t nr_deque_count(const nr_deque *d)
{
    size_t t = nr_load_size_seq_cst(&d->top);
    size_t b = nr_load_size_seq_cst(&d->bottom);
    if ((ptrdiff_t)(b - t) <= 0)
        return 0;
    return b - t < NR_DEQUE_SIZE ? b - t : (size_t)NR_DEQUE_SIZE;
}

/* False when it is full. Owner only. The store releases the item to the
 * thief's load of bottom. */
static inline bool nr_deque_push(nr_deque *d, void *item)
{
    size_t b = nr_load_size_relaxed(&d->bottom);
    if (b - d->top_seen >= NR_DEQUE_SIZE) {
        /* acquire: the slots before it have been read */
        d->top_seen = nr_load_size_acquire(&d->top);
        if (b - d->top_seen >= NR_DEQUE_SIZE)
            return false;
    }
    nr_store_ptr_relaxed(&d->items[b % NR_DEQUE_SIZE], item);
    nr_store_size_release(&d->bottom, b + 1);
    return true;
}

/* Before the owner looks for idle workers (rt/internal/idle.h): what it has
 * pushed is, in the seq_cst order, before that look. A pop that found something
 * does as much for what it leaves. Owner only. */
static inline void nr_deque_publish(nr_deque *d)
{
    nr_store_size_seq_cst(&d->bottom, nr_load_size_relaxed(&d->bottom));
}

/* The newest, or NULL. Owner only. */
static inline void *nr_deque_pop(nr_deque *d)
{
    size_t b = nr_load_size_relaxed(&d->bottom);
    size_t t = nr_load_size_relaxed(&d->top);
    if (t == b)
        return NULL; /* top never passes bottom while the owner is here */
    b--;
    nr_store_size_seq_cst(&d->bottom, b);
    t = nr_load_size_seq_cst(&d->top);
    void *item = nr_load_ptr_relaxed(&d->items[b % NR_DEQUE_SIZE]);
    if ((ptrdiff_t)(b - t) > 0)
        return item;
    if (t != b || !nr_cas_size_seq_cst(&d->top, &t, t + 1))
        item = NULL; /* a thief was first */
    nr_store_size_relaxed(&d->bottom, b + 1);
    return item;
}

/* The oldest, or NULL when there is none. Threads: any. */
static inline void *nr_deque_steal(nr_deque *d)
{
    size_t t = nr_load_size_seq_cst(&d->top);
    for (;;) {
        size_t b = nr_load_size_seq_cst(&d->bottom);
        if ((ptrdiff_t)(b - t) <= 0)
            return NULL;
        void *item = nr_load_ptr_relaxed(&d->items[t % NR_DEQUE_SIZE]);
        if (nr_cas_size_seq_cst(&d->top, &t, t + 1))
            return item;
    }
}

/* Takes the `n` oldest at once. False when there are fewer. Owner only: nobody
 * else moves bottom meanwhile, so top alone says whose they are. */
static inline bool nr_deque_take(nr_deque *d, void **out, size_t n)
{
    size_t t = nr_load_size_relaxed(&d->top);
    do {
        if (nr_load_size_relaxed(&d->bottom) - t < n)
            return false;
        for (size_t i = 0; i < n; i++)
            out[i] = nr_load_ptr_relaxed(&d->items[(t + i) % NR_DEQUE_SIZE]);
    } while (!nr_cas_size_seq_cst(&d->top, &t, t + n));
    return true;
}

/* Moves the older half of `from`, n - n / 2 of n, to `to`, which is empty and
 * whose owner calls, and returns the last of it instead; NULL: there was none,
 * or thieves were faster. */
static inline void *nr_deque_steal_half(nr_deque *from, nr_deque *to)
{
    size_t n = nr_deque_count(from);
    n -= n / 2;
    void *last = n > 0 ? nr_deque_steal(from) : NULL;
    while (last && --n > 0) {
        void *item = nr_deque_steal(from);
        if (!item)
            break;
        bool pushed = nr_deque_push(to, last);
        NR_ASSERT(pushed, "half a queue fits an empty one");
        (void)pushed;
        last = item;
    }
    return last;
}

#endif
