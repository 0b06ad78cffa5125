/* SPDX-License-Identifier: MIT */
#include "nanorun/io/net/tcp_stream.h"

#include <errno.h>
#include <stddef.h>

#include "nanorun/io/reactor/reactor.h"
#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"
#include "nanorun/rt/sched/driver.h"
#include "nanorun/sys/memory.h"

/* nr_registration_open wants the beginning of the block. */
struct nr_tcp_listener {
    nr_registration io;
};
_Static_assert(offsetof(struct nr_tcp_listener, io) == 0,
               "a listener begins with its registration");

/* How many connections may wait for an accept; systems cut it to what they
 * allow, Linux to net.core.somaxconn. */
enum { TCP_LISTENER_BACKLOG = 4096 };

static int tcp_listener_open(const nr_addr *at, nr_registry *registry,
                             nr_tcp_listener **out)
{
    nr_sys_socket s;
    nr_tcp_listener *l = nr_sys_alloc(sizeof *l);
    if (!l)
        return -ENOMEM;
    int error = nr_sys_socket_listen(at, TCP_LISTENER_BACKLOG, &s);
    if (error)
        goto free_memory;
    error = nr_registration_open(&l->io, registry, s);
    if (error)
        goto close_socket;
    *out = l;
    return 0;
close_socket:
    nr_sys_socket_close(s);
free_memory:
    nr_sys_free(l);
    return error;
}

int nr_tcp_listen_at_(const nr_addr *at, nr_tcp_listener **out,
                      const char *place)
{
    nr_registry *registry;
    nr_driver_check_task("nr_tcp_listen outside a task", place);
    int error = nr_reactor_registry(&registry);
    return error ? error : tcp_listener_open(at, registry, out);
}

int(nr_tcp_listen)(const nr_addr *at, nr_tcp_listener **out)
{
    return nr_tcp_listen_at_(at, out, NULL);
}

int nr_tcp_listener_addr_at_(const nr_tcp_listener *l, nr_addr *out,
                             const char *place)
{
    nr_registration_check(&l->io, "nr_tcp_listener_addr of a closed listener",
                          place);
    return nr_sys_socket_local_addr(l->io.socket, out);
}

int(nr_tcp_listener_addr)(const nr_tcp_listener *l, nr_addr *out)
{
    return nr_tcp_listener_addr_at_(l, out, NULL);
}

void nr_tcp_listener_close_at_(nr_tcp_listener *l, const char *place)
{
    if (l)
        nr_registration_close(
            &l->io, "nr_tcp_listener_close of a closed listener", place);
}

void(nr_tcp_listener_close)(nr_tcp_listener *l)
{
    nr_tcp_listener_close_at_(l, NULL);
}

/* ---- accept ---- */

typedef struct tcp_accept {
    nr_tcp_accept_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    nr_tcp_stream **out;
    nr_addr *peer;
} tcp_accept;

/* A connection that its peer has given up already is passed over; every other
 * error is the caller's. Want of descriptors above all: the connection stays
 * in the backlog, and nothing here would make room for it by trying again. */
static int tcp_accept_next(nr_sys_socket listener, nr_sys_socket *out,
                           nr_addr *peer)
{
    int error;
    do {
        error = nr_sys_socket_accept(listener, out, peer);
    } while (error == -ECONNABORTED);
    return error;
}

static int tcp_accept_finish(tcp_accept *f, nr_registry *registry,
                             nr_sys_socket s, const nr_addr *peer)
{
    int error = nr_tcp_stream_open(registry, s, f->out);
    if (!error && f->peer)
        *f->peer = *peer;
    return error;
}

static nr_poll tcp_accept_poll(nr_future *self, nr_context *cx)
{
    tcp_accept *f = (tcp_accept *)self;
    nr_registry *registry;
    nr_sys_socket s = -1; /* for GCC under -flto */
    nr_addr peer;
    if (!nr_context_spend(cx))
        return NR_PENDING;
    int error = nr_io_waiter_enter(&f->waiter, cx->waker);
    while (!error) {
        error = tcp_accept_next(f->waiter.on->socket, &s, &peer);
        if (error != -EAGAIN) {
            registry = f->waiter.on->registry;
            nr_io_waiter_leave(&f->waiter, true, false);
            f->face.result =
                error ? error : tcp_accept_finish(f, registry, s, &peer);
            return NR_READY;
        }
        error = nr_io_waiter_block(&f->waiter, cx->waker);
    }
    if (error == -EAGAIN)
        return NR_PENDING;
    nr_io_waiter_release(&f->waiter);
    f->face.result = error;
    return NR_READY;
}

static void tcp_accept_drop(nr_future *self)
{
    nr_io_waiter_release(&((tcp_accept *)self)->waiter);
    nr_future_free(self);
}

static const nr_future_ops tcp_accept_ops =
    NR_FUTURE_OPS(tcp_accept, tcp_accept_poll, NULL, tcp_accept_drop);

nr_tcp_accept_future *nr_tcp_accept_at_(nr_tcp_listener *l, nr_tcp_stream **out,
                                        nr_addr *peer_or_null,
                                        const char *place)
{
    nr_registration_check(&l->io, "nr_tcp_accept on a closed listener", place);
    tcp_accept *f = NR_FUTURE_NEW(tcp_accept, &tcp_accept_ops);
    if (!f)
        return NULL;
    f->waiter.on = &l->io;
    f->waiter.direction = NR_READING;
    f->out = out;
    f->peer = peer_or_null;
    return &f->face;
}

nr_tcp_accept_future *(nr_tcp_accept)(nr_tcp_listener *l, nr_tcp_stream **out,
                                      nr_addr *peer_or_null)
{
    return nr_tcp_accept_at_(l, out, peer_or_null, NULL);
}
