/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TASK_TASK_HANDLE_H
#define NANORUN_RT_TASK_TASK_HANDLE_H

/*
 * The joiner's side of a task. Threads: the one that holds the handle.
 */

#include "nanorun/rt/task/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* nr_chain_take, of a task that has ended. */
int nr_task_take(const nr_task *task, void *out, size_t offset, size_t size);

/* NR_READY once the task has ended. Until then the joiner's waker is left with
 * it and the answer is NR_PENDING; NR_UNWIND_ where the waker of another task
 * is there. */
nr_poll nr_task_poll_ended(nr_task *task, nr_context *cx);

/* Takes back what nr_task_poll_ended left with the task, for who goes on
 * without its end and keeps the handle. Wakes the joiner, because another
 * branch of it may wait for the same task. */
void nr_task_leave(nr_task *task);

bool nr_task_was_aborted(const nr_task *task);
bool nr_task_has_ended(const nr_task *task);

/* The handle that stands for a task there was no memory for. */
nr_task *nr_task_starved(void);

#ifdef __cplusplus
}
#endif

#endif
