// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/stream_helpers.h"

namespace
{

enum { LEN = IS_SIM ? 3000 : 300000 };

ASYNC_FN(void, send_pattern, ((nr_stream *, s), (size_t, len)), size_t i, n;
         char buf[1000]; int err;)
{
    ASYNC_BEGIN(send_pattern);
    for (; self->i < self->len && !self->err; self->i += self->n) {
        self->n = self->len - self->i < 1000 ? self->len - self->i : 1000;
        for (size_t k = 0; k < self->n; k++)
            self->buf[k] = pattern(self->i + k);
        AWAIT(self->err, nr_stream_write_all(self->s, self->buf, self->n));
        EXPECT_EQ(self->err, 0);
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_END;
}

ASYNC_FN(size_t, check_pattern, ((nr_stream *, s)), size_t i; ptrdiff_t n;
         char buf[700];)
{
    ASYNC_BEGIN(check_pattern);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf, sizeof self->buf));
        for (ptrdiff_t k = 0; k < self->n; k++, self->i++)
            EXPECT_EQ(self->buf[k], pattern(self->i));
    } while (self->n > 0);
    EXPECT_EQ(self->n, 0);
    ASYNC_RETURN(self->i);
    ASYNC_END;
}

// Two connections with a relay between them.
struct line {
    pair left, right;
    uint64_t counts[2];
};

ASYNC_FN(int, line_open, ((line *, l)), int err;)
{
    ASYNC_BEGIN(line_open);
    AWAIT(self->err, pair_open(&self->l->left, "127.0.0.1:0"));
    if (!self->err)
        AWAIT(self->err, pair_open(&self->l->right, "127.0.0.1:0"));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

void line_close(line *l)
{
    pair_close(&l->left);
    pair_close(&l->right);
}

ASYNC_FN(int, relay, ((line *, l)), int err;)
{
    ASYNC_BEGIN(relay);
    AWAIT(self->err, nr_copy_both(self->l->left.server, self->l->right.client,
                                  self->l->counts));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

// Then one byte more: the copy has not ended the writing.
ASYNC_FN(void, copy_and_add,
         ((nr_stream *, to), (nr_stream *, from), (size_t, len)),
         uint64_t count;
         char last;)
{
    ASYNC_BEGIN(copy_and_add);
    EXPECT_AWAITED(0, nr_copy(self->to, self->from, &self->count));
    EXPECT_EQ(self->count, (uint64_t)self->len);
    self->last = pattern(self->len);
    EXPECT_AWAITED(1, nr_stream_write(self->to, &self->last, 1));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->to, NR_SHUT_WR));
    ASYNC_END;
}

ASYNC_FN(void, copy_one_way, ((line *, l), (size_t, len)), size_t n; int err;)
{
    ASYNC_BEGIN(copy_one_way);
    AWAIT(self->err, line_open(self->l));
    if (self->err)
        ASYNC_RETURN();
    AWAIT(ALL(
        send_pattern(self->l->left.client, self->len),
        copy_and_add(self->l->right.client, self->l->left.server, self->len),
        INTO(&self->n, check_pattern(self->l->right.server))));
    EXPECT_EQ(self->n, self->len + 1);
    ASYNC_FINALLY;
    line_close(self->l);
    ASYNC_END;
}

TEST_F(Stream, CopyReadsToTheEndAndEndsNothing)
{
    line l = {};
    BLOCK_ON(rt, copy_one_way(&l, LEN));
}

// So much that the kernel may move some of it.
TEST_F(Stream, CopyOfMuchKeepsEveryByte)
{
    line l = {};
    BLOCK_ON(rt, copy_one_way(&l, IS_SIM ? 400000 : 10000000));
}

// The left peer ends first; the right one's answer is still passed on.
ASYNC_FN(void, half_close, ((line *, l)), JOIN_HANDLE(relay) relay_task;
         size_t n; int err;)
{
    ASYNC_BEGIN(half_close);
    AWAIT(self->err, line_open(self->l));
    if (self->err)
        ASYNC_RETURN();
    self->relay_task = SPAWN(relay(self->l));
    AWAIT(ALL(send_pattern(self->l->left.client, LEN),
              INTO(&self->n, check_pattern(self->l->right.server))));
    EXPECT_EQ(self->n, (size_t)LEN);
    AWAIT(nr_sleep_ms(2));
    EXPECT_FALSE(IS_FINISHED(self->relay_task));
    AWAIT(ALL(send_pattern(self->l->right.server, LEN / 2),
              INTO(&self->n, check_pattern(self->l->left.client))));
    EXPECT_EQ(self->n, (size_t)LEN / 2);
    AWAIT(self->err, JOIN(self->relay_task));
    EXPECT_EQ(self->err, 0);
    EXPECT_EQ(self->l->counts[0], (uint64_t)LEN);
    EXPECT_EQ(self->l->counts[1], (uint64_t)LEN / 2);
    ASYNC_FINALLY;
    line_close(self->l);
    ASYNC_END;
}

