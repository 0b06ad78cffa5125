/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_REACTOR_REACTOR_H
#define NANORUN_IO_REACTOR_REACTOR_H

/*
 * The reactor turns the readiness of sockets into wake-ups. The first socket of
 * a runtime makes its reactor, which is the runtime's driver from then on.
 *
 * A reactor owns every registration in its registry, and a registration owns
 * its socket. So the end of the reactor closes the sockets that the user did
 * not close. For io only.
 */

#include "nanorun/io/reactor/registry.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stores the registry of the running task's runtime, whose reactor is made if
 * there is none. Returns 0, or -EMFILE, -ENFILE, -ENOMEM. Threads: tasks.
 * Ownership: the runtime's. */
int nr_reactor_registry(nr_registry **out);

#ifdef __cplusplus
}
#endif

#endif
