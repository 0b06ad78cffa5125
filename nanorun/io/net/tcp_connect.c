/* SPDX-License-Identifier: MIT */
#include "nanorun/io/net/tcp_stream.h"

#include <errno.h>

#include "nanorun/io/reactor/reactor.h"
#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"

typedef struct tcp_connect {
    nr_tcp_connect_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    nr_addr to;
    nr_tcp_stream *stream; /* ours until the end; NULL before the first poll */
    nr_tcp_stream **out;
} tcp_connect;

/* Registered only when the connection is under way: a socket that was never
 * connected counts as hung up, and would report that at once. */
static int tcp_connect_start(tcp_connect *f)
{
    nr_registry *registry;
    nr_sys_socket s = -1; /* for GCC under -flto */
    int error = nr_reactor_registry(&registry);
    if (error)
        return error;
    error = nr_sys_socket_open(f->to.is_v6_, &s);
    if (error)
        return error;
    error = nr_sys_socket_connect(s, &f->to);
    if (error && error != -EINPROGRESS) {
        nr_sys_socket_close(s);
        return error;
    }
    error = nr_tcp_stream_open(registry, s, &f->stream);
    if (error)
        return error;
    f->waiter.on = &f->stream->io;
    f->waiter.direction = NR_WRITING;
    return 0;
}

/* Waits until it is known how the connection ended. Returns 0, -EAGAIN when
 * pending, or the error. */
static int tcp_connect_proceed(tcp_connect *f, nr_waker *waker)
{
    int error = nr_io_waiter_enter(&f->waiter, waker);
    while (!error) {
        error = nr_sys_socket_connect_result(f->waiter.on->socket);
        if (error != -EINPROGRESS) {
            nr_io_waiter_leave(&f->waiter, true, false);
            return error;
        }
        error = nr_io_waiter_block(&f->waiter, waker);
    }
    return error;
}

static void tcp_connect_give_up(tcp_connect *f)
{
    nr_io_waiter_release(&f->waiter);
    nr_tcp_close(f->stream);
    f->stream = NULL;
}

static nr_poll tcp_connect_poll(nr_future *self, nr_context *cx)
{
    tcp_connect *f = (tcp_connect *)self;
    int error = 0;
    if (!nr_context_spend(cx))
        return NR_PENDING;
    if (!f->stream)
        error = tcp_connect_start(f);
    if (!error)
        error = tcp_connect_proceed(f, cx->waker);
    if (error == -EAGAIN && f->stream)
        return NR_PENDING;
    if (error) {
        tcp_connect_give_up(f);
    } else {
        *f->out = f->stream;
        f->stream = NULL;
    }
    f->face.result = error;
    return NR_READY;
}

static void tcp_connect_drop(nr_future *self)
{
    tcp_connect_give_up((tcp_connect *)self);
    nr_future_free(self);
}

static const nr_future_ops tcp_connect_ops =
    NR_FUTURE_OPS(tcp_connect, tcp_connect_poll, NULL, tcp_connect_drop);

nr_tcp_connect_future *nr_tcp_connect(const nr_addr *to, nr_tcp_stream **out)
{
    tcp_connect *f = NR_FUTURE_NEW(tcp_connect, &tcp_connect_ops);
    if (!f)
        return NULL;
    f->to = *to;
    f->out = out;
    return &f->face;
}