TEST_F(Stream, CopyBothPassesAnEndOnAndGoesOnTheOtherWay)
{
    line l = {};
    BLOCK_ON(rt, half_close(&l));
}

// The right peer resets: the direction that waits for the left one ends too.
ASYNC_FN(void, reset_one, ((line *, l)), JOIN_HANDLE(relay) relay_task;
         int err;)
{
    ASYNC_BEGIN(reset_one);
    AWAIT(self->err, line_open(self->l));
    if (self->err)
        ASYNC_RETURN();
    self->relay_task = SPAWN(relay(self->l));
    AWAIT(nr_sleep_ms(1));
    EXPECT_EQ(nr_tcp_set_linger(self->l->right.server, 0), 0);
    nr_stream_close(self->l->right.server);
    self->l->right.server = nullptr;
    AWAIT(self->err, JOIN(self->relay_task));
    EXPECT_EQ(self->err, -ECONNRESET);
    EXPECT_EQ(self->l->counts[0] + self->l->counts[1], 0u);
    ASYNC_FINALLY;
    line_close(self->l);
    ASYNC_END;
}

TEST_F(Stream, CopyBothEndsWithTheFirstError)
{
    line l = {};
    BLOCK_ON(rt, reset_one(&l));
}

// A peer that does not read: what is held is bounded. Cancelled, the copy has
// closed nothing, and its count says what was written.
ASYNC_FN(void, never_read, ((line *, l)), uint64_t written; ptrdiff_t n;
         int err; char buf[65536];)
{
    ASYNC_BEGIN(never_read);
    AWAIT(self->err, line_open(self->l));
    if (self->err)
        ASYNC_RETURN();
    AWAIT(self->err,
          TIMEOUT_MS(
              20, ALL(relay(self->l), write_endlessly(self->l->left.client))));
    EXPECT_EQ(self->err, -ETIMEDOUT);
    EXPECT_EQ(self->l->counts[1], 0u);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->l->right.client, NR_SHUT_WR));
    do {
        AWAIT(self->n, nr_stream_read(self->l->right.server, self->buf,
                                      sizeof self->buf));
        EXPECT_GE(self->n, 0);
        self->written += (uint64_t)(self->n > 0 ? self->n : 0);
    } while (self->n > 0);
    EXPECT_GT(self->written, 0u);
    EXPECT_EQ(self->written, self->l->counts[0]);
    ASYNC_FINALLY;
    line_close(self->l);
    ASYNC_END;
}

TEST_F(Stream, CopyBothThatIsCancelledCountsWhatWasWritten)
{
    line l = {};
    BLOCK_ON(rt, never_read(&l));
}

// The peer sends more than the server reads; closing at once would reset, and
// the answer might not arrive.
ASYNC_FN(int, answer_and_finish, ((nr_stream *, s), (uint64_t, ms)), char c;
         int err;)
{
    ASYNC_BEGIN(answer_and_finish);
    EXPECT_AWAITED(1, nr_stream_read(self->s, &self->c, 1));
    EXPECT_AWAITED(0, nr_stream_write_all(self->s, "answer", 6));
    AWAIT(self->err, nr_stream_finish(self->s, self->ms));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

ASYNC_FN(void, finish_under_input, ((line *, l)), char buf[6]; int err;)
{
    ASYNC_BEGIN(finish_under_input);
    AWAIT_PAIR(&self->l->left, "127.0.0.1:0");
    AWAIT(
        ALL(send_pattern(self->l->left.client, LEN),
            INTO(&self->err, answer_and_finish(self->l->left.server, 100000))));
    EXPECT_EQ(self->err, 0);
    nr_stream_close(self->l->left.server);
    self->l->left.server = nullptr;
    EXPECT_AWAITED(0, nr_stream_read_exact(self->l->left.client, self->buf, 6));
    EXPECT_EQ(std::string(self->buf, 6), "answer");
    EXPECT_AWAITED(0, nr_stream_read(self->l->left.client, self->buf, 1));
    EXPECT_AWAITED(0, nr_stream_finish(self->l->left.client, 100000));
    ASYNC_FINALLY;
    pair_close(&self->l->left);
    ASYNC_END;
}

TEST_F(Stream, FinishLetsAPeerThatStillSendsHaveTheAnswer)
{
    line l = {};
    BLOCK_ON(rt, finish_under_input(&l));
}

ASYNC_FN(void, finish_a_silent_one, ((line *, l)))
{
    ASYNC_BEGIN(finish_a_silent_one);
    AWAIT_PAIR(&self->l->left, "127.0.0.1:0");
    EXPECT_AWAITED(-ETIMEDOUT, nr_stream_finish(self->l->left.server, 1));
    ASYNC_FINALLY;
    pair_close(&self->l->left);
    ASYNC_END;
}

TEST_F(Stream, FinishIsBounded)
{
    line l = {};
    BLOCK_ON(rt, finish_a_silent_one(&l));
}

} // namespace
