/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ASYNC_CLEANUP_H
#define TESTS_ASYNC_CLEANUP_H

/*
 * Async functions with FINALLY sections that keep a journal: a frame writes a
 * capital letter when it begins and the small one in its FINALLY.
 */

#include "nanorun/async.h"
#include "tests/support/gate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a run of `three` waits at: the hold with the number `stop_at`. */
typedef struct holds {
    gate g;
    int taken;
    int stop_at;
} holds;

/* A awaits B twice, B awaits C, and each awaits holds in between:
 * HOLDS_OF_THREE of them. */
enum { HOLDS_OF_THREE = 11 };
ASYNC_DECLARE(int, three, ((holds *, at)));

/* `depth` frames, the innermost of which waits at `body`. Each FINALLY writes
 * its letter, waits at `cleanup`, and writes its letter again: "aa" is the
 * outermost's, "bb" that of the next. Returns depth. */
ASYNC_DECLARE(int, slow, ((int, depth), (gate *, body), (gate *, cleanup)));

/* Returns 7, then waits at `cleanup` in its FINALLY. */
ASYNC_DECLARE(int, returning, ((gate *, cleanup)));

/* Awaits `returning`, writes 'A' if it goes on, and 'a' in its FINALLY. */
ASYNC_DECLARE(int, awaits_returning, ((gate *, cleanup)));

/* Waits at `body`; its FINALLY writes '5' where an await gives it 5 there, that
 * of a function which awaits in turn and has a FINALLY, 'f', of its own. */
ASYNC_DECLARE(void, awaits_in_finally, ((gate *, body)));

/* Bounds `three` to no time at all, and returns what TIMEOUT_MS says. */
ASYNC_DECLARE(int, bounded_three, ((holds *, at), (int *, out)));

/* Bounds slow(1) so, while it waits at `body`. */
ASYNC_DECLARE(int, bounded_slow,
              ((int, depth), (gate *, body), (gate *, cleanup), (int *, out)));

/* Waits at the gate below n frames. How often their bodies were entered. */
ASYNC_DECLARE(int, counted, ((int, n), (gate *, g)));
extern int counted_entries;

#ifdef __cplusplus
}
#endif

#endif
