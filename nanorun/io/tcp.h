/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_TCP_H
#define NANORUN_IO_TCP_H

/*
 * TCP over IPv4 and IPv6: how its listeners and streams are made, and what only
 * they have. Accepting, reading, writing and closing are in
 * nanorun/io/stream.h, with the rules for all streams.
 *
 * The calls for a connection are for tasks of its runtime. On a stream that is
 * not TCP they return -ENOTSUP.
 */

#include <stdbool.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- listening ---- */

typedef struct nr_tcp_listen_options {
    int backlog;     /* connections that may wait for an accept; 0: 4,096. The
                        system may cut it, Linux to net.core.somaxconn */
    bool reuse_port; /* several listeners share the port, and the system deals
                        connections out to them (SO_REUSEPORT); -ENOTSUP on
                        Windows and in the simulation */
    bool dual_stack; /* at `[::]`: takes IPv4 too, from addresses like
                        `[::ffff:127.0.0.1]` */
} nr_tcp_listen_options;

/* Listens at `at`; port 0 picks a free one, and `[::]` is IPv6 only. Returns 0,
 * or -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, -EMFILE, -ENFILE, -ENOMEM,
 * -EAFNOSUPPORT. Threads: any; a program may do it before it gives up its
 * privileges. Ownership: the caller's, ended by nr_listener_close. */
int nr_tcp_listen(const nr_addr *at, nr_listener **out);

/* The same with options, which are copied; NULL and zeros are the defaults.
 * Also -EINVAL: a negative backlog. */
int nr_tcp_listen_with(const nr_addr *at, const nr_tcp_listen_options *options,
                       nr_listener **out);

/* ---- connecting ---- */

typedef nr_stream_int_future nr_tcp_connect_future;

/* Awaitable int: connects to `to`, which is copied. 0 and *out set, or
 * -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT, -ENETUNREACH, -EHOSTUNREACH,
 * -EADDRNOTAVAIL, -EMFILE, -ENFILE, -ENOMEM. Ownership of *out: the caller's,
 * ended by nr_stream_close. */
NR_MUST_USE_ nr_tcp_connect_future *nr_tcp_connect(const nr_addr *to,
                                                   nr_stream **out);

/* ---- a connection ---- */

/* Sends small writes at once (TCP_NODELAY). Returns 0 or -ENOTSUP. */
int nr_tcp_set_nodelay(nr_stream *s, bool on);
#define nr_tcp_set_nodelay(...) nr_tcp_set_nodelay_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_set_nodelay_at_(nr_stream *s, bool on, const char *place);

/* Lets the system ask a silent peer whether it is still there: after `idle_s`
 * seconds without data, then every `interval_s` seconds; after `count`
 * questions without an answer reads and writes are -ETIMEDOUT. 0 for either of
 * the last two leaves the system's value; idle_s 0 switches it off. Windows
 * before version 1709 counts by itself. Returns 0, -EINVAL for what the system
 * refuses, or -ENOTSUP. */
int nr_tcp_set_keepalive(nr_stream *s, unsigned idle_s, unsigned interval_s,
                         unsigned count);
#define nr_tcp_set_keepalive(...) \
    nr_tcp_set_keepalive_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_set_keepalive_at_(nr_stream *s, unsigned idle_s, unsigned interval_s,
                             unsigned count, const char *place);

/* Sets how nr_stream_close treats unsent bytes (SO_LINGER). seconds < 0, the
 * default: the system sends them in the background. 0: they are dropped, and
 * the peer gets a reset. More: on Linux close blocks its worker for up to that
 * long while bytes are unsent, and then goes on in the background; elsewhere it
 * is as the default. nr_stream_finish is the better way to wait. Returns 0 or
 * -ENOTSUP. */
int nr_tcp_set_linger(nr_stream *s, int seconds);
#define nr_tcp_set_linger(...) nr_tcp_set_linger_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_set_linger_at_(nr_stream *s, int seconds, const char *place);

/* Store the address of this end, or of the peer's. Return 0, -ENOTCONN or
 * -ENOTSUP. */
int nr_tcp_local_addr(const nr_stream *s, nr_addr *out);
#define nr_tcp_local_addr(...) nr_tcp_local_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_local_addr_at_(const nr_stream *s, nr_addr *out, const char *place);
int nr_tcp_peer_addr(const nr_stream *s, nr_addr *out);
#define nr_tcp_peer_addr(...) nr_tcp_peer_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_peer_addr_at_(const nr_stream *s, nr_addr *out, const char *place);

#ifdef __cplusplus
}
#endif

#endif
