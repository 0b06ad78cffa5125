/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_WINSOCK_H
#define NANORUN_SYS_WINDOWS_WINSOCK_H

/*
 * Starting and stopping Winsock, which counts its users. Each poller and each
 * socket is a user, so Winsock starts with the first of them and stops with the
 * last. For sys only.
 */

/* Returns 0 or a negative errno constant. Threads: any. */
int nr_winsock_start(void);
void nr_winsock_stop(void);

#endif
