/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_ERROR_H
#define NANORUN_ASYNC_ERROR_H

/*
 * The names of errors. An error of nanorun is a negative errno constant.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* The name of an error constant, such as "ECANCELED" for both ECANCELED and
 * -ECANCELED; "OK" for 0; "unknown error" if nanorun returns no such error.
 * Threads: any. Ownership: static. */
const char *nr_strerror(int error);

#ifdef __cplusplus
}
#endif

#endif
