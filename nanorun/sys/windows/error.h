/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_ERROR_H
#define NANORUN_SYS_WINDOWS_ERROR_H

/* Converts errors of Winsock to those of <errno.h>. For sys and its tests. */

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the negative errno constant for an error of WSAGetLastError, or -EIO
 * if there is none. Threads: any. */
int nr_sys_error_from_wsa(int error);

/* The same for the last error of the calling thread. */
int nr_sys_last_wsa_error(void);

#ifdef __cplusplus
}
#endif

#endif
