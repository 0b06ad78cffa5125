/* SPDX-License-Identifier: MIT */

/*
 * Pipes and terminals have no half that a shutdown could end, so the stream
 * remembers which of its directions are over. One thing a reader at the other
 * side must see: the end of writing. So a shutdown closes the end of a pipe
 * that can only be written to, while the stream, and its number, stay.
 */

#include "nanorun/io/stream/pipe_stream.h"

#include <errno.h>
#include <string.h>

#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/pipe.h"

/* The stream is not first, as in stream.c. */
typedef struct pipe_stream {
    nr_registration io;
    nr_stream base;
    nr_atomic_u32 is_shut[2]; /* by nr_direction; a shutdown sets them. A call
                                 that misses it is repeated, because of the
                                 event that the shutdown dispatches then */
    bool is_unwatched;        /* by a call in the direction NR_READING */
} pipe_stream;

static pipe_stream *pipe_of(nr_registration *io)
{
    return NR_CONTAINER_OF(io, pipe_stream, io);
}

static void pipe_close(nr_registration *io)
{
    if (!pipe_of(io)->is_unwatched)
        nr_sys_poller_remove(io->registry->poller, io->socket);
    nr_sys_socket_close(io->socket);
}

static void pipe_free(nr_registration *io)
{
    nr_sys_free(pipe_of(io));
}

static const nr_registration_ops pipe_registration_ops = {
    nr_registration_watch_socket, pipe_close, pipe_free};

/* ---- reading and writing ---- */

typedef struct pipe_transfer {
    nr_stream_size_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    char *buf; /* only read from when writing */
    size_t len;
} pipe_transfer, pipe_read, pipe_write;

static ptrdiff_t pipe_call(void *future)
{
    const pipe_transfer *f = future;
    nr_registration *io = f->waiter.on;
    const nr_atomic_u32 *is_shut = pipe_of(io)->is_shut;
    ptrdiff_t n;
    if (f->waiter.direction == NR_READING)
        return nr_load_u32_relaxed(&is_shut[NR_READING])
                   ? 0
                   : nr_sys_pipe_read(io->socket, f->buf, f->len);
    if (nr_load_u32_relaxed(&is_shut[NR_WRITING]))
        return -EPIPE;
    n = nr_sys_pipe_write(io->socket, f->buf, f->len);
    /* The pipe was hung up between the two. */
    return n == -EBADF && nr_load_u32_relaxed(&is_shut[NR_WRITING]) ? -EPIPE
                                                                    : n;
}

static nr_poll pipe_transfer_poll(nr_future *self, nr_context *cx)
{
    pipe_transfer *f = (pipe_transfer *)self;
    f->face.result = nr_io_waiter_poll(&f->waiter, cx, pipe_call, f, 0);
    return f->face.result == -EAGAIN ? NR_PENDING : NR_READY;
}

static void pipe_transfer_drop(nr_future *self)
{
    nr_io_waiter_release(&((pipe_transfer *)self)->waiter);
    nr_future_free(self);
}

static const nr_future_ops pipe_read_ops =
    NR_FUTURE_OPS(pipe_read, pipe_transfer_poll, NULL, pipe_transfer_drop);
static const nr_future_ops pipe_write_ops =
    NR_FUTURE_OPS(pipe_write, pipe_transfer_poll, NULL, pipe_transfer_drop);

static nr_stream_size_future *pipe_transfer_new(const nr_future_ops *ops,
                                                nr_stream *s,
                                                nr_direction direction,
                                                const void *buf, size_t len)
{
    nr_registration *io = nr_stream_registration(s);
    pipe_transfer *f = NR_FUTURE_NEW(pipe_transfer, ops);
    if (!f)
        return NULL;
    f->waiter.on = io;
    f->waiter.direction = direction;
    f->buf = (char *)buf;
    f->len = len;
    return &f->face;
}

static nr_stream_size_future *pipe_read_new(nr_stream *s, void *buf, size_t len)
{
    return pipe_transfer_new(&pipe_read_ops, s, NR_READING, buf, len);
}

static nr_stream_size_future *pipe_write_new(nr_stream *s, const void *buf,
                                             size_t len)
{
    return pipe_transfer_new(&pipe_write_ops, s, NR_WRITING, buf, len);
}

