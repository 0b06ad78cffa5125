/* SPDX-License-Identifier: MIT */
#ifndef BENCH_NANORUN_WORKLOADS_H
#define BENCH_NANORUN_WORKLOADS_H

/*
 * The workloads, in nanorun. Each is called outside of `rt`, runs one pass and
 * checks its result. What `n` counts and what is one operation is said at each;
 * the other programs of the bench do exactly the same.
 */

#include "bench/measure.h"
#include "nanorun/async.h"

/* A task spawns n tasks, keeps the handles, joins all. An operation: a task. */
void run_spawn_join(nr_runtime *rt, bench *b);

/* The same, spawned by this thread. */
void run_spawn_remote(nr_runtime *rt, bench *b);

/* Each task spawns the next, n deep. An operation: a task. */
void run_chained_spawn(nr_runtime *rt, bench *b);

/* A 10-ary tree of tasks with n leaves, each joined by its parent; n is a power
 * of ten. An operation: a leaf. */
void run_skynet(nr_runtime *rt, bench *b);

/* fib(n), where fib(n - 1) is spawned and joined, fib(n - 2) awaited. An
 * operation: a task that was spawned. */
void run_fib(nr_runtime *rt, bench *b);

/* fib(n), both awaited in place. An operation: a call. */
void run_await(nr_runtime *rt, bench *b);

/* 1,000 tasks, n / 1,000 yields each. An operation: a yield. */
void run_yield(nr_runtime *rt, bench *b);

/* One task yields n times. An operation: a yield. */
void run_yield1(nr_runtime *rt, bench *b);

/* 1,000 pairs of tasks, n / 1,000 round trips each: over two notifies, and over
 * two channels of one item. An operation: a round trip. */
void run_ping_pong(nr_runtime *rt, bench *b);
void run_ping_pong_chan(nr_runtime *rt, bench *b);

/* One pair of tasks, n round trips over two channels. */
void run_chan_ping_pong(nr_runtime *rt, bench *b);

/* One task, n times: locks and unlocks a mutex; sends to a channel with room
 * and receives. */
void run_mutex_uncontended(nr_runtime *rt, bench *b);
void run_chan_uncontended(nr_runtime *rt, bench *b);

/* One task arms n sleeps of 1 to 10,000 ms, then cancels all. An operation: a
 * sleep. */
void run_timers(nr_runtime *rt, bench *b);

/* One task arms a sleep and cancels it, n times. */
void run_timer_churn(nr_runtime *rt, bench *b);

/* One task sleeps 1 ms, n times. late_us: the mean lateness. */
void run_sleep_1ms(nr_runtime *rt, bench *b);

/* n tasks sleep, all at once. bytes_per_task: what they take of the resident
 * memory. An operation: a task, until it sleeps. */
void run_mem(nr_runtime *rt, bench *b);

#endif
