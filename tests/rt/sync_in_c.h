/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RT_SYNC_IN_C_H
#define TESTS_RT_SYNC_IN_C_H

/*
 * The macros of nanorun/rt/sync.h as C expands them.
 */

#include "nanorun/rt/sync.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Each sends and receives, and returns 0 if what came was what went. */
ASYNC_DECLARE(int, pass_structs, ());
ASYNC_DECLARE(int, pass_pointers, ());
ASYNC_DECLARE(int, pass_arrays, ());
ASYNC_DECLARE(int, pass_by_canonical_names, ());

/* How often the arguments of one of each macro were evaluated, as the digits
 * of a number. */
ASYNC_DECLARE(int, chan_evaluations, ());

/* Children that keep their results here; their sum. */
ASYNC_DECLARE(int, sum_in_group, ((int, n)));

#ifdef __cplusplus
}
#endif

#endif
