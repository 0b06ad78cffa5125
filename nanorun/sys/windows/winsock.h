/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_WINSOCK_H
#define NANORUN_SYS_WINDOWS_WINSOCK_H

/*
 * The life of Winsock. It counts who uses it: here every poller and every
 * socket is one, so it starts with the first of them and stops with the last.
 * For sys only.
 */

/* Returns 0 or a negative errno constant. Threads: any. */
int nr_winsock_start(void);
void nr_winsock_stop(void);

#endif
