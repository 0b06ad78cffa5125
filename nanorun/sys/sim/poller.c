/* SPDX-License-Identifier: MIT */

/*
 * A watch is pending from a change of its socket until a wait hands it out. The
 * seed uses all freedom that the contract leaves: events come in random order
 * and not all at once; they say what is ready now, as with epoll, or what was
 * ready at the change, as with completions. In half of the pollers a direction
 * that was handed out reports only errors and hang-ups until it is rearmed.
 *
 * Calls: world, threads, net, sockets, watches, end.
 */

#include "nanorun/sys/poller.h"

#include <errno.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/end.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/sim/sockets.h"
#include "nanorun/sys/sim/threads.h"
#include "nanorun/sys/sim/watches.h"
#include "nanorun/sys/sim/world.h"

int nr_sys_poller_add(nr_sys_poller *p, nr_sys_socket number, void *token)
{
    nr_sim_watch *w;
    nr_sim_socket *s;

    nr_sim_net_point();
    w = nr_sys_alloc(sizeof *w);
    if (!w)
        return -ENOMEM;
    s = nr_sim_socket_get(number);
    if (*nr_sim_watch_find(s, p)) {
        nr_sys_free(w);
        return -EEXIST;
    }
    *w = (nr_sim_watch){.next = s->watches,
                        .poller = p,
                        .socket = s,
                        .token = token,
                        .armed = NR_SIM_BOTH};
    s->watches = w;
    nr_sim_trace("poller %u: watches socket %d", p->number, (int)number);
    nr_sim_watch_change(w, nr_sim_socket_ready(s));
    return 0;
}

int nr_sys_poller_add_short_reads(nr_sys_poller *p, nr_sys_socket number,
                                  void *token)
{
    return nr_sys_poller_add(p, number, token);
}

void nr_sys_poller_rearm(nr_sys_poller *p, nr_sys_socket number, void *token,
                         uint32_t want)
{
    nr_sim_socket *s;
    nr_sim_watch *w;

    (void)token;
    nr_sim_net_point();
    s = nr_sim_socket_get(number);
    w = *nr_sim_watch_find(s, p);
    if (!w || !p->wants_rearm)
        return;
    w->armed |= want;
    nr_sim_watch_change(w, want & nr_sim_socket_ready(s));
}

void nr_sys_poller_remove(nr_sys_poller *p, nr_sys_socket number)
{
    nr_sim_watch **link;

    nr_sim_net_point();
    link = nr_sim_watch_find(nr_sim_socket_get(number), p);
    if (!*link)
        nr_sys_die("removed a socket that the poller does not watch",
                   "nr_sys_poller_remove");
    nr_sim_trace("poller %u: forgets socket %d", p->number, (int)number);
    nr_sim_watch_end(link);
}

/* ---- pollers ---- */

int nr_sys_poller_create(nr_sys_poller **out)
{
    nr_sys_poller *p;
    int error;

    nr_sim_net_point();
    error = nr_sim_net_no_file();
    if (error != 0)
        return error;
    p = nr_sys_alloc(sizeof *p);
    if (!p)
        return -ENOMEM;
    nr_sim_poller_init(p);
    nr_sim_net_add();
    *out = p;
    return 0;
}

void nr_sys_poller_destroy(nr_sys_poller *p)
{
    nr_sim_socket *s;
    nr_sim_watch **link;

    if (!p)
        return;
    nr_sim_net_point();
    for (nr_sys_socket n = 0; (s = nr_sim_socket_next(n));) {
        n = s->number + 1; /* before the free, which may let `s` be closed */
        link = nr_sim_watch_find(s, p);
        if (*link)
            nr_sim_watch_end(link);
    }
    nr_sim_net_remove();
    nr_sys_free(p);
}

/* What the event says; 0: it is not worth saying. */
static uint32_t poller_take_first(nr_sys_poller *p, nr_sys_event *out)
{
    nr_sim_watch *w = p->pending;
    uint32_t ready = nr_sim_socket_ready(w->socket);

    if (nr_sim_random(2) == 0)
        ready = w->changed;
    nr_sim_watch_clear(w);
    if (p->wants_rearm && !w->is_foreign)
        w->armed &= ~ready;
    *out = (nr_sys_event){.token = w->token,
                          .ready = w->is_foreign ? NR_SYS_READABLE : ready};
    if (ready != 0)
        nr_sim_trace("poller %u: socket %d is ready for %s", p->number,
                     (int)w->socket->number,
                     ready == NR_SIM_BOTH       ? "both"
                     : ready == NR_SYS_READABLE ? "reading"
                                                : "writing");
    return ready;
}

/* Every fourth time it stops early. */
static int poller_take(nr_sys_poller *p, nr_sys_event *events, int events_max)
{
    int count = 0;

    while (p->pending && count < events_max &&
           (count == 0 || nr_sim_random(4) != 0))
        count += poller_take_first(p, &events[count]) != 0;
    return count;
}

int nr_sys_poller_wait(nr_sys_poller *p, nr_sys_event *events, int events_max,
                       uint64_t timeout_ns)
{
    uint64_t now_ns = nr_sim_now_ns();
    uint64_t deadline_ns =
        timeout_ns < NR_SIM_NEVER - now_ns ? now_ns + timeout_ns : NR_SIM_NEVER;
    int count;

    nr_sim_net_point();
    for (;;) {
        count = poller_take(p, events, events_max);
        if (count != 0 || p->is_woken || timeout_ns == 0 ||
            nr_sim_now_ns() >= deadline_ns)
            break;
        nr_sim_wait(p, "readiness", deadline_ns);
    }
    p->is_woken = false;
    return count;
}

void nr_sys_poller_wake(nr_sys_poller *p)
{
    nr_sim_net_point();
    nr_sim_trace("poller %u: is woken", p->number);
    p->is_woken = true;
    nr_sim_wake_all(p);
}
