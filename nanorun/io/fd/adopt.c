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

static const nr_socket_kind adopt_other_kind = {NR_SOCKET_STREAM_OPS("socket"),
                                                false, true};

/* Of a stream over a socket. */
static const nr_socket_kind *adopt_kind(nr_sys_stream_kind kind)
{
    switch (kind) {
    case NR_SYS_STREAM_TCP:
        return &nr_tcp_kind;
    case NR_SYS_STREAM_UNIX:
        return &nr_unix_kind;
    default:
        return &adopt_other_kind;
    }
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
        error = nr_socket_stream_open(registry, s, adopt_kind(kind), out);
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
    error = nr_listener_open(s, adopt_kind(kind), NULL, out);
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
