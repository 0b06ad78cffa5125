/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_CONNECT_H
#define NANORUN_IO_NET_CONNECT_H

/*
 * A connect of any kind of stream socket: a future that begins with an
 * nr_connect, and has a poll that says how the connection is started. For io
 * only.
 */

#include "nanorun/io/reactor/waiter.h"
#include "nanorun/io/stream/socket_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_connect {
    nr_stream_int_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    nr_stream *stream; /* ours until the end; NULL before the first poll */
    nr_stream **out;
} nr_connect;

/* Opens a socket and starts its connection. Returns as nr_sys_socket_connect;
 * with another error *out is closed again. */
typedef int (*nr_connect_start)(nr_connect *f, nr_sys_socket *out);

/* The poll and drop of such a future. */
nr_poll nr_connect_poll(nr_connect *f, nr_context *cx, nr_connect_start start,
                        const nr_socket_kind *kind);
void nr_connect_drop(nr_future *self);

#ifdef __cplusplus
}
#endif

#endif
