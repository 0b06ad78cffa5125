/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ASYNC_LANGUAGE_H
#define TESTS_ASYNC_LANGUAGE_H

/*
 * Async functions, in C, that each use one feature of the language.
 */

#include "nanorun/async.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Suspends once, then returns n. */
ASYNC_DECLARE(int, step, ((int, n)));

/* Three loops, each of 10 rounds, nested, with a suspension in each round:
 * the sum of the numbers 0 to 999. */
ASYNC_DECLARE(int, loops, ());

/* Awaits step(1) for n 1, step(2) for 1 and 2, step(4) for others. */
ASYNC_DECLARE(int, in_switch, ((int, n)));

/* 12, by two awaits on one line; 1234, by awaits in a macro of the user's. */
ASYNC_DECLARE(int, on_one_line, ());
ASYNC_DECLARE(int, in_macro, ());

/* 10 or 20 for a, plus 1 or 2 for b, each from an unbraced if and else. */
ASYNC_DECLARE(int, unbraced, ((bool, a), (bool, b)));

ASYNC_DECLARE(uint64_t, fib, ((unsigned, n)));

/* They call each other, from two source files. */
ASYNC_DECLARE(bool, is_even, ((unsigned, n)));
ASYNC_DECLARE(bool, is_odd, ((unsigned, n)));

typedef struct block64 {
    uint64_t words[8];
} block64;
ASYNC_DECLARE(block64, block, ((uint64_t, first)));
ASYNC_DECLARE(uint64_t, block_last, ((uint64_t, first)));

/* The sum of its arguments, after a suspension. */
ASYNC_DECLARE(int, sum0, ());
ASYNC_DECLARE(int, sum1, ((int, a)));
ASYNC_DECLARE(int, sum2, ((int, a), (int, b)));
ASYNC_DECLARE(int, sum3, ((int, a), (int, b), (int, c)));
ASYNC_DECLARE(int, sum4, ((int, a), (int, b), (int, c), (int, d)));
ASYNC_DECLARE(int, sum5, ((int, a), (int, b), (int, c), (int, d), (int, e)));
ASYNC_DECLARE(int, sum6,
              ((int, a), (int, b), (int, c), (int, d), (int, e), (int, f)));
ASYNC_DECLARE(int, sum7,
              ((int, a), (int, b), (int, c), (int, d), (int, e), (int, f),
               (int, g)));
ASYNC_DECLARE(int, sum8,
              ((int, a), (int, b), (int, c), (int, d), (int, e), (int, f),
               (int, g), (int, h)));

/* Adds n to *to after a suspension, and returns or falls off its end. */
ASYNC_DECLARE(void, add, ((int *, to), (int, n), (bool, by_return)));

/* How many bytes the result of a void call takes in C. */
size_t unit_size(void);

/* Awaits, spawns, joins and bounds a call written as an expression with a side
 * effect: how often each was evaluated, as the digits of a number. */
ASYNC_DECLARE(int, evaluations, ());

/* How many bytes of its locals were not zero when it began; fills them. */
ASYNC_DECLARE(int, dirty_locals, ());

/* A chain of n calls that suspends at its innermost end; n. */
ASYNC_DECLARE(uint64_t, deep, ((uint64_t, n)));

/* n tasks, each of which spawns and joins the next; n. */
ASYNC_DECLARE(int, spawn_chain, ((int, n)));

/* 1234, by canonical names only. */
ASYNC_DECLARE(int, canonical, ());

#ifdef __cplusplus
}
#endif

#endif
