/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_ORPHAN_H
#define NANORUN_RT_SCHED_ORPHAN_H

/*
 * What becomes of a worker's thread that has called fork, in the child: fork.c.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the calling thread, if it is a worker's, a worker without a task of a
 * runtime without workers, and stops the loop that it is in. */
void nr_worker_orphan(void);

#ifdef __cplusplus
}
#endif

#endif
