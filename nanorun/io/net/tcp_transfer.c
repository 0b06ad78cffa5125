/* SPDX-License-Identifier: MIT */
#include "nanorun/io/net/tcp_stream.h"

#include <errno.h>

#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"

/*
 * read, write, read_exact and write_all: one future, four ways to poll it.
 */

typedef struct tcp_transfer {
    union {
        nr_future base;
        nr_tcp_size_future size; /* of read and write */
        nr_tcp_int_future code;  /* of read_exact and write_all */
    } face;                      /* first: what the caller sees */
    nr_io_waiter waiter;
    char *buf; /* what is left to do; only read from when writing */
    size_t len;
} tcp_transfer, tcp_read, tcp_write, tcp_read_exact, tcp_write_all;

static inline ptrdiff_t tcp_transfer_call(const tcp_transfer *t)
{
    nr_sys_socket s = t->waiter.on->socket;
    return t->waiter.direction == NR_READING
               ? nr_sys_socket_read(s, t->buf, t->len)
               : nr_sys_socket_write(s, t->buf, t->len);
}

/* The direction is given back, but with `whole` only once nothing is left. */
static inline void tcp_transfer_leave(tcp_transfer *t, ptrdiff_t n, bool whole)
{
    bool fell_short = n > 0 && (size_t)n < t->len;
    nr_io_waiter_leave(&t->waiter, !(whole && fell_short), fell_short);
}

static ptrdiff_t tcp_transfer_give_up(tcp_transfer *t, int error)
{
    if (error != -EAGAIN)
        nr_io_waiter_release(&t->waiter);
    return error;
}

/* After a call that answered -EAGAIN. */
static ptrdiff_t tcp_transfer_block(tcp_transfer *t, nr_context *cx, bool whole)
{
    int error = nr_io_waiter_block(&t->waiter, cx->waker);
    while (!error) {
        ptrdiff_t n = tcp_transfer_call(t);
        if (n != -EAGAIN) {
            tcp_transfer_leave(t, n, whole);
            return n;
        }
        error = nr_io_waiter_block(&t->waiter, cx->waker);
    }
    return tcp_transfer_give_up(t, error);
}

/* One call that does not block. Returns the count, the error, or -EAGAIN when
 * pending. With `whole` it is one of several. */
static inline ptrdiff_t tcp_transfer_once(tcp_transfer *t, nr_context *cx,
                                          bool whole)
{
    if (!nr_context_spend(cx))
        return -EAGAIN;
    int error = nr_io_waiter_enter(&t->waiter, cx->waker);
    if (error)
        return tcp_transfer_give_up(t, error);
    ptrdiff_t n = tcp_transfer_call(t);
    if (n == -EAGAIN)
        return tcp_transfer_block(t, cx, whole);
    tcp_transfer_leave(t, n, whole);
    return n;
}

static nr_poll tcp_transfer_be_ready(tcp_transfer *t)
{
    NR_ASSERT(!t->waiter.taken, "a transfer that is over has a direction");
    t->face.base.phase = NR_OVER_; /* so it holds nothing to drop */
    return NR_READY;
}

static nr_poll tcp_transfer_poll_once(nr_future *self, nr_context *cx)
{
    tcp_transfer *t = (tcp_transfer *)self;
    ptrdiff_t n = t->len ? tcp_transfer_once(t, cx, false) : 0;
    if (n == -EAGAIN)
        return NR_PENDING;
    t->face.size.result = n;
    return tcp_transfer_be_ready(t);
}

static nr_poll tcp_transfer_poll_all(nr_future *self, nr_context *cx)
{
    tcp_transfer *t = (tcp_transfer *)self;
    ptrdiff_t n = 1;
    while (n > 0 && t->len > 0) {
        n = tcp_transfer_once(t, cx, true);
        if (n > 0) {
            t->buf += n;
            t->len -= (size_t)n;
        }
    }
    if (n == -EAGAIN)
        return NR_PENDING;
    /* Only reading answers 0, at the end of the stream. */
    t->face.code.result = n > 0 ? 0 : n < 0 ? (int)n : -ENODATA;
    return tcp_transfer_be_ready(t);
}

