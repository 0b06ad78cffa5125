/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_THREAD_DEADLINE_H
#define NANORUN_RT_THREAD_DEADLINE_H

/*
 * A deadline is a time of nr_now_ns in nanoseconds; UINT64_MAX stands for
 * never.
 */

#include <stdint.h>

enum { NR_NS_PER_MS = 1000 * 1000 };

/* Returns the deadline `ns` after `now_ns`, or UINT64_MAX if that does not fit.
 */
static inline uint64_t nr_deadline_after_ns(uint64_t now_ns, uint64_t ns)
{
    return ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + ns;
}

static inline uint64_t nr_deadline_after_ms(uint64_t now_ns, uint64_t ms)
{
    return ms > UINT64_MAX / NR_NS_PER_MS
               ? UINT64_MAX
               : nr_deadline_after_ns(now_ns, ms * NR_NS_PER_MS);
}

#endif
