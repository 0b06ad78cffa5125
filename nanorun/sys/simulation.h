/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIMULATION_H
#define NANORUN_SYS_SIMULATION_H

/*
 * Deterministic runs: in a build with the backend `sim` the threads, locks,
 * atomics, clock and sockets of this layer are simulated. One thread runs at a
 * time; which one goes on, at any access to what threads share, and what the
 * network does, is drawn from a seed; time passes only as the run goes on, and
 * jumps when every thread waits. Same seed and program: same run.
 *
 * nanorun/rt/sim.h is the public face.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a run goes. Zeroed: a network that delays, cuts reads and writes short
 * and never fails, as many steps as it takes, no trace. */
typedef struct nr_sim_config {
    uint64_t seed;
    uint64_t max_steps; /* a longer run stops the process; 0: any length */
    unsigned cpus;      /* what a runtime without `workers` starts; 0: 3 */

    /* How long a segment, connection or end of stream is on its way, at most;
     * 0: 1 ms. */
    uint64_t net_delay_ns;
    /* Faults, each how many times of a thousand: */
    uint16_t net_reset;   /* an arriving segment resets its connection */
    uint16_t net_refuse;  /* a connection is refused */
    uint16_t net_abort;   /* accept gives -ECONNABORTED */
    uint16_t net_no_file; /* opening and accepting give -EMFILE or -ENFILE */

    /* Is called with each line of the trace, without its newline, by the thread
     * that runs; must use nothing that is simulated. May be NULL. */
    void (*trace)(void *trace_arg, const char *line);
    void *trace_arg;
} nr_sim_config;

/* Runs body(arg) as the first thread of a simulation and returns when every
 * thread has ended. When no thread can ever go on, or after max_steps, it says
 * in one line a thread what each waits for, and stops the process. Threads: the
 * one that calls and those that the library starts; any other may call nothing
 * of the library meanwhile. */
void nr_sim_run(const nr_sim_config *config, void (*body)(void *arg),
                void *arg);

/* A number below `bound` (not 0), from the run's seed. */
uint32_t nr_sim_random(uint32_t bound);

/* Adds a line of the program's own to the trace. */
void nr_sim_note(const char *text);

/* How many steps the run has made, or the last one had. */
uint64_t nr_sim_steps(void);

/* Another thread may run before this returns. Called at the start of whatever
 * other threads can see, or can make a difference to; does nothing outside of
 * a run. */
void nr_sim_point(void);

/* The same, and another thread does run if any can: for who spins. */
void nr_sim_let_others_run(void);

#ifdef __cplusplus
}
#endif

#endif
