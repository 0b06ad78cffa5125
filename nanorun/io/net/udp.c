/* SPDX-License-Identifier: MIT */

/*
 * Opening, connecting and closing datagram sockets; multicast; and one datagram
 * at a time. What systems answer differently, such as an address for a socket
 * that has a peer, is decided here.
 *
 * No call here tells the registration that it fell short: a receive that got a
 * datagram has not shown that it was the last.
 */

#include "nanorun/io/net/udp.h"

#include <errno.h>
#include <string.h>

#include "nanorun/io/reactor/reactor.h"
#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/udp.h"

/* ---- opening and closing ---- */

static void udp_free(nr_registration *io)
{
    nr_sys_free(NR_CONTAINER_OF(io, nr_udp, io));
}

static const nr_registration_ops udp_registration_ops = {
    nr_registration_watch_socket, nr_registration_close_socket, udp_free};

/* Ownership: takes `s` on success. */
static int udp_create(nr_registry *registry, nr_sys_socket s, bool is_v6,
                      nr_udp **out)
{
    nr_udp *u = nr_sys_alloc(sizeof *u);
    if (!u)
        return -ENOMEM;
    memset(u, 0, sizeof *u);
    u->is_v6 = is_v6;
    int error =
        nr_registration_open(&u->io, registry, s, &udp_registration_ops);
    if (error)
        nr_sys_free(u);
    else
        *out = u;
    return error;
}

int nr_udp_open(const nr_addr *at, const nr_udp_options *options_or_null,
                nr_udp **out)
{
    static const nr_udp_options defaults;
    const nr_udp_options *o = options_or_null ? options_or_null : &defaults;
    nr_sys_udp_options sys = {o->reuse_port, o->broadcast, o->recv_buffer,
                              o->send_buffer};
    nr_sys_socket s = NR_SYS_NO_SOCKET; /* for GCC under -flto */
    nr_registry *registry;
    if (o->recv_buffer < 0 || o->send_buffer < 0)
        return -EINVAL;
    int error = nr_reactor_registry(&registry);
    if (!error)
        error = nr_sys_udp_open(at, &sys, &s);
    if (error)
        return error;
    error = udp_create(registry, s, at->is_v6_, out);
    if (error)
        nr_sys_socket_close(s);
    return error;
}

int nr_udp_check_to(const nr_udp *u, const nr_addr *to)
{
    if ((to->is_v6_ != 0) != u->is_v6)
        return -EAFNOSUPPORT;
    return to->port_ != 0 ? 0 : -EINVAL;
}

int nr_udp_connect_at_(nr_udp *u, const nr_addr *to, const char *place)
{
    nr_registration_check(&u->io, "nr_udp_connect of a closed socket", place);
    int error = nr_udp_check_to(u, to);
    if (!error)
        error = nr_sys_udp_connect(u->io.socket, to);
    if (!error)
        nr_store_u32_relaxed(&u->has_peer, true);
    return error;
}

int nr_udp_addr_at_(const nr_udp *u, nr_addr *out, const char *place)
{
    nr_registration_check(&u->io, "nr_udp_addr of a closed socket", place);
    return nr_sys_socket_local_addr(u->io.socket, out);
}

void nr_udp_close_at_(nr_udp *u, const char *place)
{
    if (u)
        nr_registration_close(&u->io, "nr_udp_close of a closed socket", place);
}

/* ---- multicast ---- */

/* 224.0.0.0/4 and ff00::/8. */
static int udp_check_group(const nr_udp *u, const nr_addr *group)
{
    if ((group->is_v6_ != 0) != u->is_v6)
        return -EAFNOSUPPORT;
    return (group->is_v6_ ? group->ip_[0] == 0xff : group->ip_[0] >> 4 == 0xe)
               ? 0
               : -EINVAL;
}

int nr_udp_join_at_(nr_udp *u, const nr_addr *group, unsigned ifindex,
                    const char *place)
{
    nr_registration_check(&u->io, "nr_udp_join of a closed socket", place);
    int error = udp_check_group(u, group);
    return error ? error : nr_sys_udp_join(u->io.socket, group, ifindex);
}

int nr_udp_leave_at_(nr_udp *u, const nr_addr *group, unsigned ifindex,
                     const char *place)
{
    nr_registration_check(&u->io, "nr_udp_leave of a closed socket", place);
    int error = udp_check_group(u, group);
    return error ? error : nr_sys_udp_leave(u->io.socket, group, ifindex);
}

/* ---- one datagram ---- */

typedef struct udp_transfer {
    nr_udp_size_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    nr_udp *on;
    char *buf; /* only read from when sending */
    size_t len;
    nr_addr *from; /* or NULL */
    nr_addr to;
    bool has_to;
} udp_transfer, udp_recv, udp_send;

