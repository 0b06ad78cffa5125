// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/system_socket.h"
#include "tests/io/tcp_helpers.h"

// Peers that reset the connection at every point of its life, and buffers so
// small that hardly a write is whole.

namespace
{

// ---- resets ----

// Closes it such that its peer is told of a reset, not of the end.
void reset(nr_stream **s)
{
    struct linger at_once = {1, 0};
    set_option(*s, SO_LINGER, at_once);
    nr_stream_close(*s);
    *s = nullptr;
}

// Where the error is told once, the other finds a connection that is gone.
ASYNC_FN(void, be_reset_while_waiting, (), pair p; JOIN_HANDLE(read_one) reader;
         JOIN_HANDLE(write_endlessly) writer; ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(be_reset_while_waiting);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    self->reader = SPAWN(read_one(self->p.server));
    self->writer = SPAWN(write_endlessly(self->p.server));
    do { // until the writer waits, and a second one is turned away
        YIELD_NOW();
        AWAIT(self->n, nr_stream_write(self->p.server, "x", 1));
    } while (self->n != -EBUSY);
    reset(&self->p.client);
    AWAIT(self->n, JOIN(self->reader));
    AWAIT(self->err, JOIN(self->writer));
    EXPECT_TRUE(self->n == -ECONNRESET || self->n == 0) << self->n;
    EXPECT_TRUE(self->err == -ECONNRESET || self->err == -EPIPE) << self->err;
    EXPECT_TRUE(self->n == -ECONNRESET || self->err == -ECONNRESET);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpReset, AResetWakesTheReaderAndTheWriter)
{
    Runtime rt(1);
    BLOCK_ON(rt, be_reset_while_waiting());
}

// Windows may fail the accept instead, which then goes on to the next.
enum { ACCEPTED_MIN = IS_WINDOWS ? 0 : 1 };

// In the backlog there are one that was reset and a sound one, in this order.
// Returns how many of the former were accepted, the other is the pair's.
ASYNC_FN(int, accept_reset_and_sound, ((pair *, p)), nr_addr sound, peer;
         nr_stream * accepted; ptrdiff_t n; int err, resets;)
{
    ASYNC_BEGIN(accept_reset_and_sound);
    EXPECT_EQ(nr_tcp_local_addr(self->p->client, &self->sound), 0);
    for (;;) {
        AWAIT(self->err, nr_listener_accept(self->p->listener, &self->accepted,
                                            &self->peer));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
        if (self->err)
            break;
        if (nr_addr_port(&self->peer) == nr_addr_port(&self->sound)) {
            self->p->server = self->accepted;
            break;
        }
        self->resets++;
        AWAIT(self->n, read_one(self->accepted));
        EXPECT_EQ(self->n, -ECONNRESET);
        EXPECT_EQ(nr_tcp_peer_addr(self->accepted, &self->peer), -ENOTCONN);
        nr_stream_close(self->accepted);
    }
    ASYNC_RETURN(self->resets);
    ASYNC_END;
}

ASYNC_FN(void, be_reset_before_the_accept, (), pair p; ptrdiff_t n;
         int err, fds, resets;)
{
    ASYNC_BEGIN(be_reset_before_the_accept);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    nr_stream_close(self->p.client);
    nr_stream_close(self->p.server);
    self->p.client = self->p.server = nullptr;
    AWAIT(self->err, nr_tcp_connect(&self->p.at, &self->p.client));
    EXPECT_EQ(self->err, 0);
    reset(&self->p.client);
    AWAIT(self->err, nr_tcp_connect(&self->p.at, &self->p.client));
    EXPECT_EQ(self->err, 0);
    self->fds = count_fds();
    AWAIT(self->resets, accept_reset_and_sound(&self->p));
    EXPECT_GE(self->resets, ACCEPTED_MIN);
    EXPECT_LE(self->resets, 1);
    EXPECT_EQ(count_fds(), self->fds + 1); // nothing but the pair's server
    AWAIT(self->err, nr_stream_write_all(self->p.client, "x", 1));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->n, read_one(self->p.server));
    EXPECT_EQ(self->n, 1);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpReset, AResetBeforeTheAcceptFailsTheFirstRead)
{
    Runtime rt(1);
    BLOCK_ON(rt, be_reset_before_the_accept());
}

