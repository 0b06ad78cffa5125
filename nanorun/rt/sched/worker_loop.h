/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_WORKER_LOOP_H
#define NANORUN_RT_SCHED_WORKER_LOOP_H

/*
 * The loop of a worker's thread: which task it runs next, and when it rests.
 */

#include "nanorun/rt/sched/worker.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Runs tasks until the runtime stops. Called on the thread of `w`, and makes it
 * a worker. */
void nr_worker_main(nr_worker *w);

#ifdef __cplusplus
}
#endif

#endif