/* ---- shutdown ---- */

typedef struct pipe_shutdown {
    nr_stream_int_future face; /* first: what the caller sees */
    nr_registration *io;
    int how;
} pipe_shutdown;

/* Takes the direction in which nobody can wait, so that a close comes before
 * this or after it, and so does a second shutdown. */
static int pipe_hang_up(nr_registration *io, nr_context *cx)
{
    nr_io_waiter w = {io, NR_READING, 0};
    int error = nr_io_waiter_enter(&w, cx->waker);
    if (error) {
        nr_io_waiter_release(&w);
        return error == -ECANCELED ? error : -EBUSY;
    }
    if (!pipe_of(io)->is_unwatched)
        nr_sys_poller_remove(io->registry->poller, io->socket);
    pipe_of(io)->is_unwatched = true;
    error = nr_sys_pipe_hang_up(io->socket);
    nr_io_waiter_leave(&w, true, false);
    return error;
}

static nr_poll pipe_shutdown_poll(nr_future *self, nr_context *cx)
{
    pipe_shutdown *f = (pipe_shutdown *)self;
    pipe_stream *s = pipe_of(f->io);
    uint32_t ready = 0;
    nr_registration_check(f->io, "nr_stream_shutdown of a closed stream", NULL);
    if (f->how != NR_SHUT_WR) {
        nr_store_u32_relaxed(&s->is_shut[NR_READING], true);
        ready |= NR_SYS_READABLE;
    }
    if (f->how != NR_SHUT_RD) {
        nr_store_u32_relaxed(&s->is_shut[NR_WRITING], true);
        ready |= NR_SYS_WRITABLE;
    }
    nr_registration_dispatch(f->io, ready);
    if (f->how != NR_SHUT_RD && nr_sys_pipe_is_writer(f->io->socket))
        f->face.result = pipe_hang_up(f->io, cx);
    return NR_READY;
}

static const nr_future_ops pipe_shutdown_ops =
    NR_FUTURE_OPS(pipe_shutdown, pipe_shutdown_poll, NULL, NULL);

static nr_stream_int_future *pipe_shutdown_new(nr_stream *s, int how)
{
    pipe_shutdown *f = NR_FUTURE_NEW(pipe_shutdown, &pipe_shutdown_ops);
    if (!f)
        return NULL;
    f->io = nr_stream_registration(s);
    f->how = how;
    return &f->face;
}

/* ---- the stream ---- */

static const nr_stream_ops pipe_ops = {"pipe", pipe_read_new, pipe_write_new,
                                       pipe_shutdown_new, (nr_stream_close)};
static const nr_stream_ops pipe_terminal_ops = {
    "terminal", pipe_read_new, pipe_write_new, pipe_shutdown_new,
    (nr_stream_close)};

nr_registration *nr_stream_registration(const nr_stream *s)
{
    if (s->ops != &pipe_ops && s->ops != &pipe_terminal_ops)
        return s->io_;
    return &NR_CONTAINER_OF((nr_stream *)s, pipe_stream, base)->io;
}

void nr_stream_check(const nr_stream *s, const char *what, const char *place)
{
    const nr_registration *io = nr_stream_registration(s);
    if (io)
        nr_registration_check(io, what, place);
}

bool nr_stream_can_splice(const nr_stream *s)
{
    if (s->ops == &pipe_ops) {
        const nr_atomic_u32 *is_shut =
            pipe_of(nr_stream_registration(s))->is_shut;
        return !nr_load_u32_relaxed(&is_shut[NR_READING]) &&
               !nr_load_u32_relaxed(&is_shut[NR_WRITING]);
    }
    return s->io_ != NULL;
}

int nr_pipe_stream_open(nr_registry *registry, nr_sys_socket s,
                        bool is_terminal, nr_stream **out)
{
    pipe_stream *stream = nr_sys_alloc(sizeof *stream);
    if (!stream)
        return -ENOMEM;
    memset(stream, 0, sizeof *stream);
    stream->base.ops = is_terminal ? &pipe_terminal_ops : &pipe_ops;
    int error =
        nr_registration_open(&stream->io, registry, s, &pipe_registration_ops);
    if (error)
        nr_sys_free(stream);
    else
        *out = &stream->base;
    return error;
}
