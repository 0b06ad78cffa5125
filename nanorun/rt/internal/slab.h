/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_SLAB_H
#define NANORUN_RT_INTERNAL_SLAB_H

/*
 * The memory of frames that no thread keeps: blocks of a few sizes, cut from
 * chunks of pages. A block costs its size and nothing else, and a thread takes
 * and gives many at once. A block is aligned to the largest power of two that
 * divides its size, up to NR_ALIGN_MAX_: so is any type of that size. Chunks
 * that have become empty are kept for a while, as a burst is often followed by
 * the next.
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

/* Whether chunks are kept that nobody uses. Threads: any, as a hint. */
bool nr_slab_is_idle(void);

/* Gives the system back what was not used since the last call, at most every
 * NR_SLAB_TRIM_NS; with `all` whatever is not in use. Workers that park call
 * it, so while none does it stays. Threads: any. */
#define NR_SLAB_TRIM_NS UINT64_C(100000000)
void nr_slab_trim(uint64_t now_ns, bool all);

#ifdef __cplusplus
}
#endif

#endif
