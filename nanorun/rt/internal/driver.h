/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_DRIVER_H
#define NANORUN_RT_INTERNAL_DRIVER_H

/*
 * The hook between rt and io: what an idle worker waits in.
 *
 * A runtime starts with a driver that knows wake-ups and deadlines only. The
 * first socket installs a reactor in its place (nr_driver_install), for the
 * life of the runtime. One worker at a time holds the driver token and is the
 * only one in wait; wake comes from any thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/async/runtime.h"
#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_driver nr_driver;

typedef struct nr_driver_ops {
    /* Waits until woken, or something is ready, or `timeout_ns` has passed (0:
     * looks only; UINT64_MAX: no bound), and wakes the tasks of what is ready.
     * Returns how many events it dispatched. Holder of the token only. */
    int (*wait)(nr_driver *driver, uint64_t timeout_ns);
    /* Makes the current or else the next wait return. Any thread. */
    void (*wake)(nr_driver *driver);
    /* The tasks are gone, no worker waits: frees it. */
    void (*destroy)(nr_driver *driver);
} nr_driver_ops;

struct nr_driver {
    const nr_driver_ops *ops;
    nr_atomic_u32 watched; /* how many objects are registered, or closed but
                              not freed; 0: a look can be saved; relaxed */
};

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
