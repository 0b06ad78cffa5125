// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/tcp_helpers.h"

namespace
{

// On one worker, so what is spawned has begun to wait after a yield.
ASYNC_FN(void, close_under_waiters, (), pair p; JOIN_HANDLE(read_one) reader;
         JOIN_HANDLE(write_endlessly) writer; ptrdiff_t n; int err; char c;)
{
    ASYNC_BEGIN(close_under_waiters);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    self->reader = SPAWN(read_one(self->p.client));
    self->writer = SPAWN(write_endlessly(self->p.client));
    // A second writer is turned away once the first one waits.
    do {
        YIELD_NOW();
        AWAIT(self->n, nr_stream_write(self->p.client, "x", 1));
    } while (self->n != -EBUSY);
    nr_stream_close(self->p.client);
    self->p.client = nullptr;
    AWAIT(self->n, JOIN(self->reader));
    EXPECT_EQ(self->n, -ECANCELED);
    AWAIT(self->err, JOIN(self->writer));
    EXPECT_EQ(self->err, -ECANCELED);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpClose, CloseCancelsWhoeverWaits)
{
    Runtime rt(1);
    BLOCK_ON(rt, close_under_waiters());
}

ASYNC_FN(void, close_with_a_waiter_left, (), pair p;
         JOIN_HANDLE(read_one) reader; ptrdiff_t n; int fds;)
{
    ASYNC_BEGIN(close_with_a_waiter_left);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    self->reader = SPAWN(read_one(self->p.client));
    YIELD_NOW();
    self->fds = count_fds();
    nr_stream_close(self->p.client);
    self->p.client = nullptr;
    // The waiter has not run, this task is: still the descriptor is gone.
    EXPECT_EQ(count_fds(), self->fds - 1);
    EXPECT_FALSE(IS_FINISHED(self->reader));
    AWAIT(self->n, read_one(self->p.server));
    EXPECT_EQ(self->n, 0);
    AWAIT(self->n, JOIN(self->reader));
    EXPECT_EQ(self->n, -ECANCELED);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpClose, CloseTakesEffectBeforeTheWaitersKnow)
{
    Runtime rt(1);
    BLOCK_ON(rt, close_with_a_waiter_left());
}

ASYNC_FN(void, reset_peer, (), pair p; ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(reset_peer);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    AWAIT(self->err, nr_stream_write_all(self->p.server, "xy", 2));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->n, read_one(self->p.client));
    EXPECT_EQ(self->n, 1);
    // In a simulation the second byte may still be on its way.
    AWAIT(nr_sleep_ms(2));
    // Closing with something unread resets the connection.
    nr_stream_close(self->p.client);
    self->p.client = nullptr;
    AWAIT(self->n, read_one(self->p.server));
    EXPECT_EQ(self->n, -ECONNRESET);
    // Systems tell a reset once, or each time they are asked.
    AWAIT(self->n, read_one(self->p.server));
    EXPECT_TRUE(self->n == 0 || self->n == -ECONNRESET) << self->n;
    AWAIT(self->n, nr_stream_write(self->p.server, "z", 1));
    EXPECT_TRUE(self->n == -EPIPE || self->n == -ECONNRESET) << self->n;
    AWAIT(self->err, nr_stream_shutdown(self->p.server, NR_SHUT_WR));
    EXPECT_TRUE(self->err == -ENOTCONN || self->err == 0) << self->err;
    {
        nr_addr a = addr_of("1.2.3.4:5");
        EXPECT_EQ(nr_tcp_peer_addr(self->p.server, &a), -ENOTCONN);
        EXPECT_EQ(text_of(a), "1.2.3.4:5");
    }
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpClose, CloseWithDataUnreadResetsThePeer)
{
    Runtime rt(1);
    BLOCK_ON(rt, reset_peer());
}

