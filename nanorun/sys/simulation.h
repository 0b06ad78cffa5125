/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIMULATION_H
#define NANORUN_SYS_SIMULATION_H

/*
 * Deterministic runs: a build with the backend `sim` simulates the threads,
 * locks, atomics, clock and sockets of this layer. One thread runs at a time,
 * and another one may go on at each access to what threads share. A seed
 * determines which one does, and what the network does. Time is a count of
 * steps, which jumps to the next event when every thread waits. The same
 * program and seed give the same run.
 *
 * nanorun/rt/sim.h is the public header.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The settings of a run. Zeroed: a network that delays, and that cuts reads and
 * writes short, but never fails; no bound on steps; no trace. */
typedef struct nr_sim_config {
    uint64_t seed;
    uint64_t max_steps; /* a longer run stops the process; 0: any length */
    unsigned cpus;      /* what a runtime without `workers` starts; 0: 3 */

    /* The longest time that a segment, a datagram, a connection or an end of
     * stream travels; 0: 1 ms. */
    uint64_t net_delay_ns;
    /* Faults, each with its probability in thousandths: */
    uint16_t net_reset;   /* an arriving segment resets its connection */
    uint16_t net_refuse;  /* a connection is refused */
    uint16_t net_abort;   /* accept gives -ECONNABORTED */
    uint16_t net_no_file; /* opening and accepting give -EMFILE or -ENFILE */
    uint16_t net_lose;    /* a datagram never arrives */
    uint16_t net_double;  /* a datagram arrives twice */
    uint16_t net_reorder; /* later datagrams may arrive before this one */

    /* Called with each line of the trace, without its newline, by the running
     * thread. Must use nothing that is simulated. May be NULL. */
    void (*trace)(void *trace_arg, const char *line);
    void *trace_arg;
} nr_sim_config;

/* Runs body(arg) as the first thread of a simulation and returns when every
 * thread has ended. If no thread can ever go on, or after max_steps, prints for
 * each thread what it waits for and stops the process. Threads: one at a time;
 * meanwhile only the caller and threads that the library starts may call the
 * library. */
void nr_sim_run(const nr_sim_config *config, void (*body)(void *arg),
                void *arg);

/* A number below `bound` (not 0), from the run's seed. */
uint32_t nr_sim_random(uint32_t bound);

/* Adds a line of the program's own to the trace. */
void nr_sim_note(const char *text);

/* How many steps the run under way has made, or the last run made. */
uint64_t nr_sim_steps(void);

/* Lets another thread run before it returns, or does not, as the seed has it.
 * Called at the start of every operation that other threads can see or
 * influence. Does nothing outside of a run. */
void nr_sim_point(void);

/* The same, but another thread certainly runs if one can. For a thread that
 * spins. */
void nr_sim_let_others_run(void);

#ifdef __cplusplus
}
#endif

#endif
