/* SPDX-License-Identifier: MIT */
#include "nanorun/io/net/tcp_stream.h"

#include <errno.h>

#include "nanorun/sys/memory.h"

int nr_tcp_stream_open(nr_registry *registry, nr_sys_socket s,
                       nr_tcp_stream **out)
{
    int error = -ENOMEM;
    nr_tcp_stream *stream = nr_sys_alloc(sizeof *stream);
    if (!stream)
        goto close_socket;
    error = nr_registration_open(&stream->io, registry, s);
    if (error)
        goto free_memory;
    *out = stream;
    return 0;
free_memory:
    nr_sys_free(stream);
close_socket:
    nr_sys_socket_close(s);
    return error;
}

void nr_tcp_close_at_(nr_tcp_stream *s, const char *place)
{
    if (s)
        nr_registration_close(&s->io, "nr_tcp_close of a closed stream", place);
}

/* By `how`. */
static const uint32_t tcp_stream_shut_bits[] = {
    NR_SYS_READABLE, NR_SYS_WRITABLE, NR_SYS_READABLE | NR_SYS_WRITABLE};

int nr_tcp_shutdown_at_(nr_tcp_stream *s, int how, const char *place)
{
    nr_registration_check(&s->io, "nr_tcp_shutdown of a closed stream", place);
    if (how < NR_SHUT_RD || how > NR_SHUT_RDWR)
        return -EINVAL;
    int error = nr_sys_socket_shutdown(s->io.socket, how);
    /* Who waits learns it, also where the system tells a poller only of what
     * the peer does. */
    if (!error)
        nr_registration_dispatch(&s->io, tcp_stream_shut_bits[how]);
    return error;
}

int nr_tcp_set_nodelay_at_(nr_tcp_stream *s, bool on, const char *place)
{
    nr_registration_check(&s->io, "nr_tcp_set_nodelay of a closed stream",
                          place);
    return nr_sys_socket_set_nodelay(s->io.socket, on);
}

int nr_tcp_local_addr_at_(const nr_tcp_stream *s, nr_addr *out,
                          const char *place)
{
    nr_registration_check(&s->io, "nr_tcp_local_addr of a closed stream",
                          place);
    return nr_sys_socket_local_addr(s->io.socket, out);
}

int nr_tcp_peer_addr_at_(const nr_tcp_stream *s, nr_addr *out,
                         const char *place)
{
    nr_registration_check(&s->io, "nr_tcp_peer_addr of a closed stream", place);
    return nr_sys_socket_peer_addr(s->io.socket, out);
}

/* ---- the functions themselves, which know no place ---- */

void(nr_tcp_close)(nr_tcp_stream *s)
{
    nr_tcp_close_at_(s, NULL);
}

int(nr_tcp_shutdown)(nr_tcp_stream *s, int how)
{
    return nr_tcp_shutdown_at_(s, how, NULL);
}

int(nr_tcp_set_nodelay)(nr_tcp_stream *s, bool on)
{
    return nr_tcp_set_nodelay_at_(s, on, NULL);
}

int(nr_tcp_local_addr)(const nr_tcp_stream *s, nr_addr *out)
{
    return nr_tcp_local_addr_at_(s, out, NULL);
}

int(nr_tcp_peer_addr)(const nr_tcp_stream *s, nr_addr *out)
{
    return nr_tcp_peer_addr_at_(s, out, NULL);
}