ASYNC_FN(void, write_to_nobody, (), pair p; int err;)
{
    ASYNC_BEGIN(write_to_nobody);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    nr_stream_close(self->p.server);
    self->p.server = nullptr;
    AWAIT(self->err, write_endlessly(self->p.client));
    EXPECT_TRUE(self->err == -EPIPE || self->err == -ECONNRESET)
        << nr_strerror(self->err);
    AWAIT(self->err, nr_stream_write_all(self->p.client, "x", 1));
    EXPECT_TRUE(self->err == -EPIPE || self->err == -ECONNRESET)
        << nr_strerror(self->err);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

// SIGPIPE would end this process.
TEST(TcpClose, WritingToAClosedPeerIsAnErrorAndNoSignal)
{
    Runtime rt(1);
    BLOCK_ON(rt, write_to_nobody());
}

ASYNC_FN(void, half_close, (), pair p; char buf[8]; ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(half_close);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    AWAIT(self->err, nr_stream_write_all(self->p.client, "last", 4));
    EXPECT_EQ(self->err, 0);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->p.client, NR_SHUT_WR));
    AWAIT(self->n, nr_stream_write(self->p.client, "x", 1));
    EXPECT_EQ(self->n, -EPIPE);
    AWAIT(self->err, nr_stream_read_exact(self->p.server, self->buf, 4));
    EXPECT_EQ(self->err, 0);
    EXPECT_EQ(std::string(self->buf, 4), "last");
    AWAIT(self->n, read_one(self->p.server));
    EXPECT_EQ(self->n, 0);
    AWAIT(self->n, read_one(self->p.server));
    EXPECT_EQ(self->n, 0);
    // The other direction still works.
    AWAIT(self->err, nr_stream_write_all(self->p.server, "back", 4));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->err, nr_stream_read_exact(self->p.client, self->buf, 4));
    EXPECT_EQ(self->err, 0);
    EXPECT_EQ(std::string(self->buf, 4), "back");
    EXPECT_AWAITED(0, nr_stream_shutdown(self->p.client, NR_SHUT_WR));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->p.server, NR_SHUT_WR));
    AWAIT(self->n, read_one(self->p.client));
    EXPECT_EQ(self->n, 0);
    AWAIT(self->err, nr_stream_shutdown(self->p.client, NR_SHUT_RDWR));
    EXPECT_TRUE(self->err == -ENOTCONN || self->err == 0) << self->err;
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpShutdown, ShutdownOfWritingIsTheEndForThePeerOnly)
{
    Runtime rt(1);
    BLOCK_ON(rt, half_close());
}

// What a reader that waits and later calls see after `how`, at both ends.
ASYNC_FN(void, shut, ((int, how)), pair p; JOIN_HANDLE(read_one) here, there;
         ptrdiff_t n;)
{
    ASYNC_BEGIN(shut);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    self->here = SPAWN(read_one(self->p.client));
    self->there = SPAWN(read_one(self->p.server));
    YIELD_NOW();
    EXPECT_AWAITED(-EINVAL, nr_stream_shutdown(self->p.client, 3));
    EXPECT_AWAITED(-EINVAL, nr_stream_shutdown(self->p.client, -1));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->p.client, self->how));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->p.client, self->how));
    if (self->how != NR_SHUT_WR) {
        AWAIT(self->n, JOIN(self->here));
        EXPECT_EQ(self->n, 0);
    }
    if (self->how != NR_SHUT_RD) {
        AWAIT(self->n, JOIN(self->there));
        EXPECT_EQ(self->n, 0);
        AWAIT(self->n, nr_stream_write(self->p.client, "x", 1));
        EXPECT_EQ(self->n, -EPIPE);
    }
    nr_stream_close(self->p.client);
    self->p.client = nullptr;
    if (self->how == NR_SHUT_WR) {
        AWAIT(self->n, JOIN(self->here));
        EXPECT_EQ(self->n, -ECANCELED);
    }
    if (self->how == NR_SHUT_RD) {
        AWAIT(self->n, JOIN(self->there));
        EXPECT_EQ(self->n, 0);
    }
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpShutdown, EachShutdownWakesWhomItConcerns)
{
    Runtime rt(1);
    for (int how : {NR_SHUT_RD, NR_SHUT_WR, NR_SHUT_RDWR}) {
        SCOPED_TRACE(how);
        BLOCK_ON(rt, shut(how));
    }
}

} // namespace
