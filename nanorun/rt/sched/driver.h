/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_DRIVER_H
#define NANORUN_RT_SCHED_DRIVER_H

/*
 * The hook between rt and io: the driver, in which an idle worker waits.
 *
 * A runtime starts with a driver that has only wake-ups and deadlines. Its
 * first socket replaces that by a reactor (nr_driver_install), for the life of
 * the runtime. Only the worker that holds the driver token calls `wait`; any
 * thread may call `wake` (thread/parker.h).
 */

#include "nanorun/rt/thread/parker.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the driver that was installed in the runtime of the running task, or
 * NULL. Threads: tasks. */
nr_driver *nr_driver_installed(void);

/* Installs `driver` in the runtime of the running task and returns it. If
 * another worker was first, returns that worker's driver; then the caller
 * destroys its own. Threads: tasks. Ownership: the runtime's, of the driver
 * that is returned. */
nr_driver *nr_driver_install(nr_driver *driver);

/* Stops the process with the line `what (place)` unless a task is running. */
void nr_driver_check_task(const char *what, const char *place);

#ifdef __cplusplus
}
#endif

#endif
