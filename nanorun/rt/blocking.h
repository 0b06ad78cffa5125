/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_BLOCKING_H
#define NANORUN_RT_BLOCKING_H

/*
 * Calls that block: a file, a library that knows no tasks, a long computation.
 * They run on threads beside the workers, and the task waits. A runtime starts
 * such a thread when a job finds none idle, up to `blocking_threads` of its
 * options; further jobs wait in the order in which they came. A thread that is
 * idle for `blocking_keep_ms` ends.
 *
 * A job that has begun cannot be stopped. So there are two ways to pass its
 * argument. One that is borrowed is in use until the await ends, and a
 * cancellation waits for that. One that is owned belongs to the job, and a
 * cancellation goes on at once.
 *
 * Inside a job there is no task: it awaits nothing, but it may spawn tasks by a
 * handle, wake tasks and send to channels. Signals are blocked in its thread.
 * nr_runtime_destroy waits for the jobs that have begun; if the bound of
 * nr_runtime_shutdown passes first, they end later, and free what they use.
 *
 * A job that cannot run has the result -ECANCELED: its runtime is ending, also
 * for a job of a FINALLY then; or -EAGAIN: the system creates no thread, and
 * there is none.
 */

#include <stddef.h>

#include "nanorun/async.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef ptrdiff_t nr_blocking_fn(void *arg);

typedef struct nr_blocking_future {
    nr_future base;
    ptrdiff_t result;
} nr_blocking_future, nr_blocking_owned_future;

/* Awaitable ptrdiff_t: the result of fn(arg), which runs on a thread that may
 * block. The writes of each side are visible to the other. `arg` is borrowed
 * and must live until the await ends. Cancelled, a job that waits never runs,
 * and one that runs is waited for. NULL when out of memory. Threads: tasks. */
NR_MUST_USE_ nr_blocking_future *nr_blocking(nr_blocking_fn *fn, void *arg);

/* Awaitable ptrdiff_t: the same with an argument that the job owns. Cancelled,
 * it is not waited for. drop(arg) is called exactly once in every case: after
 * fn, on its thread; or in its place, by any thread, also if this returns NULL
 * or is never awaited. It does not wait. After a cancellation it may come later
 * than the end of the await. */
NR_MUST_USE_ nr_blocking_owned_future *
nr_blocking_owned(nr_blocking_fn *fn, void *arg, void (*drop)(void *arg));

#ifdef __cplusplus
}
#endif

#endif
