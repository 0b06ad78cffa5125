/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ASYNC_STARVED_H
#define TESTS_ASYNC_STARVED_H

/*
 * Async functions that run short of memory. On a runtime with one worker
 * nothing else allocates meanwhile.
 */

#include "nanorun/async.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a run went that had one allocation fail, or all from there on. */
typedef struct trial {
    uint64_t after; /* allocations that succeed first */
    bool and_all;
    int joined; /* of the task: 0 or -ENOMEM */
    int got;    /* its result, else -1 */
} trial;

/* A task that calls, spawns, bounds and cleans up; its result is FED, and less
 * by what it could do without: PET_STARVED, BOUNDED_STARVED. */
enum { FED = 100, PET_STARVED = 10, BOUNDED_STARVED = 20 };
ASYNC_DECLARE(void, try_all, ((trial *, t)));

/* Spawns one call and joins it; only the spawning is short of memory. */
ASYNC_DECLARE(void, try_spawn, ((trial *, t)));

#ifdef __cplusplus
}
#endif

#endif
