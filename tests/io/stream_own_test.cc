// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/stream_helpers.h"

// Streams of a program's own: what is made of their operations, over another
// stream, one over the other.

namespace
{

// Passes everything on to `inner`, every letter turned into the other case, and
// at most three bytes at a time.
struct swap {
    nr_stream base;
    nr_stream *inner;
    int reads_cleaned, closes;
};

char swapped(char c)
{
    return isupper(c) ? (char)tolower(c) : (char)toupper(c);
}

ASYNC_FN(ptrdiff_t, swap_read, ((swap *, s), (char *, buf), (size_t, len)),
         ptrdiff_t n;)
{
    ASYNC_BEGIN(swap_read);
    EXPECT_GT(self->len, 0u);
    AWAIT(self->n, nr_stream_read(self->s->inner, self->buf,
                                  self->len < 3 ? self->len : 3));
    for (ptrdiff_t i = 0; i < self->n; i++)
        self->buf[i] = swapped(self->buf[i]);
    ASYNC_RETURN(self->n);
    ASYNC_FINALLY;
    self->s->reads_cleaned++;
    ASYNC_END;
}

ASYNC_FN(ptrdiff_t, swap_write,
         ((swap *, s), (const char *, buf), (size_t, len)), char piece[3];
         ptrdiff_t n;)
{
    ASYNC_BEGIN(swap_write);
    EXPECT_GT(self->len, 0u);
    if (self->len > sizeof self->piece)
        self->len = sizeof self->piece;
    for (size_t i = 0; i < self->len; i++)
        self->piece[i] = swapped(self->buf[i]);
    AWAIT(self->n, nr_stream_write(self->s->inner, self->piece, self->len));
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

nr_stream_size_future *swap_read_op(nr_stream *s, void *buf, size_t len)
{
    return (nr_stream_size_future *)swap_read((swap *)s, (char *)buf, len);
}

nr_stream_size_future *swap_write_op(nr_stream *s, const void *buf, size_t len)
{
    return (nr_stream_size_future *)swap_write((swap *)s, (const char *)buf,
                                               len);
}

nr_stream_int_future *swap_shutdown_op(nr_stream *s, int how)
{
    return nr_stream_shutdown(((swap *)s)->inner, how);
}

void swap_close_op(nr_stream *s)
{
    ((swap *)s)->closes++;
    nr_stream_close(((swap *)s)->inner);
}

const nr_stream_ops swap_ops = {"swap", swap_read_op, swap_write_op,
                                swap_shutdown_op, swap_close_op};

swap swap_over(nr_stream *inner)
{
    swap s = {};
    s.base.ops = &swap_ops;
    s.inner = inner;
    return s;
}

ASYNC_FN(void, use_every_call, ((swap *, s), (nr_stream *, peer)), char buf[8];
         nr_iovec v[3]; ptrdiff_t n;)
{
    ASYNC_BEGIN(use_every_call);
    EXPECT_AWAITED(0, nr_stream_write_all(self->peer, "helloWORLD", 10));
    EXPECT_AWAITED(3, nr_stream_read(&self->s->base, self->buf, 8));
    EXPECT_EQ(std::string(self->buf, 3), "HEL");
    EXPECT_AWAITED(0, nr_stream_read(&self->s->base, self->buf, 0));
    EXPECT_AWAITED(0, nr_stream_read_exact(&self->s->base, self->buf, 5));
    EXPECT_EQ(std::string(self->buf, 5), "LOwor");
    self->v[0] = {self->buf, 0};
    self->v[1] = {self->buf, 1};
    self->v[2] = {self->buf + 1, 1};
    EXPECT_AWAITED(1, nr_stream_readv(&self->s->base, self->v, 3));
    EXPECT_AWAITED(-EINVAL, nr_stream_readv(&self->s->base, self->v, -1));
    EXPECT_AWAITED(-EINVAL, nr_stream_shutdown(&self->s->base, 3));
    EXPECT_AWAITED(0, nr_stream_write_all(&self->s->base, "Goodbye", 7));
    EXPECT_AWAITED(1, nr_stream_writev(&self->s->base, self->v, 3));
    EXPECT_AWAITED(0, nr_stream_shutdown(&self->s->base, NR_SHUT_WR));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->peer, self->buf, 8));
    EXPECT_EQ(std::string(self->buf, 8), "gOODBYEL");
    EXPECT_AWAITED(0, nr_stream_read(self->peer, self->buf, 1));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->peer, NR_SHUT_WR));
    EXPECT_AWAITED(-ENODATA,
                   nr_stream_read_exact(&self->s->base, self->buf, 8));
    ASYNC_END;
}

