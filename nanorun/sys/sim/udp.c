/* SPDX-License-Identifier: MIT */

/*
 * The calls of the contract of datagrams. Each lets other threads run first,
 * then acts at once. Calls: host, world, net, inbox, sockets, datagram.
 */

#include "nanorun/sys/udp.h"

#include <errno.h>
#include <string.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/datagram.h"
#include "nanorun/sys/sim/host.h"
#include "nanorun/sys/sim/inbox.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/sim/sockets.h"
#include "nanorun/sys/sim/world.h"

/* What a socket may have sent or be sent: for receiving the default of Linux;
 * for sending mostly little, as it is at its limits that things happen. */
enum { UDP_BUFFER = 212992, UDP_OUT_MIN = 1024 };

static nr_sim_socket *udp_begin(nr_sys_socket number)
{
    nr_sim_net_point();
    return nr_sim_socket_get(number);
}

static int udp_bind(nr_sim_socket *s, const nr_addr *at)
{
    nr_addr local = *at;
    int error;

    if (!nr_sim_addr_is_local(at))
        return -EADDRNOTAVAIL;
    if (at->port_ == 0)
        local.port_ = nr_sim_socket_free_port();
    else if (nr_sim_socket_is_taken(at, false, true))
        return -EADDRINUSE;
    error = nr_sim_socket_number(s);
    if (error == 0)
        s->local = local;
    return error;
}

int nr_sys_udp_open(const nr_addr *at, const nr_sys_udp_options *o,
                    nr_sys_socket *out)
{
    nr_sim_socket *s;
    int error;

    nr_sim_net_point();
    error = o->reuse_port ? -ENOTSUP : nr_sim_net_no_file();
    if (error != 0)
        return error;
    s = nr_sim_socket_alloc(at->is_v6_ != 0);
    if (!s)
        return -ENOMEM;
    s->is_udp = true;
    s->inbox.may_broadcast = o->broadcast;
    s->inbox.in_max = o->recv_buffer ? (size_t)o->recv_buffer : UDP_BUFFER;
    s->inbox.out_max = o->send_buffer ? (size_t)o->send_buffer
                                      : (size_t)UDP_OUT_MIN << nr_sim_random(8);
    error = udp_bind(s, at);
    if (error != 0) {
        nr_sys_free(s);
        return error;
    }
    nr_sim_trace("socket %d: is opened for datagrams at port %d",
                 (int)s->number, s->local.port_);
    *out = s->number;
    return 0;
}

/* Whether a datagram finds its way to there. */
static int udp_check_to(const nr_sim_socket *s, const nr_addr *to)
{
    if (nr_sim_addr_is_broadcast(to))
        return s->inbox.may_broadcast ? 0 : -EACCES;
    return nr_sim_addr_is_local(to) || nr_sim_addr_is_group(to) ? 0
                                                                : -ENETUNREACH;
}

int nr_sys_udp_connect(nr_sys_socket number, const nr_addr *to)
{
    nr_sim_socket *s = udp_begin(number);
    int error = udp_check_to(s, to);

    if (error != 0)
        return error;
    if (nr_sim_addr_is_any(&s->local))
        s->local = nr_sim_addr_loopback(s->is_v6, s->local.port_);
    s->inbox.has_peer = true;
    s->inbox.peer = nr_sim_addr_is_any(to)
                        ? nr_sim_addr_loopback(s->is_v6, to->port_)
                        : *to;
    return 0;
}

/* ---- receiving and sending ---- */

static ptrdiff_t udp_recv(nr_sim_socket *s, void *buf, size_t len,
                          nr_addr *from_or_null)
{
    nr_sim_datagram *d;

    if (s->inbox.error != 0)
        return nr_sim_inbox_take_error(&s->inbox);
    d = nr_sim_inbox_pop(&s->inbox);
    if (!d)
        return -EAGAIN;
    nr_sim_trace("socket %d: receives %zu bytes into %zu", (int)s->number,
                 d->len, len);
    if (len > d->len)
        len = d->len;
    if (len != 0)
        memcpy(buf, d->bytes, len);
    if (from_or_null)
        *from_or_null = d->from;
    nr_sim_datagram_free(d);
    return (ptrdiff_t)d->len;
}

static ptrdiff_t udp_send(nr_sim_socket *s, const void *buf, size_t len,
                          const nr_addr *to)
{
    int error = udp_check_to(s, to);

    if (s->inbox.error != 0)
        return nr_sim_inbox_take_error(&s->inbox);
    if (error != 0)
        return error;
    if (len > NR_SIM_DATAGRAM_MAX)
        return -EMSGSIZE;
    if (s->inbox.out_size >= s->inbox.out_max)
        return -EAGAIN;
    nr_sim_datagram_send(s, to, buf, len);
    return (ptrdiff_t)len;
}

ptrdiff_t nr_sys_udp_recv(nr_sys_socket number, void *buf, size_t len,
                          nr_addr *from_or_null)
{
    return udp_recv(udp_begin(number), buf, len, from_or_null);
}

ptrdiff_t nr_sys_udp_send(nr_sys_socket number, const void *buf, size_t len,
                          const nr_addr *to_or_null)
{
    nr_sim_socket *s = udp_begin(number);

    return udp_send(s, buf, len, to_or_null ? to_or_null : &s->inbox.peer);
}

/* As on Linux a later receive leaves the error for the next call, and a later
 * send takes it. */

int nr_sys_udp_recv_many(nr_sys_socket number, nr_datagram *v, int n,
                         int *later)
{
    nr_sim_socket *s = udp_begin(number);

    *later = 0;
    for (int i = 0; i < n; i++) {
        ptrdiff_t len = i > 0 && s->inbox.error != 0
                            ? -EAGAIN
                            : udp_recv(s, v[i].buf, v[i].size, &v[i].addr);

        if (len < 0)
            return i > 0 ? i : (int)len;
        v[i].len = (size_t)len;
    }
    return n;
}

int nr_sys_udp_send_many(nr_sys_socket number, const nr_datagram *v, int n,
                         bool has_peer, int *later)
{
    nr_sim_socket *s = udp_begin(number);

    *later = 0;
    for (int i = 0; i < n; i++) {
        ptrdiff_t len = udp_send(s, v[i].buf, v[i].len,
                                 has_peer ? &s->inbox.peer : &v[i].addr);

        if (len < 0 && i > 0)
            *later = (int)len;
        if (len < 0)
            return i > 0 ? i : (int)len;
    }
    return n;
}

/* ---- multicast ---- */

/* The interface, and the system's choice. */
enum { UDP_LOOPBACK = 1 };

int nr_sys_udp_join(nr_sys_socket number, const nr_addr *group,
                    unsigned ifindex)
{
    nr_sim_inbox *in = &udp_begin(number)->inbox;

    if (ifindex > UDP_LOOPBACK)
        return -ENODEV;
    if (nr_sim_inbox_group(in, group) < in->group_count)
        return -EADDRINUSE;
    if (in->group_count == NR_SIM_GROUPS_MAX)
        return -ENOMEM;
    in->groups[in->group_count++] = *group;
    return 0;
}

int nr_sys_udp_leave(nr_sys_socket number, const nr_addr *group,
                     unsigned ifindex)
{
    nr_sim_inbox *in = &udp_begin(number)->inbox;
    unsigned at = nr_sim_inbox_group(in, group);

    if (ifindex > UDP_LOOPBACK || at == in->group_count)
        return -EADDRNOTAVAIL;
    in->groups[at] = in->groups[--in->group_count];
    return 0;
}
