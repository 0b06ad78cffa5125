/* SPDX-License-Identifier: MIT */

/*
 * A chunk has blocks of one kind (chunk.h). Each kind has a lock and a ring of
 * the chunks that have blocks to take.
 *
 * A chunk whose blocks are all back goes to `slab_idle`, to be used for any
 * kind. `fewest` is the smallest number of chunks in `slab_idle` since the last
 * trim; the next trim gives that number back to the system. A trim also sweeps
 * the chunks of which no block was taken since the last trim. `stirred` says
 * that there may be such chunks: giving blocks back sets it, and so does a trim
 * that leaves work to the next one.
 *
 * The system gives the first chunks one by one, later ones SLAB_SPAN at once,
 * in a large page if it has such: the first touch of fresh memory is the most
 * expensive part of the life of a task in a burst.
 */

#include "nanorun/rt/memory/slab.h"

#include <limits.h>

#include "nanorun/rt/memory/chunk.h"
#include "nanorun/rt/thread/fork.h"
#include "nanorun/rt/thread/spinlock.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"

/* A trim sweeps SLAB_SWEEPS_MAX chunks of a kind at most, because it holds the
 * kind's lock. */
enum { SLAB_SPAN = 8, SLAB_SWEEPS_MAX = 8 };

static struct slab_kind {
    uint32_t lock;
    nr_chunk *first; /* a ring, or NULL */
} slab_kinds[NR_BLOCK_KINDS_];

static struct {
    uint32_t lock;
    nr_chunk *first;
    nr_atomic_u32 count; /* written under the lock */
    uint32_t fewest;
    uint32_t mapped; /* all chunks that there are, idle or not */
    uint64_t trimmed_ns;
    nr_atomic_u32 stirred; /* blocks came back that no trim has looked at */
} slab_idle;

/* Whether the hooks for a fork are registered. The acquire pairs with the store
 * after the registration. */
static nr_atomic_u32 slab_watched;

static bool slab_is_watched(void)
{
    return nr_load_u32_acquire(&slab_watched) != 0;
}

/* ---- chunks ---- */

static void slab_link_chunk(struct slab_kind *k, nr_chunk *c)
{
    if (k->first) {
        c->next = k->first;
        c->prev = k->first->prev;
        c->prev->next = c->next->prev = c;
    } else {
        k->first = c->next = c->prev = c;
    }
}

static void slab_unlink_chunk(struct slab_kind *k, nr_chunk *c)
{
    if (c->next == c)
        k->first = NULL;
    else if (k->first == c)
        k->first = c->next;
    c->prev->next = c->next;
    c->next->prev = c->prev;
    c->next = c->prev = NULL;
}

/* Under the lock. */
static void slab_rest_chunk(nr_chunk *c)
{
    c->next = slab_idle.first;
    slab_idle.first = c;
    nr_store_u32_relaxed(&slab_idle.count,
                         nr_load_u32_relaxed(&slab_idle.count) + 1);
}

/* Under the lock; NULL: there is none. */
static nr_chunk *slab_take_idle(void)
{
    nr_chunk *c = slab_idle.first;
    if (c) {
        slab_idle.first = c->next;
        uint32_t count = nr_load_u32_relaxed(&slab_idle.count) - 1;
        nr_store_u32_relaxed(&slab_idle.count, count);
        if (slab_idle.fewest > count)
            slab_idle.fewest = count;
    }
    return c;
}

/* Maps `wanted` chunks, or one if that fails. Returns one; the others go to
 * `idle`. */
static nr_chunk *slab_map_chunks(unsigned wanted)
{
    unsigned n = wanted;
    char *pages = nr_sys_pages_alloc(NR_CHUNK, &n);
    if (!pages) {
        n = 1;
        pages = nr_sys_pages_alloc(NR_CHUNK, &n);
    }
    if (!pages)
        return NULL;
    nr_spin_lock(&slab_idle.lock);
    slab_idle.mapped += n;
    while (--n > 0)
        slab_rest_chunk((nr_chunk *)(void *)(pages + (size_t)n * NR_CHUNK));
    nr_spin_unlock(&slab_idle.lock);
    return (nr_chunk *)(void *)pages;
}

static nr_chunk *slab_new_chunk(void)
{
    nr_spin_lock(&slab_idle.lock);
    nr_chunk *c = slab_take_idle();
    unsigned wanted = slab_idle.mapped < SLAB_SPAN ? 1 : SLAB_SPAN;
    nr_spin_unlock(&slab_idle.lock);
    if (!c)
        c = slab_map_chunks(wanted);
    if (c)
        nr_chunk_init(c);
    return c;
}

/* ---- blocks ---- */

nr_future *nr_slab_take(uint8_t block, unsigned n)
{
    struct slab_kind *k = &slab_kinds[block];
    uint32_t size = (uint32_t)block * NR_BLOCK_STEP_;
    nr_future *list = NULL;
    if (!slab_is_watched() && !nr_slab_watch_fork())
        return NULL;
    n = (unsigned)nr_sys_alloc_admit(n);
    unsigned taken = 0;
    nr_spin_lock(&k->lock);
    while (taken < n) {
        if (!k->first) {
            nr_spin_unlock(&k->lock);
            nr_chunk *c = slab_new_chunk();
            nr_spin_lock(&k->lock);
            if (!c)
                break;
            slab_link_chunk(k, c);
        }
        nr_chunk *c = k->first;
        c->is_used = true;
        for (; taken < n && nr_chunk_has_any(c, size); taken++) {
            nr_future *f = nr_chunk_take(c, size);
            f->awaiter = list;
            list = f;
        }
        if (!nr_chunk_has_any(c, size))
            slab_unlink_chunk(k, c);
    }
    nr_spin_unlock(&k->lock);
    nr_sys_alloc_returned(n - taken);
    return list;
}

