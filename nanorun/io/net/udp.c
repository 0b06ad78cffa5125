/* SPDX-License-Identifier: MIT */

/*
 * Datagram sockets. What systems answer differently, such as an address for a
 * socket that has a peer, is decided here.
 *
 * No call here tells the registration that it fell short: a receive that got a
 * datagram has not shown that it was the last. One call of the system takes at
 * most NR_SYS_DATAGRAMS_MAX datagrams and costs budget for them, so that a
 * flooded socket keeps its worker for a bounded time in each turn.
 */

#include "nanorun/io/udp.h"

#include <errno.h>

#include "nanorun/io/net/udp_socket.h"
#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/udp.h"

/* No system sends more, whatever the family. */
enum { UDP_LEN_MAX = 65535 };

/* So many datagrams that come together cost as much budget as a call. */
enum { UDP_DATAGRAMS_PER_UNIT = 8 };

/* One datagram, or several with `v`. */
typedef struct udp_transfer {
    union {
        nr_future base;
        nr_udp_size_future size; /* of one */
        nr_udp_int_future count; /* of several */
    } face;                      /* first: what the caller sees */
    nr_io_waiter waiter;
    nr_udp *on;
    char *buf; /* only read from when sending, as is `v` */
    size_t len;
    nr_addr *from; /* or NULL */
    nr_addr to;
    bool has_to;
    bool is_many;
    nr_datagram *v;
    int n;
} udp_transfer, udp_recv, udp_send, udp_recv_many, udp_send_many;

/* Keeps the network's answer to an earlier datagram, which a call on several
 * found after it had taken some. The receiver that waits is the next call, but
 * the system does not wake it: for it the answer has been given. Other errors
 * are of the datagram itself, and come again with it. */
static void udp_keep_error(nr_udp *u, int error)
{
    if (error != -ECONNREFUSED && error != -EHOSTUNREACH &&
        error != -ENETUNREACH)
        return;
    nr_store_u32_release(&u->kept_error, (uint32_t)-error);
    nr_registration_dispatch(&u->io, NR_SYS_READABLE);
}

/* Returns the kept error as a negative one, once, or 0. */
static int udp_take_error(nr_udp *u)
{
    if (nr_load_u32_relaxed(&u->kept_error) == 0)
        return 0;
    return -(int)nr_exchange_u32_acq_rel(&u->kept_error, 0);
}

/* Returns 0, or why this cannot be sent to there; NULL is the peer. */
static int udp_check_send(const nr_udp *u, size_t len, const nr_addr *to)
{
    if (len > UDP_LEN_MAX)
        return -EMSGSIZE;
    return to ? nr_udp_check_to(u, to) : 0;
}

static ptrdiff_t udp_call_send(const udp_transfer *f)
{
    bool has_peer = nr_load_u32_relaxed(&f->on->has_peer);
    const nr_addr *to = f->has_to ? &f->to : NULL;
    if (f->has_to == has_peer)
        return has_peer ? -EISCONN : -EDESTADDRREQ;
    int error = udp_check_send(f->on, f->len, to);
    return error ? error
                 : nr_sys_udp_send(f->on->io.socket, f->buf, f->len, to);
}

/* Sends those before the first that can go nowhere. */
static int udp_call_send_many(const udp_transfer *f)
{
    bool has_peer = nr_load_u32_relaxed(&f->on->has_peer);
    int n = 0, error = 0, later;
    for (; n < f->n; n++) {
        error =
            udp_check_send(f->on, f->v[n].len, has_peer ? NULL : &f->v[n].addr);
        if (error)
            break;
    }
    if (n == 0)
        return error;
    n = nr_sys_udp_send_many(f->on->io.socket, f->v, n, has_peer, &later);
    if (has_peer)
        udp_keep_error(f->on, later);
    return n;
}

static int udp_call_recv_many(const udp_transfer *f)
{
    int later;
    int n = nr_sys_udp_recv_many(f->on->io.socket, f->v, f->n, &later);
    udp_keep_error(f->on, later);
    return n;
}

static ptrdiff_t udp_call(void *future)
{
    const udp_transfer *f = future;
    int error = udp_take_error(f->on);
    if (error)
        return error;
    if (f->waiter.direction == NR_READING)
        return f->is_many
                   ? udp_call_recv_many(f)
                   : nr_sys_udp_recv(f->on->io.socket, f->buf, f->len, f->from);
    return f->is_many ? udp_call_send_many(f) : udp_call_send(f);
}

static nr_poll udp_be_ready(udp_transfer *f, ptrdiff_t result)
{
    if (f->is_many)
        f->face.count.result = (int)result;
    else
        f->face.size.result = result;
    return NR_READY;
}

