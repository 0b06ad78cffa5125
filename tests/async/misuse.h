/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ASYNC_MISUSE_H
#define TESTS_ASYNC_MISUSE_H

/*
 * Async functions that break a rule of the language, each in its own way.
 */

#include "nanorun/async.h"
#include "tests/support/gate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Waits at the gate: right by itself. */
ASYNC_DECLARE(int, waits, ((gate *, g)));

ASYNC_DECLARE(int, blocks_inside, ((nr_runtime *, rt)));
ASYNC_DECLARE(int, runs_inside, ());
ASYNC_DECLARE(int, joins_aborted, ((gate *, never)));

/* Each consumes a future twice. */
ASYNC_DECLARE(void, awaits_twice, ());
ASYNC_DECLARE(void, drops_twice, ());
ASYNC_DECLARE(void, spawns_and_awaits, ());
ASYNC_DECLARE(void, combines_one_twice, ());
ASYNC_DECLARE(void, bounds_and_keeps, ());
ASYNC_DECLARE(void, awaits_itself, ());

#ifdef __cplusplus
}
#endif

#endif
