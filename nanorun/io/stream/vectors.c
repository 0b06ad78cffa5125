/* SPDX-License-Identifier: MIT */

/*
 * Reading into and writing out of several pieces of memory at once: one system
 * call on a socket, the first piece that is not empty on any other stream.
 */

#include "nanorun/io/stream.h"

#include <errno.h>

#include "nanorun/io/reactor/waiter.h"
#include "nanorun/io/stream/whole.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/socket.h"

typedef struct vectors {
    nr_stream_size_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    const nr_iovec *v;
    int n;
    size_t len; /* of all that is used */
} vectors, stream_readv, stream_writev;

static ptrdiff_t vectors_call(void *future)
{
    const vectors *f = future;
    nr_sys_socket s = f->waiter.on->socket;
    return f->waiter.direction == NR_READING
               ? nr_sys_socket_readv(s, f->v, f->n)
               : nr_sys_socket_writev(s, f->v, f->n);
}

static nr_poll vectors_poll(nr_future *self, nr_context *cx)
{
    vectors *f = (vectors *)self;
    f->face.result = nr_io_waiter_poll(&f->waiter, cx, vectors_call, f, f->len);
    return f->face.result == -EAGAIN ? NR_PENDING : NR_READY;
}

static void vectors_drop(nr_future *self)
{
    nr_io_waiter_release(&((vectors *)self)->waiter);
    nr_future_free(self);
}

static const nr_future_ops vectors_readv_ops =
    NR_FUTURE_OPS(stream_readv, vectors_poll, NULL, vectors_drop);
static const nr_future_ops vectors_writev_ops =
    NR_FUTURE_OPS(stream_writev, vectors_poll, NULL, vectors_drop);

/* Only what is used counts as asked for: a count that is smaller for another
 * reason than want of bytes must not pass for a socket that is empty. */
static nr_stream_size_future *vectors_new(const nr_future_ops *ops,
                                          nr_stream *s, nr_direction direction,
                                          const nr_iovec *v, int n)
{
    vectors *f = NR_FUTURE_NEW(vectors, ops);
    if (!f)
        return NULL;
    f->waiter.on = s->io_;
    f->waiter.direction = direction;
    f->v = v;
    f->n = n < NR_SYS_IOVECS_MAX ? n : NR_SYS_IOVECS_MAX;
    for (int i = 0; i < f->n; i++)
        f->len = v[i].len < SIZE_MAX - f->len ? f->len + v[i].len : SIZE_MAX;
    return &f->face;
}

/* Passes over the empty pieces at the beginning. Returns the first that is not,
 * and sets *n to how many there are from it on: 0 for none. */
static const nr_iovec *vectors_first(const nr_iovec *v, int *n)
{
    for (; *n > 0 && v->len == 0; v++)
        --*n;
    return v;
}

nr_stream_readv_future *nr_stream_readv_at_(nr_stream *s, const nr_iovec *v,
                                            int n, const char *place)
{
    if (s->io_)
        nr_registration_check(s->io_, "nr_stream_readv on a closed stream",
                              place);
    if (n < 0)
        return nr_size_at_once(-EINVAL);
    v = vectors_first(v, &n);
    if (n == 0)
        return nr_size_at_once(0);
    return s->io_ ? vectors_new(&vectors_readv_ops, s, NR_READING, v, n)
                  : s->ops->read(s, v->base, v->len);
}

nr_stream_readv_future *(nr_stream_readv)(nr_stream *s, const nr_iovec *v,
                                          int n)
{
    return nr_stream_readv_at_(s, v, n, NULL);
}

nr_stream_writev_future *nr_stream_writev_at_(nr_stream *s, const nr_iovec *v,
                                              int n, const char *place)
{
    if (s->io_)
        nr_registration_check(s->io_, "nr_stream_writev on a closed stream",
                              place);
    if (n < 0)
        return nr_size_at_once(-EINVAL);
    v = vectors_first(v, &n);
    if (n == 0)
        return nr_size_at_once(0);
    return s->io_ ? vectors_new(&vectors_writev_ops, s, NR_WRITING, v, n)
                  : s->ops->write(s, v->base, v->len);
}

nr_stream_writev_future *(nr_stream_writev)(nr_stream *s, const nr_iovec *v,
                                            int n)
{
    return nr_stream_writev_at_(s, v, n, NULL);
}
