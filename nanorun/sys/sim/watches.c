/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/watches.h"

#include <stddef.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/threads.h"
#include "nanorun/sys/sim/world.h"

static unsigned watches_pollers_made;

void nr_sim_poller_init(nr_sys_poller *p)
{
    *p = (nr_sys_poller){.number = watches_pollers_made++,
                         .wants_rearm = nr_sim_random(2) == 0};
}

void nr_sim_pollers_reset(void)
{
    watches_pollers_made = 0;
}

/* At a random place. */
static void watches_push(nr_sys_poller *p, nr_sim_watch *w)
{
    nr_sim_watch **link = &p->pending;

    for (uint32_t i = nr_sim_random(++p->pending_count); i > 0; i--)
        link = &(*link)->next_pending;
    w->next_pending = *link;
    *link = w;
}

void nr_sim_watch_clear(nr_sim_watch *w)
{
    nr_sim_watch **link = &w->poller->pending;

    if (w->changed == 0)
        return;
    while (*link != w)
        link = &(*link)->next_pending;
    *link = w->next_pending;
    w->poller->pending_count--;
    w->changed = 0;
}

void nr_sim_watch_change(nr_sim_watch *w, uint32_t ready)
{
    if (ready != NR_SIM_BOTH)
        ready &= w->armed;
    if (ready == 0)
        return;
    if (w->changed == 0)
        watches_push(w->poller, w);
    w->changed |= ready;
    nr_sim_wake_all(w->poller);
}

void nr_sim_socket_changed(nr_sim_socket *s, uint32_t ready)
{
    for (nr_sim_watch *w = s->watches; w; w = w->next)
        nr_sim_watch_change(w, ready);
}

nr_sim_watch **nr_sim_watch_find(nr_sim_socket *s, const nr_sys_poller *p)
{
    nr_sim_watch **link = &s->watches;

    while (*link && ((*link)->poller != p || (*link)->is_foreign))
        link = &(*link)->next;
    return link;
}

void nr_sim_watch_end(nr_sim_watch **link)
{
    nr_sim_watch *w = *link;

    *link = w->next;
    nr_sim_watch_clear(w);
    nr_sys_free(w);
}

void nr_sim_watch_unlink(nr_sim_watch *w)
{
    nr_sim_watch **link;

    nr_sim_watch_clear(w);
    if (!w->socket)
        return;
    link = &w->socket->watches;
    while (*link != w)
        link = &(*link)->next;
    *link = w->next;
    w->socket = NULL;
}

nr_sim_watch *nr_sim_socket_take_watches(nr_sim_socket *s)
{
    nr_sim_watch *taken = NULL;

    while (s->watches) {
        nr_sim_watch *w = s->watches;

        nr_sim_watch_unlink(w);
        if (!w->is_foreign) {
            w->next = taken;
            taken = w;
        }
    }
    return taken;
}

void nr_sim_watches_free(nr_sim_watch *watches)
{
    while (watches) {
        nr_sim_watch *next = watches->next;

        nr_sys_free(watches);
        watches = next;
    }
}