static void tcp_transfer_drop(nr_future *self)
{
    nr_io_waiter_release(&((tcp_transfer *)self)->waiter);
    nr_future_free(self);
}

/* One each for their names. */
static const nr_future_ops tcp_read_ops =
    NR_FUTURE_OPS(tcp_read, tcp_transfer_poll_once, NULL, tcp_transfer_drop);
static const nr_future_ops tcp_write_ops =
    NR_FUTURE_OPS(tcp_write, tcp_transfer_poll_once, NULL, tcp_transfer_drop);
static const nr_future_ops tcp_read_exact_ops = NR_FUTURE_OPS(
    tcp_read_exact, tcp_transfer_poll_all, NULL, tcp_transfer_drop);
static const nr_future_ops tcp_write_all_ops = NR_FUTURE_OPS(
    tcp_write_all, tcp_transfer_poll_all, NULL, tcp_transfer_drop);

static tcp_transfer *tcp_transfer_new(const nr_future_ops *ops,
                                      nr_tcp_stream *s, nr_direction direction,
                                      const void *buf, size_t len)
{
    tcp_transfer *t = NR_FUTURE_NEW(tcp_transfer, ops);
    if (!t)
        return NULL;
    t->waiter.on = &s->io;
    t->waiter.direction = direction;
    t->buf = (char *)buf;
    t->len = len;
    return t;
}

/* The address of a face of NULL would be NULL, but not by the standard. */

nr_tcp_read_future *nr_tcp_read_at_(nr_tcp_stream *s, void *buf, size_t len,
                                    const char *place)
{
    nr_registration_check(&s->io, "nr_tcp_read on a closed stream", place);
    tcp_transfer *t = tcp_transfer_new(&tcp_read_ops, s, NR_READING, buf, len);
    return t ? &t->face.size : NULL;
}

nr_tcp_read_future *(nr_tcp_read)(nr_tcp_stream *s, void *buf, size_t len)
{
    return nr_tcp_read_at_(s, buf, len, NULL);
}

nr_tcp_write_future *nr_tcp_write_at_(nr_tcp_stream *s, const void *buf,
                                      size_t len, const char *place)
{
    nr_registration_check(&s->io, "nr_tcp_write on a closed stream", place);
    tcp_transfer *t = tcp_transfer_new(&tcp_write_ops, s, NR_WRITING, buf, len);
    return t ? &t->face.size : NULL;
}

nr_tcp_write_future *(nr_tcp_write)(nr_tcp_stream *s, const void *buf,
                                    size_t len)
{
    return nr_tcp_write_at_(s, buf, len, NULL);
}

nr_tcp_read_exact_future *nr_tcp_read_exact_at_(nr_tcp_stream *s, void *buf,
                                                size_t len, const char *place)
{
    nr_registration_check(&s->io, "nr_tcp_read_exact on a closed stream",
                          place);
    tcp_transfer *t =
        tcp_transfer_new(&tcp_read_exact_ops, s, NR_READING, buf, len);
    return t ? &t->face.code : NULL;
}

nr_tcp_read_exact_future *(nr_tcp_read_exact)(nr_tcp_stream *s, void *buf,
                                              size_t len)
{
    return nr_tcp_read_exact_at_(s, buf, len, NULL);
}

nr_tcp_write_all_future *nr_tcp_write_all_at_(nr_tcp_stream *s, const void *buf,
                                              size_t len, const char *place)
{
    nr_registration_check(&s->io, "nr_tcp_write_all on a closed stream", place);
    tcp_transfer *t =
        tcp_transfer_new(&tcp_write_all_ops, s, NR_WRITING, buf, len);
    return t ? &t->face.code : NULL;
}

nr_tcp_write_all_future *(nr_tcp_write_all)(nr_tcp_stream *s, const void *buf,
                                            size_t len)
{
    return nr_tcp_write_all_at_(s, buf, len, NULL);
}
