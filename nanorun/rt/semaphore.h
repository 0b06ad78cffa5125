/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SEMAPHORE_H
#define NANORUN_RT_SEMAPHORE_H

/*
 * A counting semaphore: a number of permits that tasks take and give back.
 * First come, first served: who asks for many permits is not passed by those
 * who ask for few. An acquire that is cancelled has taken nothing.
 */

#include <stddef.h>

#include "nanorun/async.h"
#include "nanorun/rt/waiters.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_semaphore {
    nr_waiters waiters_;
    size_t permits_; /* that nobody has */
} nr_semaphore;

typedef struct nr_semaphore_acquire_future {
    nr_future base;
    nr_unit result;
} nr_semaphore_acquire_future;

/* Makes a semaphore with `permits` to begin with. Do not copy or move it.
 * Ownership: the memory is the caller's. */
void nr_semaphore_init(nr_semaphore *s, size_t permits);

/* Misuse: while somebody waits. Threads: any. */
void nr_semaphore_deinit(nr_semaphore *s);

/* Awaitable void: takes `n` permits, all at once, in its turn. NULL when out of
 * memory. Threads: any. */
nr_semaphore_acquire_future *nr_semaphore_acquire(nr_semaphore *s, size_t n);

/* Takes `n` permits now. Returns 0, or -EAGAIN: there are not as many, or
 * somebody waits. Threads: any. */
int nr_semaphore_try_acquire(nr_semaphore *s, size_t n);

/* Gives `n` permits, also more than there were at first. Misuse: more than
 * size_t counts. Threads: any. */
void nr_semaphore_release(nr_semaphore *s, size_t n);

#ifdef __cplusplus
}
#endif

#endif