/* Puts a block back, under the lock. If its chunk has no taken block any more,
 * takes the chunk out of the ring and returns it. */
static nr_chunk *slab_put_back(struct slab_kind *k, nr_future *f, uint32_t size)
{
    nr_chunk *c = nr_chunk_of(f);
    if (!nr_chunk_has_any(c, size))
        slab_link_chunk(k, c);
    nr_chunk_put(c, f);
    if (c->out > 0)
        return NULL;
    slab_unlink_chunk(k, c);
    return c;
}

static void slab_stir(void)
{
    if (!nr_load_u32_relaxed(&slab_idle.stirred))
        nr_store_u32_relaxed(&slab_idle.stirred, 1);
}

void nr_slab_give(uint8_t block, nr_future *list)
{
    struct slab_kind *k = &slab_kinds[block];
    nr_chunk *empty = NULL;
    size_t n = 0;
    nr_spin_lock(&k->lock);
    while (list) {
        nr_future *f = list;
        list = f->awaiter;
        nr_chunk *c = slab_put_back(k, f, (uint32_t)block * NR_BLOCK_STEP_);
        if (c) {
            c->next = empty;
            empty = c;
        }
        n++;
    }
    nr_spin_unlock(&k->lock);
    nr_sys_alloc_returned(n);
    slab_stir();
    if (!empty)
        return;
    nr_spin_lock(&slab_idle.lock);
    while (empty) {
        nr_chunk *c = empty;
        empty = c->next;
        slab_rest_chunk(c);
    }
    nr_spin_unlock(&slab_idle.lock);
}

/* ---- giving back to the system ---- */

bool nr_slab_is_idle(void)
{
    return nr_load_u32_relaxed(&slab_idle.count) != 0 ||
           nr_load_u32_relaxed(&slab_idle.stirred) != 0;
}

/* Sweeps the chunks of a kind that were not used since the last trim, or all
 * chunks. Returns whether a later trim may find more. */
static bool slab_sweep_kind(struct slab_kind *k, uint32_t size, bool all)
{
    unsigned left = all ? UINT_MAX : SLAB_SWEEPS_MAX;
    bool is_more = false;
    nr_spin_lock(&k->lock);
    nr_chunk *c = k->first;
    for (bool is_last = !c; !is_last; c = c->next) {
        is_last = c->next == k->first;
        bool is_due = nr_chunk_is_due(c);
        if (is_due && left > 0 && (all || !c->is_used)) {
            nr_chunk_sweep(c, size);
            left--;
        } else if (is_due) {
            is_more = true;
        }
        c->is_used = false;
    }
    nr_spin_unlock(&k->lock);
    return is_more;
}

static void slab_sweep(bool all)
{
    nr_store_u32_relaxed(&slab_idle.stirred, 0);
    for (uint32_t i = NR_BLOCK_SMALL_; i < NR_BLOCK_KINDS_; i++) {
        if (slab_sweep_kind(&slab_kinds[i], i * NR_BLOCK_STEP_, all))
            slab_stir();
    }
}

uint64_t nr_slab_gone(void)
{
    uint64_t bytes = 0;
    for (int i = NR_BLOCK_SMALL_; i < NR_BLOCK_KINDS_; i++) {
        nr_spin_lock(&slab_kinds[i].lock);
        const nr_chunk *c = slab_kinds[i].first;
        for (bool is_last = !c; !is_last; c = c->next) {
            is_last = c->next == slab_kinds[i].first;
            bytes += nr_chunk_gone(c);
        }
        nr_spin_unlock(&slab_kinds[i].lock);
    }
    return bytes;
}

void nr_slab_trim(uint64_t now_ns, bool all)
{
    nr_chunk *list = NULL;
    nr_spin_lock(&slab_idle.lock);
    bool is_due = all || now_ns - slab_idle.trimmed_ns >= NR_SLAB_TRIM_NS;
    if (is_due) {
        uint32_t count = nr_load_u32_relaxed(&slab_idle.count);
        uint32_t n = all ? count : slab_idle.fewest;
        for (uint32_t i = 0; i < n; i++) {
            nr_chunk *c = slab_idle.first;
            slab_idle.first = c->next;
            c->next = list;
            list = c;
        }
        nr_store_u32_relaxed(&slab_idle.count, count - n);
        slab_idle.fewest = count - n;
        slab_idle.mapped -= n;
        slab_idle.trimmed_ns = now_ns;
    }
    nr_spin_unlock(&slab_idle.lock);
    while (list) {
        nr_chunk *c = list;
        list = c->next;
        nr_sys_pages_free(c, NR_CHUNK);
    }
    if (is_due)
        slab_sweep(all);
}

/* ---- fork ---- */

static void slab_lock_all(void)
{
    for (int i = 0; i < NR_BLOCK_KINDS_; i++)
        nr_spin_lock(&slab_kinds[i].lock);
    nr_spin_lock(&slab_idle.lock);
}

static void slab_unlock_all(void)
{
    nr_spin_unlock(&slab_idle.lock);
    for (int i = 0; i < NR_BLOCK_KINDS_; i++)
        nr_spin_unlock(&slab_kinds[i].lock);
}

static void slab_begin_child(void)
{
    nr_fork_begin_child();
    slab_unlock_all();
}

bool nr_slab_watch_fork(void)
{
    static const nr_sys_fork_hooks hooks = {slab_lock_all, slab_unlock_all,
                                            slab_begin_child};
    if (nr_sys_at_fork(&hooks))
        return false;
    nr_store_u32_release(&slab_watched, 1);
    return true;
}
