/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_BARRIER_H
#define NANORUN_RT_BARRIER_H

/*
 * A barrier: a fixed number of parties wait for each other, then all go on, one
 * of them as the leader. A barrier serves any number of rounds. A cancelled
 * wait leaves its round, which then waits for another party, unless the round
 * has ended already: then the wait counts as a part of it.
 */

#include "nanorun/async.h"
#include "nanorun/rt/waiters.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_barrier {
    nr_waiters waiters_;
    uint64_t round_;
    size_t parties_;
    size_t arrived_; /* in this round */
} nr_barrier;

typedef struct nr_barrier_wait_future {
    nr_future base;
    bool result;
} nr_barrier_wait_future;

/* Initializes a barrier for `parties` parties; 0 is taken for 1. Do not copy or
 * move it. Ownership: the memory is the caller's. */
void nr_barrier_init(nr_barrier *b, size_t parties);

/* Misuse: while a task waits. The leader may call it as soon as its wait has
 * ended: the other parties of the round do not touch the barrier any more.
 * Threads: any. */
void nr_barrier_deinit(nr_barrier *b);
#define nr_barrier_deinit(...) nr_barrier_deinit_at_(__VA_ARGS__, NR_PLACE_)
void nr_barrier_deinit_at_(nr_barrier *b, const char *place);

/* Awaitable bool: waits until all parties of the round wait. The result is true
 * for the leader, which is the last to arrive. NULL when out of memory.
 * Threads: any. */
NR_MUST_USE_ nr_barrier_wait_future *nr_barrier_wait(nr_barrier *b);

#ifdef __cplusplus
}
#endif

#endif
