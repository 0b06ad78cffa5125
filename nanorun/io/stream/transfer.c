/* SPDX-License-Identifier: MIT */

/*
 * Reading and writing. A socket's read, write, read_exact and write_all are one
 * future with four ways to poll it; what is no socket has its own operations.
 */

#include "nanorun/io/stream.h"

#include <errno.h>

#include "nanorun/io/reactor/waiter.h"
#include "nanorun/io/stream/pipe_stream.h"
#include "nanorun/io/stream/whole.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/socket.h"

typedef struct transfer {
    union {
        nr_future base;
        nr_stream_size_future size; /* of read and write */
        nr_stream_int_future code;  /* of read_exact and write_all */
    } face;                         /* first: what the caller sees */
    nr_io_waiter waiter;
    char *buf; /* what is left to do; only read from when writing */
    size_t len;
} transfer, stream_read, stream_write, stream_read_exact, stream_write_all;

static inline ptrdiff_t transfer_call(const transfer *t)
{
    nr_sys_socket s = t->waiter.on->socket;
    return t->waiter.direction == NR_READING
               ? nr_sys_socket_read(s, t->buf, t->len)
               : nr_sys_socket_write(s, t->buf, t->len);
}

/* The direction is given back, but with `whole` only once nothing is left. */
static inline void transfer_leave(transfer *t, ptrdiff_t n, bool whole)
{
    bool fell_short = n > 0 && (size_t)n < t->len;
    nr_io_waiter_leave(&t->waiter, !(whole && fell_short), fell_short);
}

static ptrdiff_t transfer_give_up(transfer *t, int error)
{
    if (error != -EAGAIN)
        nr_io_waiter_release(&t->waiter);
    return error;
}

/* After a call that answered -EAGAIN. */
static ptrdiff_t transfer_block(transfer *t, nr_context *cx, bool whole)
{
    int error = nr_io_waiter_block(&t->waiter, cx->waker);
    while (!error) {
        ptrdiff_t n = transfer_call(t);
        if (n != -EAGAIN) {
            transfer_leave(t, n, whole);
            return n;
        }
        error = nr_io_waiter_block(&t->waiter, cx->waker);
    }
    return transfer_give_up(t, error);
}

/* One call that does not block. Returns the count, the error, or -EAGAIN when
 * pending. With `whole` it is one of several. */
static inline ptrdiff_t transfer_once(transfer *t, nr_context *cx, bool whole)
{
    int error = nr_io_waiter_begin(&t->waiter, cx);
    if (error)
        return transfer_give_up(t, error);
    ptrdiff_t n = transfer_call(t);
    if (n == -EAGAIN)
        return transfer_block(t, cx, whole);
    transfer_leave(t, n, whole);
    return n;
}

static nr_poll transfer_be_ready(transfer *t)
{
    NR_ASSERT(!t->waiter.taken, "a transfer that is over has a direction");
    t->face.base.phase = NR_OVER_; /* so it holds nothing to drop */
    return NR_READY;
}

static nr_poll transfer_poll_once(nr_future *self, nr_context *cx)
{
    transfer *t = (transfer *)self;
    ptrdiff_t n = t->len ? transfer_once(t, cx, false) : 0;
    if (n == -EAGAIN)
        return NR_PENDING;
    t->face.size.result = n;
    return transfer_be_ready(t);
}

static nr_poll transfer_poll_all(nr_future *self, nr_context *cx)
{
    transfer *t = (transfer *)self;
    ptrdiff_t n = 1;
    while (n > 0 && t->len > 0) {
        n = transfer_once(t, cx, true);
        if (n > 0) {
            t->buf += n;
            t->len -= (size_t)n;
        }
    }
    if (n == -EAGAIN)
        return NR_PENDING;
    /* Only reading answers 0, at the end of the stream. */
    t->face.code.result = n > 0 ? 0 : n < 0 ? (int)n : -ENODATA;
    return transfer_be_ready(t);
}

static void transfer_drop(nr_future *self)
{
    nr_io_waiter_release(&((transfer *)self)->waiter);
    nr_future_free(self);
}

/* One each for their names. */
static const nr_future_ops transfer_read_ops =
    NR_FUTURE_OPS(stream_read, transfer_poll_once, NULL, transfer_drop);
static const nr_future_ops transfer_write_ops =
    NR_FUTURE_OPS(stream_write, transfer_poll_once, NULL, transfer_drop);
static const nr_future_ops transfer_read_exact_ops =
    NR_FUTURE_OPS(stream_read_exact, transfer_poll_all, NULL, transfer_drop);
