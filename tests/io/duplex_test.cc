// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/stream_helpers.h"

// Pairs in memory.

namespace
{

ASYNC_FN(void, send_many, ((nr_stream *, s), (size_t, all)), size_t i, len;
         ptrdiff_t n; char buf[100];)
{
    ASYNC_BEGIN(send_many);
    while (self->i < self->all) {
        self->len = 1 + self->i % sizeof self->buf;
        if (self->len > self->all - self->i)
            self->len = self->all - self->i;
        for (size_t k = 0; k < self->len; k++)
            self->buf[k] = pattern(self->i + k);
        AWAIT(self->n, nr_stream_write(self->s, self->buf, self->len));
        EXPECT_GT(self->n, 0);
        if (self->n <= 0)
            ASYNC_RETURN();
        self->i += (size_t)self->n;
    }
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    ASYNC_END;
}

ASYNC_FN(size_t, receive_many, ((nr_stream *, s)), size_t i; ptrdiff_t n;
         char buf[70];)
{
    ASYNC_BEGIN(receive_many);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf,
                                      1 + self->i % sizeof self->buf));
        for (ptrdiff_t k = 0; k < self->n; k++, self->i++)
            EXPECT_EQ(self->buf[k], pattern(self->i));
    } while (self->n > 0);
    EXPECT_EQ(self->n, 0);
    ASYNC_RETURN(self->i);
    ASYNC_END;
}

ASYNC_FN(void, pass_many, ((nr_stream *, a), (nr_stream *, b), (size_t, all)),
         size_t n;)
{
    ASYNC_BEGIN(pass_many);
    DETACH(SPAWN(send_many(self->a, self->all)));
    AWAIT(self->n, receive_many(self->b));
    EXPECT_EQ(self->n, self->all);
    ASYNC_FINALLY;
    nr_stream_close(self->b);
    ASYNC_END;
}

TEST_F(Stream, DuplexPassesEveryByteInOrder)
{
    for (size_t capacity : {1, 2, 64, 100, 65536})
        with_duplex(capacity, [&](nr_stream *a, nr_stream *b) {
            size_t all = IS_SIM ? 500 : capacity < 64 ? 20000 : 1000000;
            BLOCK_ON(rt, pass_many(a, b, all));
        });
}

ASYNC_FN(ptrdiff_t, read_into, ((nr_stream *, s), (char *, buf)), ptrdiff_t n;)
{
    ASYNC_BEGIN(read_into);
    AWAIT(self->n, nr_stream_read(self->s, self->buf, 4));
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, close_under_a_read, ((nr_stream *, a), (nr_stream *, b)),
         JOIN_HANDLE(read_into) reader;
         ptrdiff_t n; char buf[4];)
{
    ASYNC_BEGIN(close_under_a_read);
    self->reader = SPAWN(read_into(self->a, self->buf));
    YIELD_NOW(); // it waits then
    EXPECT_AWAITED(-EBUSY, nr_stream_read(self->a, self->buf, 1));
    nr_stream_close(self->a);
    AWAIT(self->n, JOIN(self->reader));
    EXPECT_EQ(self->n, -ECANCELED);
    EXPECT_AWAITED(-EPIPE, nr_stream_write(self->b, "x", 1));
    EXPECT_AWAITED(0, nr_stream_read(self->b, self->buf, 1));
    nr_stream_close(self->b);
    ASYNC_END;
}

TEST_F(Stream, DuplexCloseWakesTheReaderOfItsOwnEnd)
{
    Runtime one(1);
    with_duplex(1, [&](nr_stream *a, nr_stream *b) {
        BLOCK_ON(one, close_under_a_read(a, b));
    });
}

ASYNC_FN(ptrdiff_t, fill, ((nr_stream *, s)), ptrdiff_t n;)
{
    ASYNC_BEGIN(fill);
    do {
        AWAIT(self->n, nr_stream_write(self->s, "abcd", 4));
    } while (self->n > 0);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, close_under_a_write, ((nr_stream *, a), (nr_stream *, b)),
         JOIN_HANDLE(fill) writer;
         ptrdiff_t n; char buf[4];)
{
    ASYNC_BEGIN(close_under_a_write);
    self->writer = SPAWN(fill(self->a));
    YIELD_NOW(); // it waits then
    EXPECT_AWAITED(-EBUSY, nr_stream_write(self->a, "x", 1));
    nr_stream_close(self->b);
    AWAIT(self->n, JOIN(self->writer));
    EXPECT_EQ(self->n, -EPIPE);
    EXPECT_AWAITED(0, nr_stream_read(self->a, self->buf, 1));
    nr_stream_close(self->a);
    ASYNC_END;
}

TEST_F(Stream, DuplexCloseWakesTheWriterOfTheOtherEnd)
{
    Runtime one(1);
    with_duplex(2, [&](nr_stream *a, nr_stream *b) {
        BLOCK_ON(one, close_under_a_write(a, b));
    });
}

