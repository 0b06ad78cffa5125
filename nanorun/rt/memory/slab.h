/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_MEMORY_SLAB_H
#define NANORUN_RT_MEMORY_SLAB_H

/*
 * The memory of frames that no thread keeps: blocks of a few sizes, cut from
 * chunks of pages. A block costs its size and nothing else, and a thread takes
 * and gives many at once. A block is aligned to the largest power of two that
 * divides its size, up to NR_ALIGN_MAX_: so is any type of that size.
 *
 * Memory that nobody needed for NR_SLAB_TRIM_NS goes back to the system, as a
 * burst is often followed by the next. This is every chunk of which no block is
 * taken, and in other chunks each unit of 4 KiB that no taken block reaches
 * into, where a chunk has eight of those or more. So a task that survives a
 * burst keeps about two units for itself and one for the head of its chunk.
 * Not given back are the blocks that workers keep, 64 of a size and worker, and
 * the fresh part of a chunk.
 */

#include "nanorun/async/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Up to `n` blocks of the kind, NR_BLOCK_SMALL_ or above, linked by `awaiter`;
 * NULL: no memory. Threads: any. */
nr_future *nr_slab_take(uint8_t block, unsigned n);

/* Takes them back, whoever took them. Threads: any. */
void nr_slab_give(uint8_t block, nr_future *list);

/* Whether a trim may find something to give back, now or later. Threads: any,
 * as a hint. */
bool nr_slab_is_idle(void);

/* Gives the system back what was not used since the last call, at most every
 * NR_SLAB_TRIM_NS; with `all` whatever is not in use. Workers that park call
 * it, so while none does it stays. One call sweeps eight chunks of a size at
 * most, so that nobody waits long for its lock. Threads: any. */
#define NR_SLAB_TRIM_NS UINT64_C(100000000)
void nr_slab_trim(uint64_t now_ns, bool all);

/* Sees to it that a thread that forks holds all locks of the slab, so that the
 * child finds them free; to be called before there is anything that a child
 * must know of. The same calls of the system and atomics each time, as
 * simulations need it. Returns false when out of memory. Threads: any. */
bool nr_slab_watch_fork(void);

/* For tests: how many bytes have gone back of chunks with taken blocks, and are
 * not in use again. Threads: any. */
uint64_t nr_slab_gone(void);

#ifdef __cplusplus
}
#endif

#endif
