/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_ERROR_H
#define NANORUN_SYS_WINDOWS_ERROR_H

/* From errors of Winsock to those of <errno.h>. For sys and its tests. */

#ifdef __cplusplus
extern "C" {
#endif

/* The negative errno constant for what WSAGetLastError returned; -EIO for what
 * has no name there. Threads: any. */
int nr_sys_error_from_wsa(int error);

/* The same of the calling thread's last error. */
int nr_sys_last_wsa_error(void);

#ifdef __cplusplus
}
#endif

#endif
