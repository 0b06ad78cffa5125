/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_MEMORY_CHUNK_H
#define NANORUN_RT_MEMORY_CHUNK_H

/*
 * A chunk: pages, aligned to their size, that are cut into blocks of one size.
 * The slab has them, each under the lock of its kind, and so has whoever calls
 * these. A block finds its chunk by a mask.
 *
 * A block is taken, or in the list of those that came back, or fresh: not taken
 * since the chunk was begun; or it is gone. A chunk with a few taken blocks is
 * swept: the memory of each unit that no taken block reaches into goes back to
 * the system, and the blocks that begin in the unit are gone until they are
 * needed. They are in no list, because a link in them would bring the memory
 * back.
 */

#include "nanorun/async/frame.h"
#include "nanorun/sys/memory.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    NR_CHUNK = 1 << 18,
    NR_CHUNK_HEAD = 64,
    NR_CHUNK_UNIT = NR_CHUNK / NR_SYS_PAGES_UNITS
};

typedef struct nr_chunk nr_chunk;
struct nr_chunk {
    nr_chunk *next, *prev; /* the slab's; NULL: in no ring */
    nr_future *given;      /* blocks that came back */
    uint64_t gone;         /* a bit for each unit */
    uint32_t fresh;        /* where the fresh blocks begin */
    uint32_t out;          /* how many are taken */
    uint32_t sweep_below;  /* so many taken ones are too many for a sweep */
    bool is_used;          /* some were taken since the last trim */
};

/* All blocks are fresh. */
void nr_chunk_init(nr_chunk *c);

static inline nr_chunk *nr_chunk_of(const nr_future *f)
{
    return (nr_chunk *)((uintptr_t)f & ~(uintptr_t)(NR_CHUNK - 1));
}

/* Whether there is a block of `size` bytes, as of this chunk's, to take. */
static inline bool nr_chunk_has_any(const nr_chunk *c, uint32_t size)
{
    return c->given || c->fresh + size <= NR_CHUNK || c->gone;
}

/* Puts blocks that are gone to those that came back. Some are gone. */
void nr_chunk_revive(nr_chunk *c, uint32_t size);

/* Takes a block; there is one. */
static inline nr_future *nr_chunk_take(nr_chunk *c, uint32_t size)
{
    c->out++;
    if (!c->given) {
        uint32_t fresh = c->fresh;
        if (fresh + size <= NR_CHUNK) {
            c->fresh += size;
            return (nr_future *)((uintptr_t)c + fresh);
        }
        nr_chunk_revive(c, size);
    }
    nr_future *f = c->given;
    c->given = f->awaiter;
    return f;
}

static inline void nr_chunk_put(nr_chunk *c, nr_future *f)
{
    f->awaiter = c->given;
    c->given = f;
    c->out--;
}

/* Whether a sweep may find something: half of what was out at the last one has
 * come back, or blocks were revived. */
static inline bool nr_chunk_is_due(const nr_chunk *c)
{
    return c->out < c->sweep_below;
}

/* Gives the system back the units that are not in use, if there are some. */
void nr_chunk_sweep(nr_chunk *c, uint32_t size);

/* How many bytes are gone. */
uint32_t nr_chunk_gone(const nr_chunk *c);

#ifdef __cplusplus
}
#endif

#endif
