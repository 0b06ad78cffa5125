/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_DEQUE_H
#define NANORUN_RT_SCHED_DEQUE_H

/*
 * A worker's queue: the owner pushes and pops at the new end, any thread steals
 * at the old end. If items are only pushed and stolen, it is a FIFO queue.
 *
 * Source: Chase and Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005; the
 * memory orders are those of Le, Pop, Cohen, Zappa Nardelli, PPoPP 2013, with
 * ordered operations in place of fences.
 *
 * `top` is the index of the oldest item, `bottom` the index behind the newest.
 * Both wrap around as size_t does. A thread takes an item by moving an index
 * past it: the owner decrements bottom, a thief increments top by
 * compare-exchange. If one item is left, the owner must move top as well.
 *
 *   owner, pop                       thief, steal
 *   bottom := b - 1   seq_cst        t := top        seq_cst
 *   t := top          seq_cst        b := bottom     seq_cst
 *   t < b - 1: take                  t < b: take by top: t -> t + 1, seq_cst
 *
 * The seq_cst order forbids the outcome in which the owner sees the old top,
 * the thief sees the old bottom, and both take the same item.
 *
 * The items are in a ring, at their index modulo its size. The first ring is
 * part of the queue; when it is full the owner replaces it by a larger one. A
 * thief may still read a replaced ring, which nobody changes any more: either
 * the item there is the one of this index, or top has moved and the thief's
 * exchange fails. A thief reads bottom before it reads the ring's address, so
 * it finds a ring that has that item. The owner decides when replaced rings are
 * freed (rt/sched/worker.c).
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

/* A ring that replaced the first one. The items follow the struct. */
typedef struct nr_ring {
    struct nr_ring *older;
    size_t size; /* a power of two */
} nr_ring;

/* A zeroed deque is empty. */
typedef struct nr_deque {
    nr_atomic_size top; /* moved by thieves */
    char apart_[NR_CACHE_LINE - sizeof(nr_atomic_size)];
    nr_atomic_size bottom; /* written by the owner */
    size_t top_seen;       /* an earlier value of top; the owner's */
    nr_atomic_ptr ring;    /* NULL: `items`; written by the owner */
    nr_ring *rings;        /* all allocated ones, newest first; the owner's */
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

/* The capacity of the current ring. Owner only. */
static inline size_t nr_deque_size(const nr_deque *d)
{
    return nr_ring_size_(nr_deque_own_ring_(d));
}

/* How many items there are, as a hint. Threads: any. The loads are seq_cst for
 * a worker that is about to park (rt/sched/idle.h). Items may come and go
 * between the two loads, so the result may exceed every true count. */
static inline size_t nr_deque_count(const nr_deque *d)
{
    size_t t = nr_load_size_seq_cst(&d->top);
    size_t b = nr_load_size_seq_cst(&d->bottom);
    return (ptrdiff_t)(b - t) <= 0 ? 0 : b - t;
}

/* Returns false if the ring is full. Owner only. The store releases the item to
 * the thief's load of bottom. */
static inline bool nr_deque_push(nr_deque *d, void *item)
{
    nr_ring *r = nr_deque_own_ring_(d);
    size_t b = nr_load_size_relaxed(&d->bottom);
    size_t size = nr_ring_size_(r);
    if (b - d->top_seen >= size) {
        /* acquire: pairs with the thief's exchange, after which the slot may be
         * written again */
        d->top_seen = nr_load_size_acquire(&d->top);
        if (b - d->top_seen >= size)
            return false;
    }
    nr_store_ptr_relaxed(nr_deque_slot_(d, r, b), item);
    nr_store_size_release(&d->bottom, b + 1);
    return true;
}

/* Called by the owner before it looks for idle workers (rt/sched/idle.h), so
 * that its pushes precede that look in the seq_cst order. A pop that returned
 * an item does the same for the items that are left. */
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
        return NULL; /* only the owner could add an item meanwhile */
    b--;
    nr_store_size_seq_cst(&d->bottom, b);
    t = nr_load_size_seq_cst(&d->top);
    void *item =
        nr_load_ptr_relaxed(nr_deque_slot_(d, nr_deque_own_ring_(d), b));
    if ((ptrdiff_t)(b - t) > 0)
        return item;
    if (t != b || !nr_cas_size_seq_cst(&d->top, &t, t + 1))
        item = NULL; /* a thief took it */
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
        /* Acquires the items of a new ring. seq_cst: a thief that began its
         * search after a ring was replaced does not read that ring any more
         * (rt/sched/worker.c). */
        nr_ring *r = (nr_ring *)nr_load_ptr_seq_cst(&d->ring);
        void *item = nr_load_ptr_relaxed(nr_deque_slot_(d, r, t));
        if (nr_cas_size_seq_cst(&d->top, &t, t + 1))
            return item;
    }
}

/* Takes the `n` oldest items at once. Returns false if there are fewer. Owner
 * only: bottom does not move meanwhile, so one exchange of top takes them. */
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

/* Steals the older half of `from`, n - n / 2 of n items and at most
 * NR_DEQUE_BATCH. Returns the newest of them and pushes the others to `to`,
 * which is empty and belongs to the caller. Returns NULL if there was none, or
 * other thieves took all. */
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

/* Replaces the ring by one of `size`, a power of two that holds all items.
 * NR_DEQUE_SIZE means the first ring, which needs no memory. Returns false if
 * there is no memory. Owner only. */
bool nr_deque_resize(nr_deque *d, size_t size);

/* Frees the replaced rings. Owner only, and no thief may be in a steal that
 * began before they were replaced. */
void nr_deque_free_outgrown(nr_deque *d);

/* Frees the memory of an empty deque. */
void nr_deque_deinit(nr_deque *d);

#ifdef __cplusplus
}
#endif

#endif
