/* SPDX-License-Identifier: MIT */

/*
 * Datagrams live in a table, so that neither sending nor arriving allocates or
 * frees. One that finds no room in it is lost, as in a network that has too
 * much to do.
 *
 * A datagram looks for its receiver when it arrives. One to several receivers,
 * by multicast or broadcast, is as many datagrams from the start. Those of one
 * socket arrive in order, if a fault does not let later ones pass. A datagram
 * that finds nobody is answered, and the answer travels back in its place; it
 * matters only to a sender whose peer that is.
 */

#include "nanorun/sys/sim/datagram.h"

#include <errno.h>
#include <string.h>

#include "nanorun/sys/sim/host.h"
#include "nanorun/sys/sim/inbox.h"
#include "nanorun/sys/sim/transit.h"
#include "nanorun/sys/sim/watches.h"
#include "nanorun/sys/sim/world.h"

enum { DATAGRAM_TABLE_SIZE = 512 };

static nr_sim_datagram datagram_table[DATAGRAM_TABLE_SIZE];
/* No place from there on was used in this run. */
static unsigned datagram_table_len;

bool nr_sim_addr_is_group(const nr_addr *to)
{
    return to->is_v6_ ? to->ip_[0] == 0xff : to->ip_[0] >> 4 == 0xe;
}

bool nr_sim_addr_is_broadcast(const nr_addr *to)
{
    return !to->is_v6_ && (to->ip_[0] == 127 || to->ip_[0] == 255) &&
           to->ip_[1] == 255 && to->ip_[2] == 255 && to->ip_[3] == 255;
}

/* Returns NULL if the table is full. */
static nr_sim_datagram *datagram_take(void)
{
    for (unsigned i = 0; i < DATAGRAM_TABLE_SIZE; i++) {
        if (!datagram_table[i].is_used) {
            datagram_table[i].is_used = true;
            if (datagram_table_len <= i)
                datagram_table_len = i + 1;
            return &datagram_table[i];
        }
    }
    return NULL;
}

void nr_sim_datagram_free(nr_sim_datagram *d)
{
    d->is_used = false;
}

static bool datagram_is_for(const nr_sim_socket *s, const nr_addr *from,
                            const nr_addr *to)
{
    if (!s->is_udp || s->local.port_ != to->port_ ||
        s->is_v6 != (to->is_v6_ != 0) ||
        (s->inbox.has_peer && !nr_sim_addr_is_same(&s->inbox.peer, from)))
        return false;
    if (nr_sim_addr_is_group(to))
        return nr_sim_inbox_group(&s->inbox, to) < s->inbox.group_count;
    if (nr_sim_addr_is_broadcast(to))
        return nr_sim_addr_is_any(&s->local);
    return nr_sim_addr_hears(&s->local, to);
}

/* The receiver from that number on, or NULL. */
static nr_sim_socket *datagram_receiver(const nr_sim_datagram *d,
                                        nr_sys_socket number)
{
    nr_sim_socket *s = nr_sim_socket_next(number);

    while (s && !datagram_is_for(s, &d->from, &d->to))
        s = nr_sim_socket_next(s->number + 1);
    return s;
}

static nr_sim_datagram *datagram_of(nr_sim_event *event)
{
    return (void *)((char *)event - offsetof(nr_sim_datagram, travel));
}

/* ---- arriving ---- */

static void datagram_be_refused(nr_sim_event *event)
{
    nr_sim_datagram *d = datagram_of(event);
    nr_sim_socket *s = d->sender;

    if (s && s->inbox.has_peer && nr_sim_addr_is_same(&s->inbox.peer, &d->to)) {
        nr_sim_trace("socket %d: nobody receives at port %d", (int)s->number,
                     d->to.port_);
        s->inbox.error = ECONNREFUSED;
        nr_sim_socket_changed(s, NR_SIM_BOTH);
    }
    nr_sim_datagram_free(d);
}

/* The sender may send as much again. */
static void datagram_release(nr_sim_datagram *d)
{
    nr_sim_inbox *in = d->sender ? &d->sender->inbox : NULL;

    if (!in)
        return;
    bool was_full = in->out_size >= in->out_max;
    in->out_size -= d->len + NR_SIM_DATAGRAM_COST;
    if (was_full && in->out_size < in->out_max)
        nr_sim_socket_changed(d->sender, NR_SYS_WRITABLE);
}

