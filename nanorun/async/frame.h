/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_FRAME_H
#define NANORUN_ASYNC_FRAME_H

/*
 * Memory of frames and leaves. Every call takes a block and gives one back, so
 * a thread keeps what it frees in lists, one a size, that generated code sees:
 * where the size is a constant, a frame costs a few instructions. Whatever is
 * rare is told by the list being empty or full, and is in
 * nanorun/rt/memory/frame_lists.c.
 *
 * Not for users; nanorun/rt/future.h has what leaves need.
 */

#include <string.h>

#include "nanorun/async/lower.h"
#include "nanorun/async/poll.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the memory of a future is. */
enum {
    NR_BLOCK_LARGE_, /* the allocator's; no list has its size */
    NR_BLOCK_ROOMY_, /* one with room for a task in front of the future */
    NR_BLOCK_LENT_,  /* somebody else frees it */
    NR_BLOCK_SMALL_, /* this and above: NR_BLOCK_STEP_ bytes times that */
    NR_BLOCK_STEP_ = 8,
    NR_BLOCK_KINDS_ = 65
};

/* Of each thread: what it keeps. Of a future in a list `awaiter` is the next,
 * `resume` how many more may be added. A list ends with a future that belongs
 * to all lists and has no next. The first lists are always empty and full. */
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

/* A future's memory with the header filled in, of a list; NULL where that is
 * empty: then nr_frame_take_ is to be asked, which says NULL when there is
 * no memory. */
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

/* Zeroes what is behind the header; compilers do that best where they know the
 * size. */
static inline void nr_frame_zero_(nr_future *future, size_t size)
{
    memset((char *)future + sizeof *future, 0, size - sizeof *future);
}

/* A future of `size` bytes, zeroed but for the header, which is filled in; NULL
 * when there is no memory. Threads: any. */
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
