/* SPDX-License-Identifier: MIT */

/* Streams and listeners of descriptors that the program has from elsewhere, and
 * the descriptors of streams. */

#include "nanorun/io/fd.h"

#include "nanorun/io/net/kinds.h"
#include "nanorun/io/net/listener.h"
#include "nanorun/io/reactor/reactor.h"
#include "nanorun/io/stream/pipe_stream.h"
#include "nanorun/io/stream/socket_stream.h"
#include "nanorun/sys/adopt.h"

static const nr_stream_ops adopt_other_ops = NR_SOCKET_STREAM_OPS("socket");

/* The kind of a stream over a socket. */
static const nr_stream_ops *adopt_ops(nr_sys_stream_kind kind)
{
    return kind == NR_SYS_STREAM_TCP ? &nr_tcp_ops : &adopt_other_ops;
}

int nr_stream_from_fd(int fd, nr_stream **out)
{
    nr_registry *registry;
    nr_sys_stream_kind kind = NR_SYS_STREAM_OTHER;
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    int error = nr_reactor_registry(&registry);
    if (!error)
        error = nr_sys_adopt_stream(fd, &s, &kind);
    if (error)
        return error;
    if (kind == NR_SYS_STREAM_PIPE || kind == NR_SYS_STREAM_TERMINAL)
        error = nr_pipe_stream_open(registry, s, kind == NR_SYS_STREAM_TERMINAL,
                                    out);
    else
        error = nr_socket_stream_open(registry, s, adopt_ops(kind), out);
    if (error)
        nr_sys_adopt_undo(s);
    return error;
}

int nr_listener_from_fd(int fd, nr_listener **out)
{
    nr_sys_stream_kind kind = NR_SYS_STREAM_OTHER;
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    int error = nr_sys_adopt_listener(fd, &s, &kind);
    if (error)
        return error;
    error = nr_listener_open(s, adopt_ops(kind), out);
    if (error)
        nr_sys_adopt_undo(s);
    return error;
}

intptr_t nr_stream_fd_at_(const nr_stream *s, const char *place)
{
    const nr_registration *io = nr_stream_registration(s);
    if (!io)
        return -1;
    nr_registration_check(io, "nr_stream_fd of a closed stream", place);
    return io->socket;
}

intptr_t(nr_stream_fd)(const nr_stream *s)
{
    return nr_stream_fd_at_(s, NULL);
}
