/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_REACTOR_REACTOR_H
#define NANORUN_IO_REACTOR_REACTOR_H

/*
 * The reactor: turns the readiness of sockets into wake-ups. A runtime gets
 * one as its driver with its first socket, and keeps it to its end.
 *
 * It owns every registration in its registry, and a registration owns its
 * socket: the end of the reactor closes and frees what the user did not close.
 * For io only.
 */

#include "nanorun/io/reactor/registry.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The registry of the running task's runtime. Its reactor is made if there is
 * none. Returns 0, or -EMFILE, -ENFILE, -ENOMEM. Threads: tasks. Ownership: the
 * runtime's. */
int nr_reactor_registry(nr_registry **out);

#ifdef __cplusplus
}
#endif

#endif
