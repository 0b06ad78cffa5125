/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ASYNC_CXX_NAMESAKE_H
#define TESTS_ASYNC_CXX_NAMESAKE_H

/*
 * An async function of another C++ file, which has the name of one of the
 * test's.
 */

#include "nanorun/async.h"

/* Runs it. Returns 8. */
long run_namesake(nr_runtime *rt);

#endif