/* Returns 0, or why this datagram cannot be sent to there. */
static int udp_check_send(const udp_transfer *f)
{
    bool has_peer = nr_load_u32_relaxed(&f->on->has_peer);
    if (f->has_to == has_peer)
        return has_peer ? -EISCONN : -EDESTADDRREQ;
    if (f->len > NR_UDP_LEN_MAX)
        return -EMSGSIZE;
    return f->has_to ? nr_udp_check_to(f->on, &f->to) : 0;
}

static ptrdiff_t udp_call(const udp_transfer *f)
{
    nr_sys_socket s = f->on->io.socket;
    if (f->waiter.direction == NR_READING)
        return nr_sys_udp_recv(s, f->buf, f->len, f->from);
    int error = udp_check_send(f);
    return error
               ? error
               : nr_sys_udp_send(s, f->buf, f->len, f->has_to ? &f->to : NULL);
}

static nr_poll udp_be_ready(udp_transfer *f, ptrdiff_t result)
{
    f->face.result = result;
    return NR_READY;
}

static nr_poll udp_poll(nr_future *self, nr_context *cx)
{
    udp_transfer *f = (udp_transfer *)self;
    int error = nr_io_waiter_begin(&f->waiter, cx);
    while (!error) {
        ptrdiff_t n = udp_call(f);
        if (n != -EAGAIN) {
            nr_io_waiter_leave(&f->waiter, true, false);
            return udp_be_ready(f, n);
        }
        error = nr_io_waiter_block(&f->waiter, cx->waker);
    }
    if (error == -EAGAIN)
        return NR_PENDING;
    nr_io_waiter_release(&f->waiter);
    return udp_be_ready(f, error);
}

static void udp_drop(nr_future *self)
{
    nr_io_waiter_release(&((udp_transfer *)self)->waiter);
    nr_future_free(self);
}

static const nr_future_ops udp_recv_ops =
    NR_FUTURE_OPS(udp_recv, udp_poll, NULL, udp_drop);
static const nr_future_ops udp_send_ops =
    NR_FUTURE_OPS(udp_send, udp_poll, NULL, udp_drop);

static udp_transfer *udp_new(const nr_future_ops *ops, nr_udp *u,
                             nr_direction direction, const void *buf,
                             size_t len)
{
    udp_transfer *f = NR_FUTURE_NEW(udp_transfer, ops);
    if (!f)
        return NULL;
    f->waiter.on = &u->io;
    f->waiter.direction = direction;
    f->on = u;
    f->buf = (char *)buf;
    f->len = len;
    return f;
}

nr_udp_recv_future *nr_udp_recv_at_(nr_udp *u, void *buf, size_t len,
                                    nr_addr *from_or_null, const char *place)
{
    nr_registration_check(&u->io, "nr_udp_recv on a closed socket", place);
    udp_transfer *f = udp_new(&udp_recv_ops, u, NR_READING, buf, len);
    if (!f)
        return NULL;
    f->from = from_or_null;
    return &f->face;
}

nr_udp_send_future *nr_udp_send_at_(nr_udp *u, const void *buf, size_t len,
                                    const nr_addr *to_or_null,
                                    const char *place)
{
    nr_registration_check(&u->io, "nr_udp_send on a closed socket", place);
    udp_transfer *f = udp_new(&udp_send_ops, u, NR_WRITING, buf, len);
    if (!f)
        return NULL;
    f->has_to = to_or_null;
    if (to_or_null)
        f->to = *to_or_null;
    return &f->face;
}

/* The functions themselves, which know no place. */

int(nr_udp_connect)(nr_udp *u, const nr_addr *to)
{
    return nr_udp_connect_at_(u, to, NULL);
}

int(nr_udp_addr)(const nr_udp *u, nr_addr *out)
{
    return nr_udp_addr_at_(u, out, NULL);
}

void(nr_udp_close)(nr_udp *u)
{
    nr_udp_close_at_(u, NULL);
}

int(nr_udp_join)(nr_udp *u, const nr_addr *group, unsigned ifindex)
{
    return nr_udp_join_at_(u, group, ifindex, NULL);
}

int(nr_udp_leave)(nr_udp *u, const nr_addr *group, unsigned ifindex)
{
    return nr_udp_leave_at_(u, group, ifindex, NULL);
}

nr_udp_recv_future *(nr_udp_recv)(nr_udp *u, void *buf, size_t len,
                                  nr_addr *from_or_null)
{
    return nr_udp_recv_at_(u, buf, len, from_or_null, NULL);
}

nr_udp_send_future *(nr_udp_send)(nr_udp *u, const void *buf, size_t len,
                                  const nr_addr *to_or_null)
{
    return nr_udp_send_at_(u, buf, len, to_or_null, NULL);
}
