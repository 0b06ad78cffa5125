/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SIM_H
#define NANORUN_RT_SIM_H

/*
 * Deterministic runs, for tests: one thread at a time, the order and the
 * network from a seed, virtual time. What fails once in a million runs fails
 * in some seed, and in that seed each time.
 *
 *     static int nothing_is_lost(void *arg)
 *     {
 *         int sum = RUN(transfers());     // a runtime, tasks, sleeps, TCP …
 *         return sum == 100 ? 0 : 1;
 *     }
 *
 *     int main(void)
 *     {
 *         return nr_sim_explore(NULL, 10000, nothing_is_lost, NULL);
 *     }
 *
 * It is a build of its own, with the backend `sim` in nanorun/sys, and a rule
 * that builds one program so, whatever the rest is built for:
 *
 *     load("@nanorun//bazel:sim.bzl", "nr_sim_test")
 *     nr_sim_test(name = "transfers_sim_test", srcs = ["transfers_sim_test.c"],
 *                 deps = [":transfers", "@nanorun//nanorun/rt:sim"])
 *
 * A program that is simulated must be deterministic itself: no clock, no
 * randomness (see nr_sim_random), no files or threads of its own but what one
 * run of the body begins and ends, nothing that depends on addresses.
 */

/* nr_sim_config, nr_sim_random, nr_sim_note */
#include "nanorun/sys/simulation.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Runs body(arg) in simulations of the seeds config->seed and following, until
 * one answers other than 0. Names that seed on standard error and returns the
 * answer; 0 when all were fine. A body that leaves memory of the library's or
 * sockets behind, or can never go on, stops the process, seed named.
 *
 * `config` may be NULL: seed 1, no faults of the network. From the environment:
 * NR_SIM_SEED=N runs that seed alone and writes its trace to standard error;
 * NR_SIM_SEEDS=N overrides `seeds`. Threads: one, outside of any run. */
int nr_sim_explore(const nr_sim_config *config, uint64_t seeds,
                   int (*body)(void *arg), void *arg);

#ifdef __cplusplus
}
#endif

#endif
