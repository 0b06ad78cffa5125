/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/events.h"

#include <stddef.h>

#include "nanorun/sys/sim/world.h"

/* By time. */
static nr_sim_event *events_first;

void nr_sim_at(nr_sim_event *event, uint64_t at_ns,
               void (*happen)(nr_sim_event *event))
{
    nr_sim_event **link = &events_first;

    while (*link && (*link)->at_ns <= at_ns)
        link = &(*link)->next;
    event->at_ns = at_ns;
    event->happen = happen;
    event->next = *link;
    *link = event;
}

void nr_sim_cancel(nr_sim_event *event)
{
    nr_sim_event **link = &events_first;

    if (!event->happen)
        return;
    while (*link != event)
        link = &(*link)->next;
    *link = event->next;
    event->happen = NULL;
}

uint64_t nr_sim_next_event_ns(void)
{
    return events_first ? events_first->at_ns : NR_SIM_NEVER;
}

void nr_sim_let_happen(void)
{
    while (nr_sim_next_event_ns() <= nr_sim_now_ns()) {
        nr_sim_event *event = events_first;
        void (*happen)(nr_sim_event * event) = event->happen;

        events_first = event->next;
        event->happen = NULL;
        happen(event);
    }
}
