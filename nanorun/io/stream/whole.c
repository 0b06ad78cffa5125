/* SPDX-License-Identifier: MIT */
#include "nanorun/io/stream/whole.h"

#include <errno.h>

#include "nanorun/rt/future.h"

ASYNC_DEFINE(int, nr_read_whole,
             ((nr_stream *, s), (void *, buf), (size_t, len)), size_t done;
             ptrdiff_t n;)
{
    ASYNC_BEGIN(nr_read_whole);
    while (self->done < self->len) {
        AWAIT(self->n,
              self->s->ops->read(self->s, (char *)self->buf + self->done,
                                 self->len - self->done));
        if (self->n <= 0)
            ASYNC_RETURN(self->n < 0 ? (int)self->n : -ENODATA);
        self->done += (size_t)self->n;
    }
    ASYNC_END;
}

ASYNC_DEFINE(int, nr_write_whole,
             ((nr_stream *, s), (const void *, buf), (size_t, len)),
             size_t done;
             ptrdiff_t n;)
{
    ASYNC_BEGIN(nr_write_whole);
    while (self->done < self->len) {
        AWAIT(self->n,
              self->s->ops->write(self->s, (const char *)self->buf + self->done,
                                  self->len - self->done));
        if (self->n <= 0) /* none taken, and no error: it would go on so */
            ASYNC_RETURN(self->n < 0 ? (int)self->n : -EPIPE);
        self->done += (size_t)self->n;
    }
    ASYNC_END;
}

static nr_poll at_once_poll(nr_future *self, nr_context *cx)
{
    (void)self;
    (void)cx;
    return NR_READY;
}

typedef nr_stream_size_future size_at_once;
typedef nr_stream_int_future int_at_once;

static const nr_future_ops size_at_once_ops =
    NR_FUTURE_OPS(size_at_once, at_once_poll, NULL, NULL);
static const nr_future_ops int_at_once_ops =
    NR_FUTURE_OPS(int_at_once, at_once_poll, NULL, NULL);

nr_stream_size_future *nr_size_at_once(ptrdiff_t result)
{
    nr_stream_size_future *f = NR_FUTURE_NEW(size_at_once, &size_at_once_ops);
    if (f)
        f->result = result;
    return f;
}

nr_stream_int_future *nr_int_at_once(int result)
{
    nr_stream_int_future *f = NR_FUTURE_NEW(int_at_once, &int_at_once_ops);
    if (f)
        f->result = result;
    return f;
}
