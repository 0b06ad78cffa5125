/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_WORLD_H
#define NANORUN_SYS_SIM_WORLD_H

/*
 * The simulated world: threads of which one runs, the time, and what is to
 * happen later. Everything in sys/sim is plain data that the running thread
 * alone touches, so it needs no locks. Nothing here is for use outside a run,
 * but for nr_sim_inside and nr_sim_now_ns.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/sys/simulation.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NR_SIM_NEVER UINT64_MAX

/* Whether the calling thread is one of a run. */
bool nr_sim_inside(void);

const nr_sim_config *nr_sim_config_of_run(void);

/* Virtual nanoseconds; each run begins at the same. */
uint64_t nr_sim_now_ns(void);

/* ---- what a call of the contract does ---- */

/* nr_sim_point and nr_sim_let_others_run are in nanorun/sys/simulation.h. */

/* Waits until nr_sim_wake_one/all(on) chooses this thread (true) or the time is
 * deadline_ns (false). `on` is any address; `what`, as "a lock", is for the
 * report. Whoever wakes runs on: look again at what was waited for. */
bool nr_sim_wait(const void *on, const char *what, uint64_t deadline_ns);

/* Ends the wait of one thread, chosen at random, of all. */
void nr_sim_wake_one(const void *on);
void nr_sim_wake_all(const void *on);

/* ---- what happens later ---- */

/* Embedded in what it is about; by value in no list twice. */
typedef struct nr_sim_event {
    struct nr_sim_event *next;
    uint64_t at_ns;
    void (*happen)(struct nr_sim_event *event);
} nr_sim_event;

/* Lets `happen` be called at `at_ns` or soon after, between two steps; events
 * of the same time in the order of these calls. `happen` must not wait. */
void nr_sim_at(nr_sim_event *event, uint64_t at_ns,
               void (*happen)(nr_sim_event *event));

/* Takes an event back that has not happened; one that has is fine if its
 * `happen` is NULL, as it is when it is called. */
void nr_sim_cancel(nr_sim_event *event);

/* ---- chance and trace ---- */

/* True `per_mille` times of a thousand. */
bool nr_sim_chance(unsigned per_mille);

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void nr_sim_trace(const char *format, ...);

#ifdef __cplusplus
}
#endif

#endif
