/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SUPPORT_FDS_H
#define TESTS_SUPPORT_FDS_H

/*
 * The descriptors that the process has open; on Windows, the sockets.
 */

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

int count_fds(void);

/* Whether the system limits how many. */
bool fds_can_be_limited(void);

/* Sets the limit, to what the system allows at most, and returns what it was,
 * UINT_MAX for none. Does nothing where it cannot be. */
unsigned limit_fds(unsigned limit);

#ifdef __cplusplus
}
#endif

#endif
