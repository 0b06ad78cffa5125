/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_WAKE_H
#define NANORUN_RT_INTERNAL_WAKE_H

/*
 * Waking in two steps, for who finds a waker in a list under a lock, of rt or
 * of io: marked under it, pushed after it. No reference is needed: who put the
 * waker there takes it out, under the lock, before the task ends, and a task
 * that is marked does not end before it was pushed; one that the end of its
 * runtime frees all the same stays until then.
 */

#include "nanorun/async/future.h"
#include "nanorun/async/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the task to push, or NULL. NULL is fine. */
nr_task *nr_waker_mark(nr_waker *waker);

/* Queues a task that was marked. */
void nr_task_push(nr_task *task);

#ifdef __cplusplus
}
#endif

#endif
