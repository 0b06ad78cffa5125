/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_FDS_H
#define TESTS_SUPPORT_FDS_H

/*
 * What the process has open: descriptors; on Windows, sockets.
 */

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

int count_fds(void);

/* How many it may have; SIZE_MAX where the system has no such limit. */
size_t fds_limit(void);

/* Sets that, to what the system allows at most, and returns what it was. Does
 * nothing where there is no limit: a test that is about one is skipped then. */
size_t limit_fds(size_t limit);

#ifdef __cplusplus
}
#endif

#endif
