/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_MEMORY_SLAB_H
#define NANORUN_RT_MEMORY_SLAB_H

/*
 * The memory of frames that no thread keeps: blocks of a few sizes, cut from
 * chunks of pages. A block has no header, and a thread takes and gives many at
 * once. A block is aligned to the largest power of two that divides its size,
 * up to NR_ALIGN_MAX_, and no type of that size needs more.
 *
 * Memory that was not needed for NR_SLAB_TRIM_NS goes back to the system; not
 * at once, because a burst is often followed by another. This is every chunk of
 * which no block is taken, and in other chunks each unit of 4 KiB that no taken
 * block overlaps, if a chunk has at least eight of those. So a task that
 * survives a burst keeps about two units for itself and one for the head of its
 * chunk. The blocks that workers keep, up to 64 of each size and worker, and
 * the fresh part of a chunk are not given back.
 */

#include "nanorun/async/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Takes up to `n` blocks of the kind, which is NR_BLOCK_SMALL_ or above. They
 * are linked by `awaiter`. Returns NULL if there is no memory. Threads: any. */
nr_future *nr_slab_take(uint8_t block, unsigned n);

/* Gives back a list of blocks, which other threads may have taken. Threads:
 * any. */
void nr_slab_give(uint8_t block, nr_future *list);

/* Whether a trim, now or later, may find memory to give back. Threads: any, as
 * a hint. */
bool nr_slab_is_idle(void);

/* Gives the memory that was not used since the last call back to the system, at
 * most once each NR_SLAB_TRIM_NS; with `all`, all memory that is not in use.
 * Workers call it when they park in the driver, so nothing is given back while
 * none does. One call sweeps at most eight chunks of each size, so that no
 * thread waits long for a lock. Threads: any. */
#define NR_SLAB_TRIM_NS UINT64_C(100000000)
void nr_slab_trim(uint64_t now_ns, bool all);

/* Makes each thread that forks take all locks of the slab before, so that the
 * child finds the lists intact. Called before the slab has a block or a runtime
 * exists. Makes the same system calls and atomic accesses in each call, as
 * simulations need. Returns false when out of memory. Threads: any. */
bool nr_slab_watch_fork(void);

/* For tests: how many bytes of chunks with taken blocks are gone. Threads:
 * any. */
uint64_t nr_slab_gone(void);

#ifdef __cplusplus
}
#endif

#endif