static void datagram_arrive(nr_sim_event *event)
{
    nr_sim_datagram *d = datagram_of(event);
    bool is_one_of_several = d->only != NR_SYS_NO_SOCKET;
    nr_sim_socket *s = datagram_receiver(d, is_one_of_several ? d->only : 0);

    datagram_release(d);
    if (is_one_of_several && s && s->number != d->only)
        s = NULL;
    if (s && s->inbox.in_size < s->inbox.in_max) {
        nr_sim_trace("socket %d: a datagram of %zu bytes arrives",
                     (int)s->number, d->len);
        nr_sim_inbox_push(&s->inbox, d);
        nr_sim_socket_changed(s, NR_SYS_READABLE);
    } else if (s || is_one_of_several) {
        nr_sim_trace("a datagram to port %d finds no room", d->to.port_);
        nr_sim_datagram_free(d);
    } else {
        nr_sim_at(&d->travel, nr_sim_arrival_ns(), datagram_be_refused);
    }
}

/* ---- departing ---- */

/* Later ones may pass it now and then. */
static uint64_t datagram_arrival_ns(nr_sim_inbox *in)
{
    uint64_t at_ns = nr_sim_arrival_ns();

    if (nr_sim_chance(nr_sim_config_of_run()->net_reorder))
        return at_ns + (nr_sim_arrival_ns() - nr_sim_now_ns());
    if (in->order_ns < at_ns)
        in->order_ns = at_ns;
    return in->order_ns;
}

static void datagram_depart(nr_sim_socket *s, const nr_addr *from,
                            const nr_addr *to, const char *buf, size_t len,
                            nr_sys_socket only)
{
    nr_sim_datagram *d = datagram_take();

    if (!d || nr_sim_chance(nr_sim_config_of_run()->net_lose)) {
        nr_sim_trace("socket %d: a datagram is lost", (int)s->number);
        if (d)
            nr_sim_datagram_free(d);
        return;
    }
    d->sender = s;
    d->only = only;
    d->from = *from;
    d->to = *to;
    d->len = len;
    if (len != 0)
        memcpy(d->bytes, buf, len);
    /* The answer may come before the send returns, as by loopback on Linux. */
    if (only == NR_SYS_NO_SOCKET && !datagram_receiver(d, 0) &&
        nr_sim_random(2) != 0) {
        datagram_be_refused(&d->travel);
        return;
    }
    s->inbox.out_size += len + NR_SIM_DATAGRAM_COST;
    nr_sim_at(&d->travel, datagram_arrival_ns(&s->inbox), datagram_arrive);
}

static void datagram_depart_to_several(nr_sim_socket *s, const nr_addr *from,
                                       const nr_addr *to, const char *buf,
                                       size_t len)
{
    nr_sim_socket *each = nr_sim_socket_next(0);

    for (; each; each = nr_sim_socket_next(each->number + 1)) {
        if (datagram_is_for(each, from, to))
            datagram_depart(s, from, to, buf, len, each->number);
    }
}

void nr_sim_datagram_send(nr_sim_socket *s, const nr_addr *to, const char *buf,
                          size_t len)
{
    bool is_doubled = nr_sim_chance(nr_sim_config_of_run()->net_double);
    nr_addr from = s->local;
    nr_addr there = *to;

    if (nr_sim_addr_is_any(&from))
        from = nr_sim_addr_loopback(s->is_v6, from.port_);
    if (nr_sim_addr_is_any(to))
        there = nr_sim_addr_loopback(s->is_v6, to->port_);
    nr_sim_trace("socket %d: sends %zu bytes to port %d%s", (int)s->number, len,
                 to->port_, is_doubled ? ", which are doubled" : "");
    for (int i = 0; i < 1 + is_doubled; i++) {
        if (nr_sim_addr_is_group(to) || nr_sim_addr_is_broadcast(to))
            datagram_depart_to_several(s, &from, &there, buf, len);
        else
            datagram_depart(s, &from, &there, buf, len, NR_SYS_NO_SOCKET);
    }
}

/* ---- the end ---- */

void nr_sim_datagram_close(nr_sim_socket *s)
{
    nr_sim_datagram *d;

    while ((d = nr_sim_inbox_pop(&s->inbox)))
        nr_sim_datagram_free(d);
    for (unsigned i = 0; i < datagram_table_len; i++) {
        if (datagram_table[i].sender == s)
            datagram_table[i].sender = NULL;
    }
}

void nr_sim_datagrams_reset(void)
{
    for (unsigned i = 0; i < datagram_table_len; i++) {
        nr_sim_cancel(&datagram_table[i].travel);
        datagram_table[i].is_used = false;
    }
    datagram_table_len = 0;
}
