/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_FRAME_H
#define NANORUN_ASYNC_FRAME_H

/*
 * Memory of frames and leaves. Every call takes a block and gives it back, so a
 * thread keeps the blocks that it frees, in one list for each size. Generated
 * code takes a block from such a list inline: where the size is a constant, a
 * frame costs a few instructions. An empty or full list leads to the rare
 * cases, which are in nanorun/rt/memory/frame_lists.c.
 *
 * Not for users; nanorun/rt/future.h has what leaves need.
 */

#include <string.h>

#include "nanorun/async/lower.h"
#include "nanorun/async/poll.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The kind of memory of a future. */
enum {
    NR_BLOCK_LARGE_, /* the allocator's; no list has its size */
    NR_BLOCK_ROOMY_, /* there is room for a task in front of the future */
    NR_BLOCK_LENT_,  /* somebody else frees it */
    NR_BLOCK_SMALL_, /* from here on: NR_BLOCK_STEP_ bytes times the value */
    NR_BLOCK_STEP_ = 8,
    NR_BLOCK_KINDS_ = 65
};

/* The free blocks that a thread keeps. In a list, a future's `awaiter` is the
 * next one, and its `resume` says how many more the list may take. Every list
 * ends with a shared future that has no next one. The lists of the kinds below
 * NR_BLOCK_SMALL_ are always both empty and full. */
extern NR_OF_THREAD_ struct nr_frames_ {
    nr_future *kept[NR_BLOCK_KINDS_];
    int room_wanted; /* by SPAWN, for the next frame */
} nr_frames_;

static inline uint8_t nr_block_of_(size_t size)
{
    size_t steps = (size + NR_BLOCK_STEP_ - 1) / NR_BLOCK_STEP_;
    if (steps < NR_BLOCK_SMALL_)
        return NR_BLOCK_SMALL_;
    if (steps >= NR_BLOCK_KINDS_)
        return NR_BLOCK_LARGE_;
    return (uint8_t)steps;
}

/* Takes a future's memory from a list and fills in its header. Returns NULL if
 * the list is empty or room for a task is wanted; then nr_frame_take_ has to be
 * called, which returns NULL if there is no memory. */
static inline nr_future *nr_frame_pop_(const nr_future_ops *ops, size_t size)
{
    uint8_t block = nr_block_of_(size);
    nr_future *f = nr_frames_.kept[block];
    nr_future *next = f->awaiter;
    if (NR_RARELY_(!next) || NR_RARELY_(nr_frames_.room_wanted))
        return NULL;
    nr_frames_.kept[block] = next;
    f->ops = ops;
    f->block = block;
    f->phase = NR_NEW_;
    f->line = 0;
    f->resume = 0;
    return f;
}

nr_future *nr_frame_take_(const nr_future_ops *ops, size_t size);

/* Zeroes the bytes after the header. Inline, because compilers do it best if
 * they know the size. */
static inline void nr_frame_zero_(nr_future *future, size_t size)
{
    memset((char *)future + sizeof *future, 0, size - sizeof *future);
}

/* Allocates a future of `size` bytes, fills in its header and zeroes the rest.
 * Returns NULL if there is no memory. Threads: any. */
static inline void *nr_frame_new_(const nr_future_ops *ops, size_t size)
{
    nr_future *f = nr_frame_pop_(ops, size);
    if (NR_RARELY_(!f))
        f = nr_frame_take_(ops, size);
    if (f)
        nr_frame_zero_(f, size);
    return f;
}

#ifdef __cplusplus
}
#endif

#endif
