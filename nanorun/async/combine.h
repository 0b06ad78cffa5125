/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_COMBINE_H
#define NANORUN_ASYNC_COMBINE_H

/*
 * Several calls at once, in one task. The calls run in turns and never in
 * parallel; SPAWN is for more than one core. The macros below are awaitables:
 * they nest, and a TIMEOUT_MS around one unwinds all its branches. A chain of
 * AWAITs uses the C stack of one call, but each combinator inside another uses
 * more of it. So ALL, SELECT, INTO, TIMEOUT_MS and GROUP_SPAWN nest 2,000 deep,
 * which is 1,000 levels of ALL over INTO; a deeper nesting stops the process
 * with one line.
 */

#include "nanorun/async/lower.h"
#include "nanorun/async/macro.h"

/* As in nanorun/async.h: messages name the user's line. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* INTO(&v, call), awaitable void: runs the call and stores its result in v; a
 * call that is cancelled leaves v untouched. It is for the calls of ALL, SELECT
 * and GROUP_SPAWN, which drop results. v must live until the await ends. It
 * expands to
 *     nr_into_(call, &v, where the result is, its size)
 * Ownership: takes the call. */
#define NR_INTO(out, call)                                                  \
    nr_into_(NR_FUTURE_(call), NR_OUT_(out, call), NR_RESULT_OFFSET_(call), \
             NR_RESULT_SIZE_(call))

/* ALL(call, …), awaitable void: runs one to eight calls until each has ended.
 * If one of them ended for lack of memory, there is no result: once the others
 * have ended, the awaiter is unwound. It expands to nr_all_(count, call, …). */
#define NR_ALL(...) nr_all_(NR_COUNT_(__VA_ARGS__) NR_CALLS_(__VA_ARGS__))

/* SELECT(call, …), awaitable int: runs one to eight calls until one has ended.
 * The result is the index of that call, counted from 0; if several are ready,
 * the lowest. All others are then cancelled at the same time, also those that
 * have not begun, and SELECT is ready when their cleanup is done. If the first
 * call that ended did so for lack of memory, there is no result, as with
 * ALL. */
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
