/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SEMAPHORE_H
#define NANORUN_RT_SEMAPHORE_H

/*
 * A counting semaphore: a number of permits that tasks take and give back.
 * Waits are served in order of arrival, so later waits for few permits do not
 * overtake a wait for many. A cancelled acquire has taken nothing.
 */

#include <stddef.h>

#include "nanorun/async.h"
#include "nanorun/rt/waiters.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_semaphore {
    nr_waiters waiters_;
    size_t permits_; /* free ones */
} nr_semaphore;

typedef struct nr_semaphore_acquire_future {
    nr_future base;
    nr_unit result;
} nr_semaphore_acquire_future;

/* Initializes a semaphore with `permits` free permits. Do not copy or move it.
 * Ownership: the memory is the caller's. */
void nr_semaphore_init(nr_semaphore *s, size_t permits);

/* Misuse: while a task waits. Threads: any. */
void nr_semaphore_deinit(nr_semaphore *s);
#define nr_semaphore_deinit(...) nr_semaphore_deinit_at_(__VA_ARGS__, NR_PLACE_)
void nr_semaphore_deinit_at_(nr_semaphore *s, const char *place);

/* Awaitable void: takes `n` permits at once, in order of arrival. NULL when out
 * of memory. Threads: any. */
NR_MUST_USE_ nr_semaphore_acquire_future *nr_semaphore_acquire(nr_semaphore *s,
                                                               size_t n);

/* Takes `n` permits if that is possible now. Returns 0, or -EAGAIN if too few
 * are free or a task is in line. Threads: any. */
int nr_semaphore_try_acquire(nr_semaphore *s, size_t n);

/* Adds `n` permits; the sum may exceed the initial number. Misuse: more than
 * SIZE_MAX free permits. Threads: any. */
void nr_semaphore_release(nr_semaphore *s, size_t n);
#define nr_semaphore_release(...) \
    nr_semaphore_release_at_(__VA_ARGS__, NR_PLACE_)
void nr_semaphore_release_at_(nr_semaphore *s, size_t n, const char *place);

#ifdef __cplusplus
}
#endif

#endif
