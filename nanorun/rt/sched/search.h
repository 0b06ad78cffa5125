/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_SEARCH_H
#define NANORUN_RT_SCHED_SEARCH_H

/*
 * The search of a worker whose queues are empty, for tasks in the queues of
 * other workers and in the injector. It takes some microseconds.
 */

#include "nanorun/rt/sched/worker.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Returns a task, or NULL. Afterwards w->idler.is_searching says whether the
 * worker is counted as a searcher. Own thread. */
nr_task *nr_worker_search(nr_worker *w);

#ifdef __cplusplus
}
#endif

#endif
