/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_ORPHAN_H
#define NANORUN_RT_SCHED_ORPHAN_H

/*
 * A worker's thread in the child of a fork that it called. thread/fork.c says
 * why it still needs a worker.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* If the calling thread is a worker's, makes it a worker that has no task, of a
 * runtime that has no other workers, and stops the loop that it is in. */
void nr_worker_orphan(void);

#ifdef __cplusplus
}
#endif

#endif
