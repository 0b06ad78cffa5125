/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_EVENTS_H
#define NANORUN_SYS_SIM_EVENTS_H

/* The queue of events that happen later in a run. Calls: world; and, when it is
 * time, the `happen` of an event. */

#include <stdint.h>

/* A member of the object that it is about. An event is in the queue at most
 * once. */
typedef struct nr_sim_event {
    struct nr_sim_event *next;
    uint64_t at_ns;
    void (*happen)(struct nr_sim_event *event);
} nr_sim_event;

/* Makes `happen` be called at `at_ns` or soon after, between two steps. Events
 * of the same time happen in the order of these calls. `happen` must not
 * wait. */
void nr_sim_at(nr_sim_event *event, uint64_t at_ns,
               void (*happen)(nr_sim_event *event));

/* Cancels an event that has not happened. Does nothing if `happen` is NULL, as
 * it is before nr_sim_at and once the event happens. */
void nr_sim_cancel(nr_sim_event *event);

/* Returns the time of the next event, or NR_SIM_NEVER. */
uint64_t nr_sim_next_event_ns(void);

/* Calls `happen` of all events that are due. */
void nr_sim_let_happen(void);

#endif