static const nr_future_ops transfer_write_all_ops =
    NR_FUTURE_OPS(stream_write_all, transfer_poll_all, NULL, transfer_drop);

static inline transfer *transfer_begin(nr_future *f, nr_registration *on,
                                       nr_direction direction, const void *buf,
                                       size_t len)
{
    transfer *t = (transfer *)(void *)f;
    nr_frame_zero_(f, sizeof *t);
    t->waiter.on = on;
    t->waiter.direction = direction;
    t->buf = (char *)buf;
    t->len = len;
    return t;
}

/* As the constructors of async functions, in two: those who inline transfer_new
 * keep nothing across a call, and so save no registers. */
static NR_NOINLINE_ transfer *transfer_new_rarely(const nr_future_ops *ops,
                                                  nr_registration *on,
                                                  nr_direction direction,
                                                  const void *buf, size_t len)
{
    nr_future *f = nr_frame_take_(ops, sizeof(transfer));
    return f ? transfer_begin(f, on, direction, buf, len) : NULL;
}

static inline transfer *transfer_new(const nr_future_ops *ops,
                                     nr_registration *on,
                                     nr_direction direction, const void *buf,
                                     size_t len)
{
    nr_future *f = nr_frame_pop_(ops, sizeof(transfer));
    if (NR_RARELY_(!f))
        return transfer_new_rarely(ops, on, direction, buf, len);
    return transfer_begin(f, on, direction, buf, len);
}

/* The address of a face of NULL would be NULL, but not by the standard. */

nr_stream_read_future *nr_stream_read_at_(nr_stream *s, void *buf, size_t len,
                                          const char *place)
{
    nr_registration *on = s->io_;
    if (NR_RARELY_(!on)) {
        nr_stream_check(s, "nr_stream_read on a closed stream", place);
        return len ? s->ops->read(s, buf, len) : nr_size_at_once(0);
    }
    nr_registration_check(on, "nr_stream_read on a closed stream", place);
    transfer *t = transfer_new(&transfer_read_ops, on, NR_READING, buf, len);
    return t ? &t->face.size : NULL;
}

nr_stream_read_future *(nr_stream_read)(nr_stream *s, void *buf, size_t len)
{
    return nr_stream_read_at_(s, buf, len, NULL);
}

nr_stream_write_future *nr_stream_write_at_(nr_stream *s, const void *buf,
                                            size_t len, const char *place)
{
    nr_registration *on = s->io_;
    if (NR_RARELY_(!on)) {
        nr_stream_check(s, "nr_stream_write on a closed stream", place);
        return len ? s->ops->write(s, buf, len) : nr_size_at_once(0);
    }
    nr_registration_check(on, "nr_stream_write on a closed stream", place);
    transfer *t = transfer_new(&transfer_write_ops, on, NR_WRITING, buf, len);
    return t ? &t->face.size : NULL;
}

nr_stream_write_future *(nr_stream_write)(nr_stream *s, const void *buf,
                                          size_t len)
{
    return nr_stream_write_at_(s, buf, len, NULL);
}

nr_stream_read_exact_future *
nr_stream_read_exact_at_(nr_stream *s, void *buf, size_t len, const char *place)
{
    nr_registration *on = s->io_;
    if (NR_RARELY_(!on)) {
        nr_stream_check(s, "nr_stream_read_exact on a closed stream", place);
        return (nr_stream_int_future *)(void *)nr_read_whole(s, buf, len);
    }
    nr_registration_check(on, "nr_stream_read_exact on a closed stream", place);
    transfer *t =
        transfer_new(&transfer_read_exact_ops, on, NR_READING, buf, len);
    return t ? &t->face.code : NULL;
}

nr_stream_read_exact_future *(nr_stream_read_exact)(nr_stream *s, void *buf,
                                                    size_t len)
{
    return nr_stream_read_exact_at_(s, buf, len, NULL);
}

nr_stream_write_all_future *nr_stream_write_all_at_(nr_stream *s,
                                                    const void *buf, size_t len,
                                                    const char *place)
{
    nr_registration *on = s->io_;
    if (NR_RARELY_(!on)) {
        nr_stream_check(s, "nr_stream_write_all on a closed stream", place);
        return (nr_stream_int_future *)(void *)nr_write_whole(s, buf, len);
    }
    nr_registration_check(on, "nr_stream_write_all on a closed stream", place);
    transfer *t =
        transfer_new(&transfer_write_all_ops, on, NR_WRITING, buf, len);
    return t ? &t->face.code : NULL;
}

nr_stream_write_all_future *(nr_stream_write_all)(nr_stream *s, const void *buf,
                                                  size_t len)
{
    return nr_stream_write_all_at_(s, buf, len, NULL);
}
