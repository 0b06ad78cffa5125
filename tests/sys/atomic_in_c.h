/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYS_ATOMIC_IN_C_H
#define TESTS_SYS_ATOMIC_IN_C_H

/*
 * The operations of nanorun/sys/atomic.h and bits.h, compiled by the C
 * compiler, which may differ from the compiler of the tests.
 */

#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Each tries its operations in every order and returns the first expression
 * that was false, or NULL. */
const char *try_u32(void);
const char *try_size(void);
const char *try_ptr(void);
const char *try_bits(void);

/* Adds 1 so many times: by an addition, by a compare-exchange in a loop. */
void count_by_add(nr_atomic_u32 *a, unsigned times);
void count_by_cas(nr_atomic_size *a, unsigned times);

#ifdef __cplusplus
}
#endif

#endif
