/* SPDX-License-Identifier: MIT */
#include "nanorun/io/net/connect.h"

#include <errno.h>

#include "nanorun/io/reactor/reactor.h"
#include "nanorun/rt/future.h"

/* Registered only when the connection is under way: a socket that was never
 * connected counts as hung up, and would report that at once. */
static int connect_begin(nr_connect *f, nr_connect_start start,
                         const nr_socket_kind *kind)
{
    nr_registry *registry;
    nr_sys_socket s = -1; /* for GCC under -flto */
    int error = nr_reactor_registry(&registry);
    if (error)
        return error;
    error = start(f, &s);
    if (error && error != -EINPROGRESS)
        return error;
    error = nr_socket_stream_open(registry, s, kind, &f->stream);
    if (error) {
        nr_sys_socket_close(s);
        return error;
    }
    f->waiter.on = f->stream->io_;
    f->waiter.direction = NR_WRITING;
    return 0;
}

/* Waits until it is known how the connection ended. Returns 0, -EAGAIN when
 * pending, or the error. */
static int connect_proceed(nr_connect *f, nr_waker *waker)
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

static void connect_give_up(nr_connect *f)
{
    nr_io_waiter_release(&f->waiter);
    nr_stream_close(f->stream);
    f->stream = NULL;
}

/* An -EAGAIN of the start is an error of its own: a full queue. */
nr_poll nr_connect_poll(nr_connect *f, nr_context *cx, nr_connect_start start,
                        const nr_socket_kind *kind)
{
    int error = 0;
    if (!nr_context_spend(cx))
        return NR_PENDING;
    if (!f->stream)
        error = connect_begin(f, start, kind);
    if (!error)
        error = connect_proceed(f, cx->waker);
    if (error == -EAGAIN && f->stream)
        return NR_PENDING;
    if (error) {
        connect_give_up(f);
    } else {
        *f->out = f->stream;
        f->stream = NULL;
    }
    f->face.result = error;
    return NR_READY;
}

void nr_connect_drop(nr_future *self)
{
    connect_give_up((nr_connect *)self);
    nr_future_free(self);
}
