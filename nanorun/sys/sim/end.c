/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/end.h"

#include <stddef.h>
#include <string.h>

#include "nanorun/sys/foreign.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/watches.h"
#include "nanorun/sys/sim/world.h"

_Static_assert((int)NR_SYS_READABLE == NR_SYS_FOREIGN_READ &&
                   (int)NR_SYS_WRITABLE == NR_SYS_FOREIGN_WRITE,
               "what is ready is the same for a foreign watch");

nr_sim_conn *nr_sim_conn_alloc(void)
{
    nr_sim_conn *c = nr_sys_alloc(sizeof *c);

    if (!c)
        return NULL;
    memset(c, 0, offsetof(nr_sim_conn, rings));
    for (int i = 0; i < 2; i++) {
        c->ends[i].other = &c->ends[1 - i];
        c->ends[i].in.ring = c->rings[i];
        /* Mostly small, as it is at its limits that things happen. */
        c->ends[i].in.room = 16u << nr_sim_random(13);
    }
    return c;
}

void nr_sim_conn_free(nr_sim_conn *c)
{
    nr_sim_cancel(&c->handshake);
    for (int i = 0; i < 2; i++) {
        nr_sim_cancel(&c->ends[i].in.arrival);
        nr_sim_cancel(&c->ends[i].in.closing);
        nr_sim_cancel(&c->ends[i].in.release);
    }
    nr_sys_free(c);
}

/* The ends begin the connection. */
nr_sim_conn *nr_sim_conn_of(nr_sim_end *e)
{
    return (nr_sim_conn *)(void *)(e < e->other ? e : e->other);
}

static bool end_is_hung_up(const nr_sim_end *e)
{
    return e->state == NR_SIM_CLOSED ||
           (e->shut_write && (e->shut_read || e->has_ended));
}

uint32_t nr_sim_end_ready(const nr_sim_end *e)
{
    uint32_t ready = 0;

    if (end_is_hung_up(e) || e->error != 0)
        return NR_SIM_BOTH;
    if (e->shut_read || e->has_ended || nr_sim_pipe_unread(&e->in) != 0)
        ready |= NR_SYS_READABLE;
    if (e->state == NR_SIM_CONNECTED &&
        (e->shut_write || nr_sim_pipe_room(&e->other->in) != 0))
        ready |= NR_SYS_WRITABLE;
    return ready;
}

uint32_t nr_sim_socket_ready(const nr_sim_socket *s)
{
    const nr_sim_end *next = s->queue;

    if (s->is_udp)
        return nr_sim_inbox_ready(&s->inbox);
    if (s->is_listening)
        return next && next->is_acceptable ? NR_SYS_READABLE : 0;
    /* One that was never connected counts as hung up. */
    return s->end ? nr_sim_end_ready(s->end) : NR_SIM_BOTH;
}

uint32_t nr_sim_socket_ready_or_failed(const nr_sim_socket *s)
{
    uint32_t ready = nr_sim_socket_ready(s);

    if (s->is_udp) /* it has no end */
        return ready | (s->inbox.error != 0 ? NR_SYS_FOREIGN_ERROR : 0u);
    if (s->is_listening)
        return ready;
    if (!s->end)
        return NR_SYS_FOREIGN_WRITE | NR_SYS_FOREIGN_HANGUP;
    if (end_is_hung_up(s->end))
        ready |= NR_SYS_FOREIGN_HANGUP;
    if (s->end->error != 0)
        ready |= NR_SYS_FOREIGN_ERROR;
    return ready;
}

void nr_sim_end_changed(nr_sim_end *e, uint32_t ready)
{
    ready = (end_is_hung_up(e) ? NR_SIM_BOTH : ready) & nr_sim_end_ready(e);
    for (nr_sim_socket *s = e->socket; s; s = s->copies)
        nr_sim_socket_changed(s, ready);
}

void nr_sim_end_add_socket(nr_sim_end *e, nr_sim_socket *s)
{
    s->end = e;
    s->copies = e->socket;
    e->socket = s;
    e->is_held = true;
}

bool nr_sim_end_remove_socket(nr_sim_end *e, nr_sim_socket *s)
{
    nr_sim_socket **link = &e->socket;

    while (*link != s)
        link = &(*link)->copies;
    *link = s->copies;
    return !e->socket;
}

int nr_sim_end_take_error(nr_sim_end *e)
{
    int error = -e->error;

    e->error = 0;
    return error;
}

void nr_sim_end_fail(nr_sim_end *e, int error)
{
    e->state = NR_SIM_CLOSED;
    e->error = error;
    nr_sim_end_changed(e, NR_SIM_BOTH);
}
