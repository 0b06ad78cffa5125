/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_FRAME_H
#define NANORUN_RT_INTERNAL_FRAME_H

/*
 * Memory of frames and leaves. A worker keeps some freed blocks of each small
 * size for its next calls; other threads, and builds with a sanitizer, use the
 * allocator directly.
 */

#include "nanorun/async/future.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Starts and ends the calling thread's keeping of blocks. */
void nr_frame_cache_open(void);
void nr_frame_cache_close(void);

/* From hold to let_go, what the calling thread frees keeps its memory: for
 * dropping futures that point to each other's frames, in any order. */
void nr_frame_hold(void);
void nr_frame_let_go(void);

#ifdef __cplusplus
}
#endif

#endif
