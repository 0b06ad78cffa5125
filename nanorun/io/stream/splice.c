/* SPDX-License-Identifier: MIT */
#include "nanorun/io/stream/splice.h"

#include <errno.h>

#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"

typedef struct splice_transfer {
    nr_stream_size_future face; /* first: what the caller sees */
    nr_io_waiter waiter;
    nr_sys_splice **through;
    nr_sys_socket to; /* of an in */
    size_t len;       /* of an out */
} splice_transfer, splice_in, splice_out;

static nr_poll splice_be_ready(splice_transfer *f, ptrdiff_t result)
{
    f->face.result = result;
    return NR_READY;
}

/* Without a wait: the splice is given up while nothing arrives. */
static nr_poll splice_in_poll(nr_future *self, nr_context *cx)
{
    splice_transfer *f = (splice_transfer *)self;
    int error = nr_io_waiter_enter(&f->waiter, cx->waker);
    if (error) {
        nr_io_waiter_release(&f->waiter);
        return splice_be_ready(f, error);
    }
    nr_sys_socket from = f->waiter.on->socket;
    error = *f->through ? 0 : nr_sys_splice_open(from, f->to, f->through);
    ptrdiff_t n = error ? error : nr_sys_splice_in(*f->through, from);
    nr_io_waiter_leave(&f->waiter, true, false);
    return splice_be_ready(f, n);
}

static ptrdiff_t splice_out_call(void *future)
{
    const splice_transfer *f = future;
    return nr_sys_splice_out(*f->through, f->waiter.on->socket, f->len);
}

static nr_poll splice_out_poll(nr_future *self, nr_context *cx)
{
    splice_transfer *f = (splice_transfer *)self;
    f->face.result = nr_io_waiter_poll(&f->waiter, cx, splice_out_call, f, 0);
    return f->face.result == -EAGAIN ? NR_PENDING : NR_READY;
}

static void splice_drop(nr_future *self)
{
    nr_io_waiter_release(&((splice_transfer *)self)->waiter);
    nr_future_free(self);
}

static const nr_future_ops splice_in_ops =
    NR_FUTURE_OPS(splice_in, splice_in_poll, NULL, splice_drop);
static const nr_future_ops splice_out_ops =
    NR_FUTURE_OPS(splice_out, splice_out_poll, NULL, splice_drop);

nr_stream_size_future *nr_splice_in(nr_sys_splice **p, nr_registration *from,
                                    const nr_registration *to)
{
    splice_transfer *f = NR_FUTURE_NEW(splice_transfer, &splice_in_ops);
    if (!f)
        return NULL;
    f->waiter.on = from;
    f->waiter.direction = NR_READING;
    f->through = p;
    f->to = to->socket;
    return &f->face;
}

nr_stream_size_future *nr_splice_out(nr_sys_splice **p, nr_registration *to,
                                     size_t len)
{
    splice_transfer *f = NR_FUTURE_NEW(splice_transfer, &splice_out_ops);
    if (!f)
        return NULL;
    f->waiter.on = to;
    f->waiter.direction = NR_WRITING;
    f->through = p;
    f->len = len;
    return &f->face;
}
