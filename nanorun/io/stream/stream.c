/* SPDX-License-Identifier: MIT */

/*
 * What a stream has beside reading, writing and copying: how one of a socket is
 * made, and how any ends.
 */

#include "nanorun/io/stream.h"

#include <errno.h>

#include "nanorun/io/stream/pipe_stream.h"
#include "nanorun/io/stream/socket_stream.h"
#include "nanorun/io/stream/whole.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/memory.h"

/* The stream is not first: an allocator writes to the first words of a freed
 * block, so a stream that was closed is recognized for longer. */
typedef struct socket_stream {
    nr_registration io;
    nr_stream base;
} socket_stream;

static void socket_stream_free(nr_registration *io)
{
    nr_sys_free(NR_CONTAINER_OF(io, socket_stream, io));
}

static const nr_registration_ops socket_stream_registration_ops = {
    nr_registration_watch_socket, nr_registration_close_socket,
    socket_stream_free};

static int socket_stream_watch_short_reads(nr_registration *io)
{
    return nr_sys_poller_add_short_reads(io->registry->poller, io->socket, io);
}

static const nr_registration_ops socket_stream_short_reads_ops = {
    socket_stream_watch_short_reads, nr_registration_close_socket,
    socket_stream_free};

int nr_socket_stream_open(nr_registry *registry, nr_sys_socket s,
                          const nr_socket_kind *kind, nr_stream **out)
{
    socket_stream *stream = nr_sys_alloc(sizeof *stream);
    if (!stream)
        return -ENOMEM;
    stream->base.ops = &kind->ops;
    stream->base.io_ = &stream->io;
    int error = nr_registration_open(&stream->io, registry, s,
                                     kind->has_short_reads
                                         ? &socket_stream_short_reads_ops
                                         : &socket_stream_registration_ops);
    if (error)
        nr_sys_free(stream);
    else
        *out = &stream->base;
    return error;
}

/* ---- shutdown ---- */

typedef struct stream_shutdown {
    nr_stream_shutdown_future face; /* first: what the caller sees */
    nr_registration *io;
    int how;
} stream_shutdown;

/* By `how`. */
static const uint32_t stream_shut_bits[] = {NR_SYS_READABLE, NR_SYS_WRITABLE,
                                            NR_SYS_READABLE | NR_SYS_WRITABLE};

/* Tells whoever waits, also where the system tells a poller only of what the
 * peer does. */
static nr_poll stream_shutdown_poll(nr_future *self, nr_context *cx)
{
    stream_shutdown *f = (stream_shutdown *)self;
    (void)cx;
    nr_registration_check(f->io, "nr_stream_shutdown of a closed stream", NULL);
    f->face.result = nr_sys_socket_shutdown(f->io->socket, f->how);
    if (!f->face.result)
        nr_registration_dispatch(f->io, stream_shut_bits[f->how]);
    return NR_READY;
}

static const nr_future_ops stream_shutdown_ops =
    NR_FUTURE_OPS(stream_shutdown, stream_shutdown_poll, NULL, NULL);

nr_stream_shutdown_future *nr_stream_shutdown_at_(nr_stream *s, int how,
                                                  const char *place)
{
    nr_stream_check(s, "nr_stream_shutdown of a closed stream", place);
    if (how < NR_SHUT_RD || how > NR_SHUT_RDWR)
        return nr_int_at_once(-EINVAL);
    if (!s->io_)
        return s->ops->shutdown(s, how);
    stream_shutdown *f = NR_FUTURE_NEW(stream_shutdown, &stream_shutdown_ops);
    if (!f)
        return NULL;
    f->io = s->io_;
    f->how = how;
    return &f->face;
}

nr_stream_shutdown_future *(nr_stream_shutdown)(nr_stream *s, int how)
{
    return nr_stream_shutdown_at_(s, how, NULL);
}

/* ---- finish ---- */

enum { STREAM_DROPPED_AT_ONCE = 4096 };

ASYNC_FN(int, stream_end, ((nr_stream *, s)), ptrdiff_t n; int error;
         char dropped[STREAM_DROPPED_AT_ONCE];)
{
    ASYNC_BEGIN(stream_end);
    AWAIT(self->error, nr_stream_shutdown(self->s, NR_SHUT_WR));
    if (self->error && self->error != -ENOTCONN) /* then both have ended */
        ASYNC_RETURN(self->error);
    do {
        AWAIT(self->n,
              nr_stream_read(self->s, self->dropped, sizeof self->dropped));
    } while (self->n > 0);
    ASYNC_RETURN((int)self->n);
    ASYNC_END;
}

ASYNC_DEFINE(int, nr_stream_finish, ((nr_stream *, s), (uint64_t, ms)),
             int late, error;)
{
    ASYNC_BEGIN(nr_stream_finish);
    AWAIT(self->late, TIMEOUT_MS(self->ms, stream_end(self->s), &self->error));
    ASYNC_RETURN(self->late ? self->late : self->error);
    ASYNC_END;
}

/* ---- close ---- */

void nr_stream_close_at_(nr_stream *s, const char *place)
{
    if (!s)
        return;
    nr_registration *io = nr_stream_registration(s);
    if (io)
        nr_registration_close(io, "nr_stream_close of a closed stream", place);
    else
        s->ops->close(s);
}

void(nr_stream_close)(nr_stream *s)
{
    nr_stream_close_at_(s, NULL);
}
