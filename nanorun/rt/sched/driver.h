/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_DRIVER_H
#define NANORUN_RT_SCHED_DRIVER_H

/*
 * The hook between rt and io: what an idle worker waits in.
 *
 * A runtime starts with a driver that knows wake-ups and deadlines only. The
 * first socket installs a reactor in its place (nr_driver_install), for the
 * life of the runtime. One worker at a time holds the driver token and is the
 * only one in wait; wake comes from any thread.
 */

#include "nanorun/rt/thread/parker.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The driver that was installed in the runtime of the running task; NULL when
 * none was. Threads: tasks. */
nr_driver *nr_driver_installed(void);

/* Installs `driver` in the runtime of the running task and returns it, or the
 * one that another worker installed first: then the caller destroys its own.
 * Threads: tasks. Ownership: the runtime's once returned. */
nr_driver *nr_driver_install(nr_driver *driver);

/* Stops the process with the line `what (place)` unless a task is running. */
void nr_driver_check_task(const char *what, const char *place);

#ifdef __cplusplus
}
#endif

#endif