/* What `n` datagrams cost beside the call. The rest of the task's turn may be
 * without budget, but this is done. */
static void udp_spend(nr_context *cx, ptrdiff_t n)
{
    for (n /= UDP_DATAGRAMS_PER_UNIT; n > 0 && cx->budget > 0; n--)
        cx->budget--;
}

static nr_poll udp_poll(nr_future *self, nr_context *cx)
{
    udp_transfer *f = (udp_transfer *)self;
    if (f->is_many && f->n <= 0)
        return udp_be_ready(f, f->n < 0 ? -EINVAL : 0);
    ptrdiff_t n = nr_io_waiter_poll(&f->waiter, cx, udp_call, f, 0);
    if (n == -EAGAIN)
        return NR_PENDING;
    if (f->is_many)
        udp_spend(cx, n);
    return udp_be_ready(f, n);
}

static void udp_drop(nr_future *self)
{
    nr_io_waiter_release(&((udp_transfer *)self)->waiter);
    nr_future_free(self);
}

/* One each for their names. */
static const nr_future_ops udp_recv_ops =
    NR_FUTURE_OPS(udp_recv, udp_poll, NULL, udp_drop);
static const nr_future_ops udp_send_ops =
    NR_FUTURE_OPS(udp_send, udp_poll, NULL, udp_drop);
static const nr_future_ops udp_recv_many_ops =
    NR_FUTURE_OPS(udp_recv_many, udp_poll, NULL, udp_drop);
static const nr_future_ops udp_send_many_ops =
    NR_FUTURE_OPS(udp_send_many, udp_poll, NULL, udp_drop);

static udp_transfer *udp_new(const nr_future_ops *ops, nr_udp *u,
                             nr_direction direction)
{
    udp_transfer *f = NR_FUTURE_NEW(udp_transfer, ops);
    if (!f)
        return NULL;
    f->waiter.on = &u->io;
    f->waiter.direction = direction;
    f->on = u;
    return f;
}

static nr_udp_int_future *udp_new_many(const nr_future_ops *ops, nr_udp *u,
                                       nr_direction direction,
                                       const nr_datagram *v, int n)
{
    udp_transfer *f = udp_new(ops, u, direction);
    if (!f)
        return NULL;
    f->is_many = true;
    f->v = (nr_datagram *)v;
    f->n = n < NR_SYS_DATAGRAMS_MAX ? n : NR_SYS_DATAGRAMS_MAX;
    return &f->face.count;
}

nr_udp_recv_future *nr_udp_recv_at_(nr_udp *u, void *buf, size_t len,
                                    nr_addr *from_or_null, const char *place)
{
    nr_registration_check(&u->io, "nr_udp_recv on a closed socket", place);
    udp_transfer *f = udp_new(&udp_recv_ops, u, NR_READING);
    if (!f)
        return NULL;
    f->buf = buf;
    f->len = len;
    f->from = from_or_null;
    return &f->face.size;
}

nr_udp_send_future *nr_udp_send_at_(nr_udp *u, const void *buf, size_t len,
                                    const nr_addr *to_or_null,
                                    const char *place)
{
    nr_registration_check(&u->io, "nr_udp_send on a closed socket", place);
    udp_transfer *f = udp_new(&udp_send_ops, u, NR_WRITING);
    if (!f)
        return NULL;
    f->buf = (char *)buf;
    f->len = len;
    f->has_to = to_or_null;
    if (to_or_null)
        f->to = *to_or_null;
    return &f->face.size;
}

nr_udp_recv_many_future *nr_udp_recv_many_at_(nr_udp *u, nr_datagram *v, int n,
                                              const char *place)
{
    nr_registration_check(&u->io, "nr_udp_recv_many on a closed socket", place);
    return udp_new_many(&udp_recv_many_ops, u, NR_READING, v, n);
}

nr_udp_send_many_future *nr_udp_send_many_at_(nr_udp *u, const nr_datagram *v,
                                              int n, const char *place)
{
    nr_registration_check(&u->io, "nr_udp_send_many on a closed socket", place);
    return udp_new_many(&udp_send_many_ops, u, NR_WRITING, v, n);
}

/* The functions themselves, which know no place. */

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

nr_udp_recv_many_future *(nr_udp_recv_many)(nr_udp *u, nr_datagram *v, int n)
{
    return nr_udp_recv_many_at_(u, v, n, NULL);
}

nr_udp_send_many_future *(nr_udp_send_many)(nr_udp *u, const nr_datagram *v,
                                            int n)
{
    return nr_udp_send_many_at_(u, v, n, NULL);
}
