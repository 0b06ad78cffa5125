/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_PARK_H
#define NANORUN_RT_SCHED_PARK_H

/*
 * How a worker waits for work, and how it looks at the driver without waiting.
 */

#include "nanorun/rt/sched/worker.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parks the calling worker until it is unparked, or the driver has something;
 * what the driver woke is in its queue then. */
void nr_worker_park(nr_worker *w);

/* Whether nobody waits for sockets and there are some. Any thread, as a hint.
 */
bool nr_worker_could_drive(const nr_worker *w);

/* Looks at the driver and the timers without waiting, where there is anything
 * to look at and nobody else does. Own thread. */
void nr_worker_look(nr_worker *w);

#ifdef __cplusplus
}
#endif

#endif
