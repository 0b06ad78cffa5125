/* SPDX-License-Identifier: MIT */
#include "nanorun/io/tcp.h"

#include <errno.h>

#include "nanorun/io/net/kinds.h"
#include "nanorun/io/net/listener.h"
#include "nanorun/io/reactor/reactor.h"
#include "nanorun/io/reactor/waiter.h"
#include "nanorun/io/stream/socket_stream.h"
#include "nanorun/rt/future.h"

const nr_stream_ops nr_tcp_ops = NR_SOCKET_STREAM_OPS("tcp");

/* ---- listening ---- */

/* Systems cut it to what they allow. */
enum { TCP_BACKLOG = 4096 };

int nr_tcp_listen_with(const nr_addr *at, const nr_tcp_listen_options *options,
                       nr_listener **out)
{
    static const nr_tcp_listen_options defaults;
    const nr_tcp_listen_options *o = options ? options : &defaults;
    nr_sys_listen_options sys = {o->backlog ? o->backlog : TCP_BACKLOG,
                                 o->reuse_port, o->dual_stack};
    nr_sys_socket s = -1; /* for GCC under -flto */
    if (o->backlog < 0)
        return -EINVAL;
    int error = nr_sys_socket_listen(at, &sys, &s);
    if (error)
        return error;
    error = nr_listener_open(s, &nr_tcp_ops, out);
    if (error)
        nr_sys_socket_close(s);
    return error;
}

int nr_tcp_listen(const nr_addr *at, nr_listener **out)
{
    return nr_tcp_listen_with(at, NULL, out);
}

/* ---- connecting ---- */

typedef struct tcp_connect {
    nr_tcp_connect_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    nr_addr to;
    nr_stream *stream; /* ours until the end; NULL before the first poll */
    nr_stream **out;
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
    if (!error || error == -EINPROGRESS)
        error = nr_socket_stream_open(registry, s, &nr_tcp_ops, &f->stream);
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
    nr_stream_close(f->stream);
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

nr_tcp_connect_future *nr_tcp_connect(const nr_addr *to, nr_stream **out)
{
    tcp_connect *f = NR_FUTURE_NEW(tcp_connect, &tcp_connect_ops);
    if (!f)
        return NULL;
    f->to = *to;
    f->out = out;
    return &f->face;
}

/* ---- a connection ---- */

/* Returns 0, or -ENOTSUP where it is none of TCP. */
static int tcp_check(const nr_stream *s, const char *what, const char *place)
{
    if (s->ops != &nr_tcp_ops)
        return -ENOTSUP;
    nr_registration_check(s->io_, what, place);
    return 0;
}

int nr_tcp_set_nodelay_at_(nr_stream *s, bool on, const char *place)
{
    int error = tcp_check(s, "nr_tcp_set_nodelay of a closed stream", place);
    return error ? error : nr_sys_socket_set_nodelay(s->io_->socket, on);
}

int nr_tcp_set_keepalive_at_(nr_stream *s, unsigned idle_s, unsigned interval_s,
                             unsigned count, const char *place)
{
    int error = tcp_check(s, "nr_tcp_set_keepalive of a closed stream", place);
    return error ? error
                 : nr_sys_socket_set_keepalive(s->io_->socket, idle_s,
                                               interval_s, count);
}

int nr_tcp_set_linger_at_(nr_stream *s, int seconds, const char *place)
{
    int error = tcp_check(s, "nr_tcp_set_linger of a closed stream", place);
    return error ? error : nr_sys_socket_set_linger(s->io_->socket, seconds);
}

int nr_tcp_local_addr_at_(const nr_stream *s, nr_addr *out, const char *place)
{
    int error = tcp_check(s, "nr_tcp_local_addr of a closed stream", place);
    return error ? error : nr_sys_socket_local_addr(s->io_->socket, out);
}

int nr_tcp_peer_addr_at_(const nr_stream *s, nr_addr *out, const char *place)
{
    int error = tcp_check(s, "nr_tcp_peer_addr of a closed stream", place);
    return error ? error : nr_sys_socket_peer_addr(s->io_->socket, out);
}

/* The functions themselves, which know no place. */

int(nr_tcp_set_nodelay)(nr_stream *s, bool on)
{
    return nr_tcp_set_nodelay_at_(s, on, NULL);
}

int(nr_tcp_set_keepalive)(nr_stream *s, unsigned idle_s, unsigned interval_s,
                          unsigned count)
{
    return nr_tcp_set_keepalive_at_(s, idle_s, interval_s, count, NULL);
}

int(nr_tcp_set_linger)(nr_stream *s, int seconds)
{
    return nr_tcp_set_linger_at_(s, seconds, NULL);
}

int(nr_tcp_local_addr)(const nr_stream *s, nr_addr *out)
{
    return nr_tcp_local_addr_at_(s, out, NULL);
}

int(nr_tcp_peer_addr)(const nr_stream *s, nr_addr *out)
{
    return nr_tcp_peer_addr_at_(s, out, NULL);
}
