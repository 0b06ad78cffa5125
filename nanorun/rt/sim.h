/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SIM_H
#define NANORUN_RT_SIM_H

/*
 * Deterministic runs, for tests: one thread runs at a time, time is virtual,
 * and a seed determines the order of the threads and the behaviour of the
 * network. A fault that shows once in a million runs shows with some seed, and
 * with that seed each time.
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
 * A simulated program is built with the backend `sim` of nanorun/sys. A rule
 * builds one target so, whatever the rest is built for:
 *
 *     load("@nanorun//bazel:sim.bzl", "nr_sim_test")
 *     nr_sim_test(name = "transfers_sim_test", srcs = ["transfers_sim_test.c"],
 *                 deps = [":transfers", "@nanorun//nanorun/rt:sim"])
 *
 * A program that is simulated must be deterministic itself. It uses neither the
 * system's clock nor its randomness (nr_sim_random instead), it depends on no
 * addresses, and files and threads of its own begin and end within one run of
 * the body.
 */

/* nr_sim_config, nr_sim_random, nr_sim_note */
#include "nanorun/sys/simulation.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Runs body(arg) in `seeds` simulations, with the seeds from config->seed on,
 * until one returns other than 0. Prints that seed to standard error and
 * returns that value; returns 0 if all runs did. A body that leaves memory of
 * the library or sockets behind, or that can never go on, stops the process
 * with a line that names the seed.
 *
 * `config` may be NULL: seed 1, no network faults. In the environment,
 * NR_SIM_SEED=N runs that seed alone and writes its trace to standard error;
 * NR_SIM_SEEDS=N overrides `seeds`. Threads: one at a time, outside of any
 * run. */
int nr_sim_explore(const nr_sim_config *config, uint64_t seeds,
                   int (*body)(void *arg), void *arg);

#ifdef __cplusplus
}
#endif

#endif
