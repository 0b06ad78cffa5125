/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_MEMORY_FRAME_LISTS_H
#define NANORUN_RT_MEMORY_FRAME_LISTS_H

/*
 * Memory of frames and leaves: the other half of nanorun/async/frame.h. A
 * worker keeps some freed blocks of each small size for its next calls; other
 * threads use the slab directly, and builds with a sanitizer the allocator.
 */

#include "nanorun/async/frame.h"
#include "nanorun/rt/future.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Room for a task, in front of the frame that nr_spawn_begin_ announced. The
 * frame is aligned as the block is. */
enum { NR_TASK_ROOM = NR_ALIGN_MAX_ };

/* Starts and ends the calling thread's keeping of blocks. */
void nr_frame_cache_open(void);
void nr_frame_cache_close(void);

/* From hold to let_go, what the calling thread frees keeps its memory: for
 * dropping futures that point to each other's frames, in any order. */
void nr_frame_hold(void);
void nr_frame_let_go(void);

/* Puts the memory to what the calling thread keeps of that kind. False: no more
 * is to be kept. */
static inline bool nr_frame_keep(nr_future *memory, uint8_t block)
{
    nr_future *top = nr_frames_.kept[block];
    if (NR_RARELY_(top->resume == 0))
        return false;
    memory->resume = top->resume - 1;
    memory->awaiter = top;
    nr_frames_.kept[block] = memory;
    return true;
}

/* nr_future_free, short for a frame that was called. */
static inline void nr_frame_free(nr_future *frame)
{
    if (!nr_frame_keep(frame, frame->block))
        nr_future_free(frame);
}

#ifdef __cplusplus
}
#endif

#endif