TEST_F(Stream, AStreamOfOnesOwnHasEveryCall)
{
    with_duplex(100, [&](nr_stream *a, nr_stream *b) {
        swap s = swap_over(a);
        BLOCK_ON(rt, use_every_call(&s, b));
        nr_stream_close(&s.base);
        EXPECT_EQ(s.closes, 1);
        nr_stream_close(b);
    });
}

TEST_F(Stream, AStreamOverAStreamOverAStream)
{
    with_duplex(100, [&](nr_stream *a, nr_stream *b) {
        swap inner = swap_over(a), middle = swap_over(&inner.base);
        swap outer = swap_over(&middle.base);
        BLOCK_ON(rt, use_every_call(&outer, b));
        nr_stream_close(&outer.base);
        EXPECT_EQ(inner.closes + middle.closes, 2);
        nr_stream_close(b);
    });
}

ASYNC_FN(void, cancel_a_read, ((swap *, s), (nr_stream *, peer)), char c;
         int err; ptrdiff_t n;)
{
    ASYNC_BEGIN(cancel_a_read);
    AWAIT(self->err,
          TIMEOUT_MS(1, nr_stream_read(&self->s->base, &self->c, 1), &self->n));
    EXPECT_EQ(self->err, -ETIMEDOUT);
    EXPECT_EQ(self->s->reads_cleaned, 1);
    EXPECT_AWAITED(1, nr_stream_write(self->peer, "x", 1));
    EXPECT_AWAITED(1, nr_stream_read(&self->s->base, &self->c, 1));
    EXPECT_EQ(self->c, 'X');
    ASYNC_END;
}

TEST_F(Stream, ACancelledReadOfOnesOwnRunsItsFinallyAndLosesNothing)
{
    with_duplex(1, [&](nr_stream *a, nr_stream *b) {
        swap s = swap_over(a);
        BLOCK_ON(rt, cancel_a_read(&s, b));
        EXPECT_EQ(s.reads_cleaned, 2);
        nr_stream_close(&s.base);
        nr_stream_close(b);
    });
}

ASYNC_FN(void, refuse_tcp_calls, ((nr_stream *, s)), nr_addr addr;)
{
    ASYNC_BEGIN(refuse_tcp_calls);
    EXPECT_EQ(nr_tcp_set_nodelay(self->s, true), -ENOTSUP);
    EXPECT_EQ(nr_tcp_set_keepalive(self->s, 1, 1, 1), -ENOTSUP);
    EXPECT_EQ(nr_tcp_set_linger(self->s, 0), -ENOTSUP);
    EXPECT_EQ(nr_tcp_local_addr(self->s, &self->addr), -ENOTSUP);
    EXPECT_EQ(nr_tcp_peer_addr(self->s, &self->addr), -ENOTSUP);
    ASYNC_END;
}

TEST_F(Stream, AStreamThatIsNotTcpHasNoneOfItsCalls)
{
    with_duplex(1, [&](nr_stream *a, nr_stream *b) {
        BLOCK_ON(rt, refuse_tcp_calls(a));
        nr_stream_close(a);
        nr_stream_close(b);
    });
}

TEST_F(Stream, CloseOfNullIsFine)
{
    nr_stream_close(nullptr);
    nr_listener_close(nullptr);
}

} // namespace
