/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_FOREIGN_H
#define NANORUN_SYS_WINDOWS_FOREIGN_H

/* What a poller calls of the waits for foreign sockets. For sys only. */

#include "nanorun/sys/poller.h"
#include "nanorun/sys/windows/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Takes the completion of a poll that came under NR_POLLER_KEY_FOREIGN. Returns
 * 1 and fills `out` if that is an event, else 0. With the poller's lock. */
int nr_foreign_complete(nr_sys_poller *p, OVERLAPPED *overlapped,
                        nr_sys_event *out);

#ifdef __cplusplus
}
#endif

#endif
