/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/events.h"

#include <stddef.h>

#include "nanorun/sys/sim/world.h"

/* By time. */
static nr_sim_event *events;

void nr_sim_at(nr_sim_event *event, uint64_t at_ns,
               void (*happen)(nr_sim_event *event))
{
    nr_sim_event **link = &events;

    while (*link != NULL && (*link)->at_ns <= at_ns)
        link = &(*link)->next;
    event->at_ns = at_ns;
    event->happen = happen;
    event->next = *link;
    *link = event;
}

void nr_sim_cancel(nr_sim_event *event)
{
    nr_sim_event **link = &events;

    if (event->happen == NULL)
        return;
    while (*link != event)
        link = &(*link)->next;
    *link = event->next;
    event->happen = NULL;
}

uint64_t nr_sim_next_event_ns(void)
{
    return events != NULL ? events->at_ns : NR_SIM_NEVER;
}

void nr_sim_let_happen(void)
{
    while (nr_sim_next_event_ns() <= nr_sim_now_ns()) {
        nr_sim_event *event = events;
        void (*happen)(nr_sim_event * event) = event->happen;

        events = event->next;
        event->happen = NULL;
        happen(event);
    }
}
