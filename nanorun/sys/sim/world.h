/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_WORLD_H
#define NANORUN_SYS_SIM_WORLD_H

/*
 * The basis of a run: its configuration, random numbers, virtual time, and
 * trace. Everything in sys/sim is plain data that only the running thread
 * touches, so it needs no locks.
 *
 * Each file of sys/sim says in its header which others it calls. The calls form
 * no circle: tools/check includes has the order. world.c calls no other file.
 */

#include <stdbool.h>
#include <stdint.h>

/* nr_sim_random, nr_sim_note and nr_sim_steps are declared there. */
#include "nanorun/sys/simulation.h"

#define NR_SIM_NEVER UINT64_MAX

/* Starts a run; the process stops if one is going on. */
void nr_sim_world_begin(const nr_sim_config *config);
void nr_sim_world_end(void);

const nr_sim_config *nr_sim_config_of_run(void);

/* Returns the virtual time in nanoseconds; each run begins at the same time. */
uint64_t nr_sim_now_ns(void);

/* Lets time pass. nr_sim_skip_to changes nothing if `to_ns` is over. */
void nr_sim_pass_ns(uint64_t ns);
void nr_sim_skip_to(uint64_t to_ns);

/* Counts a step. Returns whether the run may have as many. */
bool nr_sim_step(void);

/* Returns true with a probability of `per_mille` thousandths. */
bool nr_sim_chance(unsigned per_mille);

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void nr_sim_trace(const char *format, ...);

/* Names the running thread, for the trace; NULL: none runs. Ownership:
 * borrowed until the next call. */
void nr_sim_trace_as(const char *name);

#endif
