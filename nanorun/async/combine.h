/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_COMBINE_H
#define NANORUN_ASYNC_COMBINE_H

/*
 * Several calls at once, in one task. They take turns on the task's wake-ups;
 * for more than one core, spawn. All that follow are awaitables like any
 * other: they nest, and a TIMEOUT_MS around one unwinds every branch. Unlike a
 * chain of AWAITs, each combinator inside another takes some of the C stack of
 * the worker: ALL, SELECT, INTO, TIMEOUT_MS and GROUP_SPAWN nest 2,000 deep,
 * which is 1,000 levels of ALL over INTO, and one more stops the process with a
 * line that says so.
 */

#include "nanorun/async/lower.h"
#include "nanorun/async/macro.h"

/* As in nanorun/async.h: mistakes are named at the user's line. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* INTO(&v, call), awaitable void: runs the call and keeps its result in v; a
 * call that is cancelled leaves v alone. For ALL and SELECT, which drop the
 * results of their calls. v must live until the await ends. It expands to
 *     nr_into_(call, &v, where the result is, its size)
 * Ownership: takes the call. */
#define NR_INTO(out, call)                                                  \
    nr_into_(NR_FUTURE_(call), NR_OUT_(out, call), NR_RESULT_OFFSET_(call), \
             NR_RESULT_SIZE_(call))

/* ALL(call, …), awaitable void: runs one to eight calls until each has ended.
 * Where memory ran out for one of them there is no result: once the others
 * have ended, the AWAIT unwinds. It expands to nr_all_(count, call, …). */
#define NR_ALL(...) nr_all_(NR_COUNT_(__VA_ARGS__) NR_CALLS_(__VA_ARGS__))

/* SELECT(call, …), awaitable int: runs one to eight calls until one has ended,
 * and gives its index, counted from 0, the lowest where several are ready. The
 * others are cancelled, at the same time, and have done their cleanup before
 * it is ready, also those that had not begun. Want of memory: as ALL, where it
 * is the first that ended so. */
#define NR_SELECT(...) nr_select_(NR_COUNT_(__VA_ARGS__) NR_CALLS_(__VA_ARGS__))

/* NR_CALLS_(a, b) -> , the future of a, the future of b */
#define NR_CALLS_(...) NR_CAT_(NR_CALLS_, NR_COUNT_(__VA_ARGS__))(__VA_ARGS__)
#define NR_CALLS_NR_AT_MOST_EIGHT_ARGUMENTS_(...)
#define NR_CALLS_1(a) , NR_FUTURE_(a)
#define NR_CALLS_2(a, ...) NR_CALLS_1(a) NR_CALLS_1(__VA_ARGS__)
#define NR_CALLS_3(a, ...) NR_CALLS_1(a) NR_CALLS_2(__VA_ARGS__)
#define NR_CALLS_4(a, ...) NR_CALLS_1(a) NR_CALLS_3(__VA_ARGS__)
#define NR_CALLS_5(a, ...) NR_CALLS_1(a) NR_CALLS_4(__VA_ARGS__)
#define NR_CALLS_6(a, ...) NR_CALLS_1(a) NR_CALLS_5(__VA_ARGS__)
#define NR_CALLS_7(a, ...) NR_CALLS_1(a) NR_CALLS_6(__VA_ARGS__)
#define NR_CALLS_8(a, ...) NR_CALLS_1(a) NR_CALLS_7(__VA_ARGS__)

typedef struct nr_into_future {
    nr_future base;
    nr_unit result;
} nr_into_future;

typedef struct nr_all_future {
    nr_future base;
    nr_unit result;
} nr_all_future;

typedef struct nr_select_future {
    nr_future base;
    int result;
} nr_select_future;

NR_MUST_USE_ nr_into_future *nr_into_(nr_future *call, void *out, size_t offset,
                                      size_t size);
NR_MUST_USE_ nr_all_future *nr_all_(int count, ...);
NR_MUST_USE_ nr_select_future *nr_select_(int count, ...);

#ifdef __cplusplus
}
#endif

#endif
