/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_HANDLE_H
#define NANORUN_RT_SCHED_HANDLE_H

/*
 * The memory of a runtime. A handle is a counted reference to it. The memory
 * lives until the last reference is released; threads, tasks and driver live
 * until the end of the runtime.
 */

#include "nanorun/rt/sched/worker.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Returns a runtime with `count` workers that do not run yet, and a pool, or
 * NULL if there is no memory. Ownership: the caller's, ended by
 * nr_runtime_release. */
nr_runtime *nr_runtime_allocate(unsigned count, uint64_t seed,
                                const nr_pool_options *pool);

/* retain takes a further reference, and release ends one; the caller holds one.
 * The last release frees the memory.
 */
void nr_runtime_retain(nr_runtime *rt);
void nr_runtime_release(nr_runtime *rt);

/* Releases the references that the end of a runtime took for the thread that
 * pushes the task: runtime.c. */
void nr_runtime_release_unpushed(nr_runtime *rt, nr_task *task);

/* Makes the thread that ends the runtime count the tasks again. Called by a
 * worker that has nothing to run while the runtime is ending. */
void nr_runtime_worker_idle(nr_runtime *rt);

#ifdef __cplusplus
}
#endif

#endif
