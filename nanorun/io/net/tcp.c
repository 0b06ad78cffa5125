/* SPDX-License-Identifier: MIT */
#include "nanorun/io/tcp.h"

#include <errno.h>

#include "nanorun/io/net/connect.h"
#include "nanorun/io/net/kinds.h"
#include "nanorun/io/net/listener.h"
#include "nanorun/rt/future.h"

const nr_socket_kind nr_tcp_kind = {NR_SOCKET_STREAM_OPS("tcp"), true, false};

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
    error = nr_listener_open(s, &nr_tcp_kind, NULL, out);
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
    nr_connect base; /* first: what the caller sees */
    nr_addr to;
} tcp_connect;

static int tcp_connect_start(nr_connect *base, nr_sys_socket *out)
{
    const tcp_connect *f = (tcp_connect *)base;
    int error = nr_sys_socket_open(f->to.is_v6_, out);
    if (error)
        return error;
    error = nr_sys_socket_connect(*out, &f->to);
    if (error && error != -EINPROGRESS)
        nr_sys_socket_close(*out);
    return error;
}

static nr_poll tcp_connect_poll(nr_future *self, nr_context *cx)
{
    return nr_connect_poll((nr_connect *)self, cx, tcp_connect_start,
                           &nr_tcp_kind);
}

static const nr_future_ops tcp_connect_ops =
    NR_FUTURE_OPS(tcp_connect, tcp_connect_poll, NULL, nr_connect_drop);

nr_tcp_connect_future *nr_tcp_connect(const nr_addr *to, nr_stream **out)
{
    tcp_connect *f = NR_FUTURE_NEW(tcp_connect, &tcp_connect_ops);
    if (!f)
        return NULL;
    f->to = *to;
    f->base.out = out;
    return &f->base.face;
}

/* ---- a connection ---- */

/* Returns 0, or -ENOTSUP where it is none of TCP. */
static int tcp_check(const nr_stream *s, const char *what, const char *place)
{
    if (s->ops != &nr_tcp_kind.ops)
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
