/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_MUTEX_H
#define NANORUN_RT_MUTEX_H

/*
 * A mutex that may be held across an AWAIT: a semaphore of one permit. An
 * unlock hands it to the first in line. It belongs to no thread and no task:
 * one task may lock it and another unlock it. If nothing is awaited under it, a
 * mutex of the system is cheaper.
 */

#include "nanorun/rt/semaphore.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_mutex {
    nr_semaphore semaphore_;
} nr_mutex;

typedef nr_semaphore_acquire_future nr_mutex_lock_future;

/* Initializes an unlocked mutex. Do not copy or move it. Ownership: the memory
 * is the caller's. */
void nr_mutex_init(nr_mutex *m);

/* Misuse: while it is locked. Threads: any. */
void nr_mutex_deinit(nr_mutex *m);
#define nr_mutex_deinit(...) nr_mutex_deinit_at_(__VA_ARGS__, NR_PLACE_)
void nr_mutex_deinit_at_(nr_mutex *m, const char *place);

/* Awaitable void: locks the mutex, in order of arrival. NULL when out of
 * memory. Threads: any. */
NR_MUST_USE_ nr_mutex_lock_future *nr_mutex_lock(nr_mutex *m);

/* Returns 0, or -EAGAIN if the mutex is locked. Threads: any. */
int nr_mutex_try_lock(nr_mutex *m);

/* Misuse: of a mutex that is not locked. Threads: any. */
void nr_mutex_unlock(nr_mutex *m);
#define nr_mutex_unlock(...) nr_mutex_unlock_at_(__VA_ARGS__, NR_PLACE_)
void nr_mutex_unlock_at_(nr_mutex *m, const char *place);

#ifdef __cplusplus
}
#endif

#endif
