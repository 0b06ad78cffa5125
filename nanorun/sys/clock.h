/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_CLOCK_H
#define NANORUN_SYS_CLOCK_H

/* The system's monotonic clock. */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nanoseconds since an arbitrary start, never decreasing over all threads.
 * Threads: any. Source: clock_gettime(2), CLOCK_MONOTONIC. */
uint64_t nr_sys_now_ns(void);

#ifdef __cplusplus
}
#endif

#endif
