/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RT_FUTURE_EXAMPLE_H
#define TESTS_RT_FUTURE_EXAMPLE_H

/*
 * The functions by which the worked example of nanorun/rt/future.h is tested.
 */

#include "nanorun/rt/future.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An event of the example's, with its lock. */
typedef struct example example;
example *example_new(void);
void example_free(example *x);
void example_set(example *x);

/* Whether it keeps the waker of a task. */
bool example_is_waited_for(example *x);

/* Waits for the event, by the AWAIT that ends the example; 42. */
ASYNC_DECLARE(int, example_wait, ((example *, x)));

#ifdef __cplusplus
}
#endif

#endif
