/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_MEMORY_FRAME_LISTS_H
#define NANORUN_RT_MEMORY_FRAME_LISTS_H

/*
 * Memory of frames and leaves: the part that nanorun/async/frame.h does not
 * inline. A worker keeps some freed blocks of each small size for its next
 * calls. Other threads use the slab directly, and builds with a sanitizer use
 * the allocator.
 */

#include "nanorun/async/frame.h"
#include "nanorun/rt/future.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The size of the room for a task, in front of a frame that nr_spawn_begin_
 * announced. It keeps the frame aligned as the block is. */
enum { NR_TASK_ROOM = NR_ALIGN_MAX_ };

/* From open to close, the calling thread keeps blocks. */
void nr_frame_cache_open(void);
void nr_frame_cache_close(void);

/* From hold to let_go, the futures that the calling thread frees keep their
 * memory, so that futures that point to each other's frames can be dropped in
 * any order. */
void nr_frame_hold(void);
void nr_frame_let_go(void);

/* Puts a block into the calling thread's list of its kind. Returns false if the
 * list is full. */
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

/* nr_future_free, inline for the frame of a call. */
static inline void nr_frame_free(nr_future *frame)
{
    if (!nr_frame_keep(frame, frame->block))
        nr_future_free(frame);
}

#ifdef __cplusplus
}
#endif

#endif
