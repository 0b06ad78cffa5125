/* SPDX-License-Identifier: MIT */

/*
 * A chunk is aligned to its size, so a block finds its chunk by a mask. It has
 * blocks of one kind: those that were given back, linked, and behind `fresh`
 * those that never were taken, whose pages nobody has touched. Chunks with a
 * block to take are in the ring of their kind, under its lock.
 *
 * A chunk whose blocks are all back goes to `idle`, for any kind. `fewest`
 * counts how many have been there all the time since the last trim: so many
 * are given back to the system by the next.
 *
 * From the system chunks come one by one, then SPAN at once, which is a large
 * page where it has such: a burst's first touch of its memory costs more than
 * anything else that is done with a task.
 */

#include "nanorun/rt/internal/slab.h"

#include "nanorun/rt/internal/spinlock.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/memory.h"

enum { CHUNK = 1 << 18, HEAD = 64, SPAN = 8 };

typedef struct chunk {
    struct chunk *next, *prev; /* NULL: in no ring, all is taken */
    nr_future *given;          /* blocks that came back */
    uint32_t fresh;            /* where those begin that were never taken */
    uint32_t out;              /* blocks that are taken */
} chunk;

_Static_assert(sizeof(chunk) <= HEAD, "what is before the first block");
_Static_assert(HEAD % NR_ALIGN_MAX_ == 0,
               "blocks are aligned as their size is");

static struct kind {
    uint32_t lock;
    chunk *first; /* a ring, or NULL */
} kinds[NR_BLOCK_KINDS_];

static struct {
    uint32_t lock;
    chunk *first;
    nr_atomic_u32 count; /* written under the lock */
    uint32_t fewest;
    uint32_t mapped; /* all chunks that there are, idle or not */
    uint64_t trimmed_ns;
} idle;

/* ---- chunks ---- */

static void link_chunk(struct kind *k, chunk *c)
{
    if (k->first) {
        c->next = k->first;
        c->prev = k->first->prev;
        c->prev->next = c->next->prev = c;
    } else {
        k->first = c->next = c->prev = c;
    }
}

static void unlink_chunk(struct kind *k, chunk *c)
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
static void rest_chunk(chunk *c)
{
    c->next = idle.first;
    idle.first = c;
    nr_store_u32_relaxed(&idle.count, nr_load_u32_relaxed(&idle.count) + 1);
}

/* Under the lock; NULL: there is none. */
static chunk *take_idle(void)
{
    chunk *c = idle.first;
    if (c) {
        idle.first = c->next;
        uint32_t count = nr_load_u32_relaxed(&idle.count) - 1;
        nr_store_u32_relaxed(&idle.count, count);
        if (idle.fewest > count)
            idle.fewest = count;
    }
    return c;
}

/* Makes what is wanted, or one; the others rest. */
static chunk *map_chunks(unsigned wanted)
{
    unsigned n = wanted;
    char *pages = nr_sys_pages_alloc(CHUNK, &n);
    if (!pages) {
        n = 1;
        pages = nr_sys_pages_alloc(CHUNK, &n);
    }
    if (!pages)
        return NULL;
    nr_spin_lock(&idle.lock);
    idle.mapped += n;
    while (--n > 0)
        rest_chunk((chunk *)(void *)(pages + (size_t)n * CHUNK));
    nr_spin_unlock(&idle.lock);
    return (chunk *)(void *)pages;
}

static chunk *new_chunk(void)
{
    nr_spin_lock(&idle.lock);
    chunk *c = take_idle();
    unsigned wanted = idle.mapped < SPAN ? 1 : SPAN;
    nr_spin_unlock(&idle.lock);
    if (!c)
        c = map_chunks(wanted);
    if (c)
        *c = (chunk){.fresh = HEAD};
    return c;
}

/* ---- blocks ---- */

static bool has_any(const chunk *c, uint32_t size)
{
    return c->given || c->fresh + size <= CHUNK;
}

static nr_future *take_one(chunk *c, uint32_t size)
{
    nr_future *f = c->given;
    if (f) {
        c->given = f->awaiter;
    } else {
        f = (nr_future *)(void *)((char *)c + c->fresh);
        c->fresh += size;
    }
    c->out++;
    return f;
}

nr_future *nr_slab_take(uint8_t block, unsigned n)
{
    struct kind *k = &kinds[block];
    uint32_t size = (uint32_t)block * NR_BLOCK_STEP_;
    nr_future *list = NULL;
    n = (unsigned)nr_sys_alloc_admit(n);
    unsigned taken = 0;
    nr_spin_lock(&k->lock);
    while (taken < n) {
        if (!k->first) {
            nr_spin_unlock(&k->lock);
            chunk *c = new_chunk();
            nr_spin_lock(&k->lock);
            if (!c)
                break;
            link_chunk(k, c);
        }
        chunk *c = k->first;
        for (; taken < n && has_any(c, size); taken++) {
            nr_future *f = take_one(c, size);
            f->awaiter = list;
            list = f;
        }
        if (!has_any(c, size))
            unlink_chunk(k, c);
    }
    nr_spin_unlock(&k->lock);
    nr_sys_alloc_returned(n - taken);
    return list;
}

/* Puts a block back, under the lock. Returns its chunk where that is empty
 * now, in no ring. */
static chunk *put_back(struct kind *k, nr_future *f, uint32_t size)
{
    chunk *c = (chunk *)(void *)((uintptr_t)f & ~(uintptr_t)(CHUNK - 1));
    if (!has_any(c, size))
        link_chunk(k, c);
    f->awaiter = c->given;
    c->given = f;
    if (--c->out > 0)
        return NULL;
    unlink_chunk(k, c);
    return c;
}

void nr_slab_give(uint8_t block, nr_future *list)
{
    struct kind *k = &kinds[block];
    chunk *empty = NULL;
    size_t n = 0;
    nr_spin_lock(&k->lock);
    while (list) {
        nr_future *f = list;
        list = f->awaiter;
        chunk *c = put_back(k, f, (uint32_t)block * NR_BLOCK_STEP_);
        if (c) {
            c->next = empty;
            empty = c;
        }
        n++;
    }
    nr_spin_unlock(&k->lock);
    nr_sys_alloc_returned(n);
    if (!empty)
        return;
    nr_spin_lock(&idle.lock);
    while (empty) {
        chunk *c = empty;
        empty = c->next;
        rest_chunk(c);
    }
    nr_spin_unlock(&idle.lock);
}

/* ---- giving back to the system ---- */

bool nr_slab_is_idle(void)
{
    return nr_load_u32_relaxed(&idle.count) != 0;
}

void nr_slab_trim(uint64_t now_ns, bool all)
{
    chunk *list = NULL;
    nr_spin_lock(&idle.lock);
    if (all || now_ns - idle.trimmed_ns >= NR_SLAB_TRIM_NS) {
        uint32_t count = nr_load_u32_relaxed(&idle.count);
        uint32_t n = all ? count : idle.fewest;
        for (uint32_t i = 0; i < n; i++) {
            chunk *c = idle.first;
            idle.first = c->next;
            c->next = list;
            list = c;
        }
        nr_store_u32_relaxed(&idle.count, count - n);
        idle.fewest = count - n;
        idle.mapped -= n;
        idle.trimmed_ns = now_ns;
    }
    nr_spin_unlock(&idle.lock);
    while (list) {
        chunk *c = list;
        list = c->next;
        nr_sys_pages_free(c, CHUNK);
    }
}
