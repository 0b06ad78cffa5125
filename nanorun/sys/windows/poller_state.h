/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_POLLER_STATE_H
#define NANORUN_SYS_WINDOWS_POLLER_STATE_H

/*
 * A poller, for poller.c, which watches sockets by their number, and for
 * foreign.c. For sys only.
 */

#include <stddef.h>

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/thread.h"
#include "nanorun/sys/windows/watch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a completion is of. */
enum {
    NR_POLLER_KEY_POLL = 0,   /* a poll of a watch */
    NR_POLLER_KEY_WAKE = 1,   /* nr_sys_poller_wake */
    NR_POLLER_KEY_FOREIGN = 2 /* a poll of a foreign socket */
};

struct nr_sys_poller {
    HANDLE port;
    nr_atomic_u32 is_woken; /* a wake is in the port */
    nr_sys_mutex lock;
    nr_watch_map map; /* by `lock`, as what follows */
    nr_afd_pool devices;
    nr_afd_pool foreign_devices;
    size_t in_flight; /* polls, those of removed watches and closed waits too */
};

#ifdef __cplusplus
}
#endif

#endif
