/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ASYNC_ALIGNMENT_H
#define TESTS_ASYNC_ALIGNMENT_H

/*
 * Async functions, in C, whose parameter, result and locals need an alignment
 * of 16, 32 or 64 bytes, in frames of several sizes.
 */

#include "nanorun/async.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Each calls all of these functions many times, in one way, and returns how
 * often something was not aligned or had another value. */
ASYNC_DECLARE(int, misaligned_awaited, ());
ASYNC_DECLARE(int, misaligned_spawned, ());
ASYNC_DECLARE(int, misaligned_in_branches, ());
ASYNC_DECLARE(int, misaligned_in_a_group, ());

#ifdef __cplusplus
}
#endif

#endif
