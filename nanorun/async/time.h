/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_TIME_H
#define NANORUN_ASYNC_TIME_H

/*
 * Time: the clock, sleeping, and a bound on a call. No wait ends early. A wait
 * ends at most 1 ms late, one of less than 16 ms at most 1/16 ms late, plus
 * what scheduling and the system's own timers add.
 */

#include "nanorun/async/lower.h"
#include "nanorun/async/macro.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Nanoseconds of a monotonic clock, from an arbitrary start. Threads: any. */
uint64_t nr_now_ns(void);

typedef struct nr_sleep_future {
    nr_future base;
    nr_unit result;
} nr_sleep_future, nr_sleep_ms_future, nr_sleep_until_ns_future;

/* Awaitable void: waits for `ms` milliseconds from the first poll; 0 is ready
 * at once. A delay of any length is kept. NULL when out of memory. Threads:
 * any. */
NR_MUST_USE_ nr_sleep_ms_future *nr_sleep_ms(uint64_t ms);

/* Awaitable void: waits until nr_now_ns() has reached `deadline_ns`. NULL when
 * out of memory. Threads: any. */
NR_MUST_USE_ nr_sleep_until_ns_future *nr_sleep_until_ns(uint64_t deadline_ns);

/* TIMEOUT_MS(ms, call, &v), awaitable int: runs the call for at most `ms`
 * milliseconds. 0 and v set; -ETIMEDOUT if the call was cancelled by the
 * deadline; its cleanup is done then, and v is untouched; -ENOMEM or -ECANCELED
 * if the call ended without a result before. A call that is ready in the poll
 * in which the deadline is noticed still succeeds. TIMEOUT_MS(ms, call) drops
 * the result. It expands to
 *     nr_timeout_ms_(ms, call, &v, where the result is, its size)
 * Ownership: takes the call; v must live until the await ends. */
#define NR_TIMEOUT_MS(...) \
    NR_CAT_(NR_TIMEOUT_MS_, NR_COUNT_(__VA_ARGS__))(__VA_ARGS__)
#define NR_TIMEOUT_MS_2(ms, call) \
    nr_timeout_ms_((ms), NR_FUTURE_(call), NULL, 0, 0)
#define NR_TIMEOUT_MS_3(ms, call, out)                         \
    nr_timeout_ms_((ms), NR_FUTURE_(call), NR_OUT_(out, call), \
                   NR_RESULT_OFFSET_(call), NR_RESULT_SIZE_(call))

/* As in nanorun/async.h: messages name the user's line. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

typedef struct nr_timeout_future {
    nr_future base;
    int result;
} nr_timeout_future;

NR_MUST_USE_ nr_timeout_future *nr_timeout_ms_(uint64_t ms, nr_future *call,
                                               void *out, size_t offset,
                                               size_t size);

#ifdef __cplusplus
}
#endif

#endif
