/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_ERROR_H
#define NANORUN_ASYNC_ERROR_H

/*
 * Errors: negative errno constants, and their names.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* The name of an error that a call here returned, as "ECANCELED", whatever its
 * sign; "OK" for 0, "unknown error" else. Threads: any. Ownership: static. */
const char *nr_strerror(int error);

#ifdef __cplusplus
}
#endif

#endif
