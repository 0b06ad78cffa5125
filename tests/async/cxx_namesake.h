/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ASYNC_CXX_NAMESAKE_H
#define TESTS_ASYNC_CXX_NAMESAKE_H

/*
 * An async function in another C++ file, with the name of one in the test.
 */

#include "nanorun/async.h"

/* Runs it. Returns 8. */
long run_namesake(nr_runtime *rt);

#endif