ASYNC_FN(void, be_reset_after_shutdown, (), pair p;
         JOIN_HANDLE(read_one) reader; ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(be_reset_after_shutdown);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    EXPECT_AWAITED(0, nr_stream_shutdown(self->p.server, NR_SHUT_WR));
    self->reader = SPAWN(read_one(self->p.server));
    YIELD_NOW();
    reset(&self->p.client);
    AWAIT(self->n, JOIN(self->reader));
    EXPECT_EQ(self->n, -ECONNRESET);
    // Windows may tell of it again, and take it for a connection still.
    AWAIT(self->n, read_one(self->p.server));
    EXPECT_TRUE(self->n == 0 || (IS_WINDOWS && self->n == -ECONNRESET))
        << self->n;
    AWAIT(self->err, nr_stream_shutdown(self->p.server, NR_SHUT_WR));
    EXPECT_TRUE(self->err == -ENOTCONN || (IS_WINDOWS && self->err == 0))
        << self->err;
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpReset, AResetAfterAShutdownWakesTheReader)
{
    Runtime rt(1);
    BLOCK_ON(rt, be_reset_after_shutdown());
}

// ---- small buffers ----

// Not that of receiving: smaller than a segment it makes TCP wait for timers.
void shrink_buffer(nr_stream *s)
{
    int least = 1; // the system takes what it can do with
    set_option(s, SO_SNDBUF, least);
}

// Windows takes a write whole where it takes any of it.
enum { PART = 100000, PARTS = 5, PARTIAL_MIN = IS_WINDOWS ? 0 : PARTS };

// Each part by writes that take what they take, and one by write_all.
ASYNC_FN(int, send_parts, ((nr_stream *, s), (const char *, data)), size_t done;
         ptrdiff_t n; int err, i, partial;)
{
    ASYNC_BEGIN(send_parts);
    for (self->i = 0; self->i < PARTS; self->i++) {
        for (self->done = 0; self->done < PART; self->done += (size_t)self->n) {
            AWAIT(self->n, nr_stream_write(self->s, self->data + self->done,
                                           PART - self->done));
            EXPECT_GT(self->n, 0);
            self->partial += (size_t)self->n < PART - self->done;
        }
        AWAIT(self->err, nr_stream_write_all(self->s, self->data, PART));
        EXPECT_EQ(self->err, 0);
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_RETURN(self->partial);
    ASYNC_END;
}

ASYNC_FN(size_t, receive_parts, ((nr_stream *, s)), char buf[1000]; size_t done;
         ptrdiff_t n; size_t wrong;)
{
    ASYNC_BEGIN(receive_parts);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf,
                                      1 + self->done % sizeof self->buf));
        EXPECT_GE(self->n, 0);
        for (ptrdiff_t i = 0; i < self->n; i++)
            self->wrong += self->buf[i] != pattern(self->done++ % PART);
    } while (self->n > 0);
    EXPECT_EQ(self->wrong, 0u);
    ASYNC_RETURN(self->done);
    ASYNC_END;
}

ASYNC_FN(void, squeeze, ((const char *, data)), pair p;
         JOIN_HANDLE(send_parts) w1, w2; JOIN_HANDLE(receive_parts) r1, r2;
         int partial; size_t n;)
{
    ASYNC_BEGIN(squeeze);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    shrink_buffer(self->p.client);
    shrink_buffer(self->p.server);
    self->w1 = SPAWN(send_parts(self->p.client, self->data));
    self->w2 = SPAWN(send_parts(self->p.server, self->data));
    self->r1 = SPAWN(receive_parts(self->p.client));
    self->r2 = SPAWN(receive_parts(self->p.server));
    AWAIT(self->partial, JOIN(self->w1));
    EXPECT_GE(self->partial, PARTIAL_MIN);
    AWAIT(self->partial, JOIN(self->w2));
    EXPECT_GE(self->partial, PARTIAL_MIN);
    AWAIT(self->n, JOIN(self->r1));
    EXPECT_EQ(self->n, 2u * PARTS * PART);
    AWAIT(self->n, JOIN(self->r2));
    EXPECT_EQ(self->n, 2u * PARTS * PART);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpShortWrites, ShortWritesAreCarriedOnInOrder)
{
    std::string data(PART, ' ');
    for (size_t i = 0; i < PART; i++)
        data[i] = pattern(i);
    for (unsigned workers : {1u, 2u}) {
        Runtime rt(workers);
        BLOCK_ON(rt, squeeze(data.data()));
    }
}

} // namespace
