/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_MEMORY_CHUNK_H
#define NANORUN_RT_MEMORY_CHUNK_H

/*
 * A chunk: pages, aligned to their size, that are cut into blocks of one size.
 * Chunks belong to the slab; a caller of the functions below holds the lock of
 * the chunk's kind. A mask of a block's address gives its chunk.
 *
 * A block is taken, given (in the list of blocks that came back), fresh (never
 * taken since the chunk was initialized), or gone. A sweep of a chunk with few
 * taken blocks gives the memory of each unit that no taken block overlaps back
 * to the system. The blocks that begin in such a unit are gone until they are
 * needed. They are in no list, because the system would have to back the link
 * in a block with memory again.
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
    uint32_t fresh;        /* the offset where the fresh blocks begin */
    uint32_t out;          /* how many blocks are taken */
    uint32_t sweep_below;  /* a sweep needs fewer taken blocks than this */
    bool is_used;          /* a block was taken since the last trim */
};

/* Initializes a chunk whose blocks are all fresh. */
void nr_chunk_init(nr_chunk *c);

static inline nr_chunk *nr_chunk_of(const nr_future *f)
{
    return (nr_chunk *)((uintptr_t)f & ~(uintptr_t)(NR_CHUNK - 1));
}

/* Whether a block can be taken. `size` is that of the chunk's blocks. */
static inline bool nr_chunk_has_any(const nr_chunk *c, uint32_t size)
{
    return c->given || c->fresh + size <= NR_CHUNK || c->gone;
}

/* Makes the blocks of one gone unit given blocks. Some unit is gone. */
void nr_chunk_revive(nr_chunk *c, uint32_t size);

/* Takes a block. nr_chunk_has_any was true. */
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

/* Whether a sweep may find a unit: half of the blocks that were taken at the
 * last sweep have come back, or blocks were revived. */
static inline bool nr_chunk_is_due(const nr_chunk *c)
{
    return c->out < c->sweep_below;
}

/* Gives the units that are not in use back to the system, if there are enough
 * of them. */
void nr_chunk_sweep(nr_chunk *c, uint32_t size);

/* How many bytes are gone. */
uint32_t nr_chunk_gone(const nr_chunk *c);

#ifdef __cplusplus
}
#endif

#endif