ASYNC_FN(void, read_what_was_written, ((nr_stream *, a), (nr_stream *, b)),
         char buf[8];)
{
    ASYNC_BEGIN(read_what_was_written);
    EXPECT_AWAITED(3, nr_stream_write(self->a, "abc", 3));
    nr_stream_close(self->a);
    EXPECT_AWAITED(2, nr_stream_read(self->b, self->buf, 2));
    EXPECT_AWAITED(1, nr_stream_read(self->b, self->buf, 2));
    EXPECT_AWAITED(0, nr_stream_read(self->b, self->buf, 2));
    nr_stream_close(self->b);
    ASYNC_END;
}

TEST_F(Stream, DuplexReadsWhatWasWrittenBeforeTheClose)
{
    with_duplex(3, [&](nr_stream *a, nr_stream *b) {
        BLOCK_ON(rt, read_what_was_written(a, b));
    });
}

ASYNC_FN(void, shut_down_each_way, ((nr_stream *, a), (nr_stream *, b)),
         char c;)
{
    ASYNC_BEGIN(shut_down_each_way);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->a, NR_SHUT_WR));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->a, NR_SHUT_WR));
    EXPECT_AWAITED(-EPIPE, nr_stream_write(self->a, "x", 1));
    EXPECT_AWAITED(0, nr_stream_read(self->b, &self->c, 1));
    EXPECT_AWAITED(1, nr_stream_write(self->b, "y", 1));
    EXPECT_AWAITED(1, nr_stream_read(self->a, &self->c, 1));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->a, NR_SHUT_RD));
    EXPECT_AWAITED(0, nr_stream_read(self->a, &self->c, 1));
    EXPECT_AWAITED(-EPIPE, nr_stream_write(self->b, "z", 1));
    nr_stream_close(self->a);
    nr_stream_close(self->b);
    ASYNC_END;
}

TEST_F(Stream, DuplexShutsDownEachDirection)
{
    with_duplex(3, [&](nr_stream *a, nr_stream *b) {
        BLOCK_ON(rt, shut_down_each_way(a, b));
    });
}

ASYNC_FN(void, cancel_waits, ((nr_stream *, a), (nr_stream *, b)), char buf[4];
         ptrdiff_t n; int i;)
{
    ASYNC_BEGIN(cancel_waits);
    for (; self->i < 10; self->i++) {
        AWAIT(self->n, TIMEOUT_MS(0, nr_stream_read(self->a, self->buf, 4)));
        EXPECT_EQ(self->n, -ETIMEDOUT);
        EXPECT_AWAITED(4, nr_stream_write(self->a, "abcd", 4));
        AWAIT(self->n, TIMEOUT_MS(0, nr_stream_write(self->a, "efgh", 4)));
        EXPECT_EQ(self->n, -ETIMEDOUT);
        EXPECT_AWAITED(4, nr_stream_read(self->b, self->buf, 4));
        EXPECT_EQ(std::string(self->buf, 4), "abcd");
    }
    nr_stream_close(self->b);
    nr_stream_close(self->a);
    ASYNC_END;
}

TEST_F(Stream, DuplexLosesNothingToACancelledWait)
{
    with_duplex(4, [&](nr_stream *a, nr_stream *b) {
        BLOCK_ON(rt, cancel_waits(a, b));
    });
}

enum { MORE_THAN_THE_BUDGET = 500 };

ASYNC_FN(ptrdiff_t, read_singly, ((nr_stream *, s)), char c; ptrdiff_t n;
         int count;)
{
    ASYNC_BEGIN(read_singly);
    do {
        AWAIT(self->n, nr_stream_read(self->s, &self->c, 1));
        self->count += self->n > 0;
    } while (self->n > 0);
    EXPECT_LT(self->count, MORE_THAN_THE_BUDGET);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, close_under_want_of_budget, ((nr_stream *, a), (nr_stream *, b)),
         char buf[MORE_THAN_THE_BUDGET];
         JOIN_HANDLE(read_singly) reader; ptrdiff_t n;)
{
    ASYNC_BEGIN(close_under_want_of_budget);
    EXPECT_AWAITED(MORE_THAN_THE_BUDGET,
                   nr_stream_write(self->b, self->buf, sizeof self->buf));
    self->reader = SPAWN(read_singly(self->a));
    YIELD_NOW(); // the reader runs until its budget is spent
    nr_stream_close(self->a);
    nr_stream_close(self->b);
    AWAIT(self->n, JOIN(self->reader));
    EXPECT_EQ(self->n, -ECANCELED);
    ASYNC_END;
}

TEST_F(Stream, DuplexOutlivesAReaderThatIsOutOfBudget)
{
    Runtime one(1);
    with_duplex(MORE_THAN_THE_BUDGET, [&](nr_stream *a, nr_stream *b) {
        BLOCK_ON(one, close_under_want_of_budget(a, b));
    });
}

TEST_F(Stream, DuplexRefusesNoCapacityAndTooMuch)
{
    nr_stream *ends[2];
    EXPECT_EQ(nr_duplex(0, ends), -EINVAL);
    EXPECT_EQ(nr_duplex(SIZE_MAX, ends), -ENOMEM);
    EXPECT_EQ(nr_duplex(SIZE_MAX / 2, ends), -ENOMEM);
}

} // namespace
