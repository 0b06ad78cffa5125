/* SPDX-License-Identifier: MIT */

/*
 * A handshake:
 *
 *  1. The request travels, and reaches a listener or none.
 *  2. The connecting end is connected. The other end is in the listener's
 *     queue, but cannot be accepted yet, because the last acknowledgement
 *     travels.
 *  3. The other end can be accepted, after all before it in the queue.
 *
 * A request that finds the queue full is lost. It is sent again after a time
 * that doubles, as on Linux.
 */

#include "nanorun/sys/sim/handshake.h"

#include <errno.h>
#include <stddef.h>

#include "nanorun/sys/sim/end_call.h"
#include "nanorun/sys/sim/host.h"
#include "nanorun/sys/sim/names.h"
#include "nanorun/sys/sim/transit.h"
#include "nanorun/sys/sim/watches.h"
#include "nanorun/sys/sim/world.h"

enum { HANDSHAKE_TRIES = 6 };
static const uint64_t HANDSHAKE_RETRY_NS = 1000000000;

static nr_sim_conn *handshake_of(nr_sim_event *event)
{
    return (void *)((char *)event - offsetof(nr_sim_conn, handshake));
}

static void handshake_become_acceptable(nr_sim_event *event)
{
    nr_sim_end *server = &handshake_of(event)->ends[1];

    server->is_acceptable = true;
    nr_sim_trace("socket %d: a connection from port %d can be accepted",
                 (int)server->listener->number, server->other->local.port_);
    nr_sim_socket_changed(server->listener,
                          nr_sim_socket_ready(server->listener));
}

static void handshake_establish(nr_sim_conn *c, nr_sim_socket *listener)
{
    nr_sim_end *client = &c->ends[0], *server = &c->ends[1];
    nr_sim_end **link = &listener->queue;

    while (*link)
        link = &(*link)->next;
    *link = server;
    listener->queue_len++;
    server->listener = listener;
    server->is_held = true;
    server->state = NR_SIM_CONNECTED;
    client->state = NR_SIM_CONNECTED;
    nr_sim_trace(NR_SIM_END_FORMAT ": is connected", NR_SIM_END_NAME(client));
    nr_sim_end_changed(client, NR_SYS_WRITABLE);
    if (listener->is_unix)
        handshake_become_acceptable(&c->handshake);
    else
        nr_sim_at(&c->handshake, nr_sim_arrival_ns(),
                  handshake_become_acceptable);
}

static void handshake_fail(nr_sim_end *client, int error)
{
    nr_sim_trace(NR_SIM_END_FORMAT ": is not connected: %s",
                 NR_SIM_END_NAME(client),
                 error == ECONNREFUSED ? "refused" : "no answer");
    nr_sim_end_fail(client, error);
}

/* Who is reached now. A Unix socket is not reached by a later one's name. */
static nr_sim_socket *handshake_listener(const nr_sim_conn *c)
{
    const nr_sim_name *name;

    if (c->name == 0)
        return nr_sim_socket_listener(&c->ends[1].local);
    name = nr_sim_name_find_number(c->name);
    return name ? name->listener : NULL;
}

static void handshake_knock(nr_sim_event *event)
{
    nr_sim_conn *c = handshake_of(event);
    nr_sim_socket *listener = handshake_listener(c);

    if (!listener || nr_sim_chance(nr_sim_config_of_run()->net_refuse))
        handshake_fail(&c->ends[0], ECONNREFUSED);
    else if (listener->queue_len <= listener->backlog || listener->is_unix)
        handshake_establish(c, listener);
    else if (c->tries == HANDSHAKE_TRIES)
        handshake_fail(&c->ends[0], ETIMEDOUT);
    else
        nr_sim_at(event, nr_sim_now_ns() + (HANDSHAKE_RETRY_NS << c->tries++),
                  handshake_knock);
}

int nr_sim_connect_check(const nr_sim_socket *s, const nr_addr *to)
{
    if (s->is_v6 != (to->is_v6_ != 0))
        return -EAFNOSUPPORT;
    if (s->end && s->end->state == NR_SIM_CONNECTING)
        return -EALREADY;
    if (s->end || s->is_listening)
        return -EISCONN;
    return nr_sim_addr_is_local(to) ? 0 : -ENETUNREACH;
}

/* Mostly it takes its time. */
static int handshake_begin(nr_sim_conn *c)
{
    if (nr_sim_random(8) != 0)
        nr_sim_at(&c->handshake, nr_sim_arrival_ns(), handshake_knock);
    else
        handshake_knock(&c->handshake);
    if (c->ends[0].state == NR_SIM_CONNECTING)
        return -EINPROGRESS;
    return nr_sim_end_take_error(&c->ends[0]);
}

int nr_sim_connect(nr_sim_socket *s, nr_sim_conn *c, const nr_addr *to)
{
    nr_sim_end *client = &c->ends[0];

    s->local = nr_sim_addr_loopback(s->is_v6, nr_sim_socket_free_port());
    nr_sim_end_add_socket(client, s);
    client->local = s->local;
    c->ends[1].local = nr_sim_addr_is_any(to)
                           ? nr_sim_addr_loopback(s->is_v6, to->port_)
                           : *to;
    nr_sim_trace("socket %d: connects from port %d to port %d", (int)s->number,
                 s->local.port_, to->port_);
    return handshake_begin(c);
}

/* The queue had a place when the connection was begun; nobody takes it. */
int nr_sim_connect_unix(nr_sim_socket *s, nr_sim_conn *c,
                        const nr_sim_name *name)
{
    nr_sim_end_add_socket(&c->ends[0], s);
    c->name = name->number;
    nr_sim_trace("socket %d: connects to %s", (int)s->number, name->text);
    return handshake_begin(c);
}

static nr_sim_end *handshake_take_first(nr_sim_socket *listener)
{
    nr_sim_end *server = listener->queue;

    listener->queue = server->next;
    listener->queue_len--;
    server->next = NULL;
    server->listener = NULL;
    return server;
}

nr_sim_end *nr_sim_queue_pop(nr_sim_socket *listener)
{
    if (!listener->queue || !listener->queue->is_acceptable)
        return NULL;
    return handshake_take_first(listener);
}

void nr_sim_queue_close(nr_sim_socket *listener)
{
    while (listener->queue) {
        nr_sim_end *server = handshake_take_first(listener);

        nr_sim_cancel(&nr_sim_conn_of(server)->handshake);
        nr_sim_end_close(server, true);
    }
}
