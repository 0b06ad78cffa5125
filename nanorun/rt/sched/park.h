/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_PARK_H
#define NANORUN_RT_SCHED_PARK_H

/*
 * How a worker waits for work, and how it looks at the driver without waiting.
 * The head of park.c has the rules.
 */

#include "nanorun/rt/sched/worker.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Parks the calling worker until it is unparked or, if it waits in the driver,
 * something is ready. Tasks that the driver woke are then in its queue. */
void nr_worker_park(nr_worker *w);

/* Whether there are sockets and no worker waits in the driver for them. Any
 * thread, as a hint.
 */
bool nr_worker_could_drive(const nr_worker *w);

/* Looks at the driver and the timers without waiting, if there is something to
 * look at and the token is free. Own thread. */
void nr_worker_look(nr_worker *w);

#ifdef __cplusplus
}
#endif

#endif
