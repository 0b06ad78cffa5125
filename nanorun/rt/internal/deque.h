/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_DEQUE_H
#define NANORUN_RT_INTERNAL_DEQUE_H

/*
 * A worker's queue: its owner pushes and pops at the new end, anybody steals
 * at the old end. Pushed and stolen only, it is a queue in order.
 *
 * Source: Chase and Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005; the
 * memory orders are those of Le, Pop, Cohen, Zappa Nardelli, PPoPP 2013, with
 * ordered operations in place of fences.
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
 *
 * The items are in a ring, at their index modulo its size: the queue's own or,
 * once that was full, a larger one. What a thief reads in a ring that has been
 * outgrown meanwhile is what was there then: either that is still the item of
 * this index, or top has moved and the thief's exchange fails. A thief reads
 * bottom before it reads which ring: so it knows the ring of that item. When
 * outgrown rings are freed is the owner's affair (rt/worker.c).
 */

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/die.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NR_DEQUE_SIZE = 256, /* of the first ring, a power of two */
    NR_DEQUE_BATCH = NR_DEQUE_SIZE / 2
};

/* A larger ring; its items follow it. */
typedef struct nr_ring {
    struct nr_ring *older;
    size_t size; /* a power of two */
} nr_ring;

/* Zeroed, it is empty. */
typedef struct nr_deque {
    nr_atomic_size top; /* thieves' */
    char apart_[NR_CACHE_LINE - sizeof(nr_atomic_size)];
    nr_atomic_size bottom; /* the owner's */
    size_t top_seen;       /* what top was once; the owner's */
    nr_atomic_ptr ring;    /* NULL: `items`; written by the owner */
    nr_ring *rings;        /* all that there are, newest first; the owner's */
    nr_atomic_ptr items[NR_DEQUE_SIZE];
} nr_deque;

static inline size_t nr_ring_size_(const nr_ring *r)
{
    return r ? r->size : (size_t)NR_DEQUE_SIZE;
}

static inline nr_atomic_ptr *nr_deque_slot_(nr_deque *d, nr_ring *r, size_t i)
{
    nr_atomic_ptr *items = r ? (nr_atomic_ptr *)(void *)(r + 1) : d->items;
    return &items[i & (nr_ring_size_(r) - 1)];
}

static inline nr_ring *nr_deque_own_ring_(const nr_deque *d)
{
    return (nr_ring *)nr_load_ptr_relaxed(&d->ring);
}

/* How many fit. Owner only. */
static inline size_t nr_deque_size(const nr_deque *d)
{
    return nr_ring_size_(nr_deque_own_ring_(d));
}

/* How many items there are, for a look. Threads: any. The loads are seq_cst
 * for a worker about to park (rt/internal/idle.h). Any number of items may come
 * and go between the two, so it may be more than there ever were at once. */
static inline size_t nr_deque_count(const nr_deque *d)
{
    size_t t = nr_load_size_seq_cst(&d->top);
    size_t b = nr_load_size_seq_cst(&d->bottom);
    return (ptrdiff_t)(b - t) <= 0 ? 0 : b - t;
}

/* False when its ring is full. Owner only. The store releases the item to the
 * thief's load of bottom. */
static inline bool nr_deque_push(nr_deque *d, void *item)
{
    nr_ring *r = nr_deque_own_ring_(d);
    size_t b = nr_load_size_relaxed(&d->bottom);
    size_t size = nr_ring_size_(r);
    if (b - d->top_seen >= size) {
        /* acquire: the slots before it have been read */
        d->top_seen = nr_load_size_acquire(&d->top);
        if (b - d->top_seen >= size)
            return false;
    }
    nr_store_ptr_relaxed(nr_deque_slot_(d, r, b), item);
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
    void *item =
        nr_load_ptr_relaxed(nr_deque_slot_(d, nr_deque_own_ring_(d), b));
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
        /* Acquires from the growth; seq_cst: what was replaced before this
         * thief began to search is not found any more (rt/worker.c). */
        nr_ring *r = (nr_ring *)nr_load_ptr_seq_cst(&d->ring);
        void *item = nr_load_ptr_relaxed(nr_deque_slot_(d, r, t));
        if (nr_cas_size_seq_cst(&d->top, &t, t + 1))
            return item;
    }
}

/* Takes the `n` oldest at once. False when there are fewer. Owner only: nobody
 * else moves bottom meanwhile, so top alone says whose they are. */
static inline bool nr_deque_take(nr_deque *d, void **out, size_t n)
{
    nr_ring *r = nr_deque_own_ring_(d);
    size_t t = nr_load_size_relaxed(&d->top);
    do {
        if (nr_load_size_relaxed(&d->bottom) - t < n)
            return false;
        for (size_t i = 0; i < n; i++)
            out[i] = nr_load_ptr_relaxed(nr_deque_slot_(d, r, t + i));
    } while (!nr_cas_size_seq_cst(&d->top, &t, t + n));
    return true;
}

/* Moves the older half of `from`, n - n / 2 of n, or NR_DEQUE_BATCH, to `to`,
 * which is empty and whose owner calls, and returns the last of it instead;
 * NULL: there was none, or thieves were faster. */
static inline void *nr_deque_steal_half(nr_deque *from, nr_deque *to)
{
    size_t n = nr_deque_count(from);
    n -= n / 2;
    if (n > NR_DEQUE_BATCH)
        n = NR_DEQUE_BATCH;
    void *last = n > 0 ? nr_deque_steal(from) : NULL;
    while (last && --n > 0) {
        void *item = nr_deque_steal(from);
        if (!item)
            break;
        bool pushed = nr_deque_push(to, last);
        NR_ASSERT(pushed, "a batch fits an empty queue");
        (void)pushed;
        last = item;
    }
    return last;
}

/* Goes over to a ring of `size`, a power of two, which all items fit; that of
 * NR_DEQUE_SIZE is always there. False: no memory. Owner only. */
bool nr_deque_resize(nr_deque *d, size_t size);

/* Frees the rings that are not in use. Owner only, and no thief may be between
 * its first and its last step meanwhile. */
void nr_deque_free_outgrown(nr_deque *d);

/* Ends one that is empty. */
void nr_deque_deinit(nr_deque *d);

#ifdef __cplusplus
}
#endif

#endif
