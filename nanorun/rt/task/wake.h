/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TASK_WAKE_H
#define NANORUN_RT_TASK_WAKE_H

/*
 * Waking in two steps, for code that finds a waker in a list under a lock: it
 * marks the task under the lock and pushes it after the unlock. No reference is
 * needed. The future that put its waker into the list removes it, under the
 * lock, before its task ends, and a marked task does not end before it is
 * pushed. A task that the end of its runtime frees without running stays
 * allocated until the push (sched/runtime.c).
 */

#include "nanorun/async/poll.h"
#include "nanorun/async/spawn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Marks the waker's task. Returns it if the caller has to push it, else NULL.
 * NULL is fine. */
nr_task *nr_waker_mark(nr_waker *waker);

/* Queues a task that was marked. */
void nr_task_push(nr_task *task);

#ifdef __cplusplus
}
#endif

#endif
