/* SPDX-License-Identifier: MIT */

/*
 * A reader takes bytes into its buffer in the very poll in which the stream's
 * read has them, and hands them out without waiting. So there is no moment at
 * which a cancellation could lose one.
 */

#include "nanorun/io/reader.h"

#include <errno.h>
#include <string.h>

void nr_reader_init(nr_reader *r, nr_stream *from, void *buf, size_t size)
{
    r->from_ = from;
    r->buf_ = buf;
    r->size_ = size;
    r->start_ = r->end_ = 0;
}

size_t nr_reader_buffered(const nr_reader *r)
{
    return r->end_ - r->start_;
}

/* Room at the end of the buffer; a full one has none. */
static size_t reader_make_room(nr_reader *r)
{
    if (r->start_ > 0) {
        memmove(r->buf_, r->buf_ + r->start_, r->end_ - r->start_);
        r->end_ -= r->start_;
        r->start_ = 0;
    }
    return r->size_ - r->end_;
}

/* Takes `len` buffered bytes, or all. Returns how many. */
static size_t reader_take(nr_reader *r, void *buf, size_t len)
{
    size_t buffered = r->end_ - r->start_;
    if (len > buffered)
        len = buffered;
    if (len > 0)
        memcpy(buf, r->buf_ + r->start_, len);
    r->start_ += len;
    return len;
}

/* Reads once more into the room that there is. */
ASYNC_FN(ptrdiff_t, reader_fill, ((nr_reader *, r)), ptrdiff_t n;)
{
    ASYNC_BEGIN(reader_fill);
    AWAIT(self->n, nr_stream_read(self->r->from_, self->r->buf_ + self->r->end_,
                                  self->r->size_ - self->r->end_));
    if (self->n > 0)
        self->r->end_ += (size_t)self->n;
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

/* Takes what is buffered up to and with `end`, or all where that is NULL. */
static ptrdiff_t reader_cut(nr_reader *r, const char *end, char **piece)
{
    *piece = r->buf_ + r->start_;
    ptrdiff_t len = end ? end + 1 - *piece : (ptrdiff_t)nr_reader_buffered(r);
    r->start_ += (size_t)len;
    return len;
}

ASYNC_DEFINE(ptrdiff_t, nr_reader_until,
             ((nr_reader *, r), (int, delimiter), (char **, piece)),
             size_t searched;
             ptrdiff_t n;)
{
    ASYNC_BEGIN(nr_reader_until);
    for (;;) {
        nr_reader *r = self->r;
        size_t buffered = nr_reader_buffered(r);
        const char *end = NULL;
        if (buffered > self->searched)
            end = memchr(r->buf_ + r->start_ + self->searched, self->delimiter,
                         buffered - self->searched);
        if (end)
            ASYNC_RETURN(reader_cut(r, end, self->piece));
        self->searched = buffered;
        bool needs_room = buffered == 0 || r->end_ == r->size_;
        if (needs_room && reader_make_room(r) == 0)
            ASYNC_RETURN(-ENOBUFS);
        AWAIT(self->n, reader_fill(self->r));
        if (self->n < 0)
            ASYNC_RETURN(self->n);
        if (self->n == 0)
            ASYNC_RETURN(reader_cut(self->r, NULL, self->piece));
    }
    ASYNC_END;
}

ASYNC_DEFINE(ptrdiff_t, nr_reader_read,
             ((nr_reader *, r), (void *, buf), (size_t, len)), ptrdiff_t n;)
{
    ASYNC_BEGIN(nr_reader_read);
    self->n = (ptrdiff_t)reader_take(self->r, self->buf, self->len);
    if (self->n > 0 || self->len == 0)
        ASYNC_RETURN(self->n);
    if (self->len >= self->r->size_) {
        AWAIT(self->n, nr_stream_read(self->r->from_, self->buf, self->len));
        ASYNC_RETURN(self->n);
    }
    reader_make_room(self->r);
    AWAIT(self->n, reader_fill(self->r));
    if (self->n > 0)
        self->n = (ptrdiff_t)reader_take(self->r, self->buf, self->len);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

/* What fits into the buffer is gathered there first, what does not is read past
 * it. */
ASYNC_DEFINE(int, nr_reader_exact,
             ((nr_reader *, r), (void *, buf), (size_t, len)), ptrdiff_t n;
             size_t taken; int error;)
{
    ASYNC_BEGIN(nr_reader_exact);
    if (self->len > self->r->size_) {
        self->taken = reader_take(self->r, self->buf, self->len);
        AWAIT(self->error, nr_stream_read_exact(self->r->from_,
                                                (char *)self->buf + self->taken,
                                                self->len - self->taken));
        ASYNC_RETURN(self->error);
    }
    while (nr_reader_buffered(self->r) < self->len) {
        if (self->r->start_ + self->len > self->r->size_)
            reader_make_room(self->r);
        AWAIT(self->n, reader_fill(self->r));
        if (self->n <= 0)
            ASYNC_RETURN(self->n < 0 ? (int)self->n : -ENODATA);
    }
    reader_take(self->r, self->buf, self->len);
    ASYNC_RETURN(0);
    ASYNC_END;
}
