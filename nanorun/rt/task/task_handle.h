/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TASK_TASK_HANDLE_H
#define NANORUN_RT_TASK_TASK_HANDLE_H

/*
 * The joiner's side of a task: whether the task has ended, its result, and the
 * waker that the joiner leaves until then. All functions are for the holder of
 * the handle.
 */

#include "nanorun/rt/task/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* nr_chain_take for a task that has ended. */
int nr_task_take(const nr_task *task, void *out, size_t offset, size_t size);

/* Returns NR_READY if the task has ended. Otherwise leaves the joiner's waker
 * with the task and returns NR_PENDING, or returns NR_UNWIND_ if the waker of
 * another task is there. */
nr_poll nr_task_poll_ended(nr_task *task, nr_context *cx);

/* Takes back the waker that nr_task_poll_ended left, for a joiner that no
 * longer waits but keeps the handle. Wakes the joiner, because another of its
 * branches may wait for the same task. */
void nr_task_leave(nr_task *task);

bool nr_task_was_aborted(const nr_task *task);
bool nr_task_has_ended(const nr_task *task);

/* Returns the handle of every task for which there was no memory. */
nr_task *nr_task_starved(void);

#ifdef __cplusplus
}
#endif

#endif
