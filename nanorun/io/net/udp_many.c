/* SPDX-License-Identifier: MIT */

/*
 * Several datagrams in one call. A call takes at most NR_SYS_DATAGRAMS_MAX, so
 * that a flooded socket keeps its worker for a bounded time in each turn.
 */

#include "nanorun/io/net/udp.h"

#include <errno.h>

#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/udp.h"

typedef struct udp_many {
    nr_udp_int_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    nr_udp *on;
    nr_datagram *v; /* only read from when sending */
    int n;
} udp_many, udp_recv_many, udp_send_many;

/* Sends those before the first that can go nowhere. */
static int udp_many_send(const udp_many *f)
{
    bool has_peer = nr_load_u32_relaxed(&f->on->has_peer);
    int n = 0, error = 0;
    while (n < f->n && !error) {
        if (f->v[n].len > NR_UDP_LEN_MAX)
            error = -EMSGSIZE;
        else if (!has_peer)
            error = nr_udp_check_to(f->on, &f->v[n].addr);
        n += !error;
    }
    return n == 0 ? error
                  : nr_sys_udp_send_many(f->on->io.socket, f->v, n, has_peer);
}

static int udp_many_call(const udp_many *f)
{
    return f->waiter.direction == NR_READING
               ? nr_sys_udp_recv_many(f->on->io.socket, f->v, f->n)
               : udp_many_send(f);
}

static nr_poll udp_many_be_ready(udp_many *f, int result)
{
    f->face.result = result;
    return NR_READY;
}

static nr_poll udp_many_poll(nr_future *self, nr_context *cx)
{
    udp_many *f = (udp_many *)self;
    if (f->n <= 0)
        return udp_many_be_ready(f, f->n < 0 ? -EINVAL : 0);
    int error = nr_io_waiter_begin(&f->waiter, cx);
    while (!error) {
        int n = udp_many_call(f);
        if (n != -EAGAIN) {
            nr_io_waiter_leave(&f->waiter, true, false);
            return udp_many_be_ready(f, n);
        }
        error = nr_io_waiter_block(&f->waiter, cx->waker);
    }
    if (error == -EAGAIN)
        return NR_PENDING;
    nr_io_waiter_release(&f->waiter);
    return udp_many_be_ready(f, error);
}

static void udp_many_drop(nr_future *self)
{
    nr_io_waiter_release(&((udp_many *)self)->waiter);
    nr_future_free(self);
}

static const nr_future_ops udp_recv_many_ops =
    NR_FUTURE_OPS(udp_recv_many, udp_many_poll, NULL, udp_many_drop);
static const nr_future_ops udp_send_many_ops =
    NR_FUTURE_OPS(udp_send_many, udp_many_poll, NULL, udp_many_drop);

static nr_udp_int_future *udp_many_new(const nr_future_ops *ops, nr_udp *u,
                                       nr_direction direction,
                                       const nr_datagram *v, int n)
{
    udp_many *f = NR_FUTURE_NEW(udp_many, ops);
    if (!f)
        return NULL;
    f->waiter.on = &u->io;
    f->waiter.direction = direction;
    f->on = u;
    f->v = (nr_datagram *)v;
    f->n = n < NR_SYS_DATAGRAMS_MAX ? n : NR_SYS_DATAGRAMS_MAX;
    return &f->face;
}

nr_udp_recv_many_future *nr_udp_recv_many_at_(nr_udp *u, nr_datagram *v, int n,
                                              const char *place)
{
    nr_registration_check(&u->io, "nr_udp_recv_many on a closed socket", place);
    return udp_many_new(&udp_recv_many_ops, u, NR_READING, v, n);
}

nr_udp_send_many_future *nr_udp_send_many_at_(nr_udp *u, const nr_datagram *v,
                                              int n, const char *place)
{
    nr_registration_check(&u->io, "nr_udp_send_many on a closed socket", place);
    return udp_many_new(&udp_send_many_ops, u, NR_WRITING, v, n);
}

/* The functions themselves, which know no place. */

nr_udp_recv_many_future *(nr_udp_recv_many)(nr_udp *u, nr_datagram *v, int n)
{
    return nr_udp_recv_many_at_(u, v, n, NULL);
}

nr_udp_send_many_future *(nr_udp_send_many)(nr_udp *u, const nr_datagram *v,
                                            int n)
{
    return nr_udp_send_many_at_(u, v, n, NULL);
}
