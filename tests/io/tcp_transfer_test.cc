// SPDX-License-Identifier: MIT
#include <errno.h>

#include <vector>

#include "tests/io/tcp_helpers.h"
#include "tests/support/random.h"

namespace
{

// More than any two socket buffers hold.
enum { MANY = IS_SIM ? 300 << 10 : 24 << 20 };

std::vector<char> make_data(size_t len)
{
    std::vector<char> data(len);
    for (size_t i = 0; i < len; i++)
        data[i] = pattern(i);
    return data;
}

// Writes with plain write, whatever it takes at a time. Returns how often it
// took less than it was given.
ASYNC_FN(int, send_in_parts,
         ((nr_stream *, s), (const char *, data), (size_t, len)), size_t done;
         ptrdiff_t n; int partial;)
{
    ASYNC_BEGIN(send_in_parts);
    while (self->done < self->len) {
        AWAIT(self->n, nr_stream_write(self->s, self->data + self->done,
                                       self->len - self->done));
        EXPECT_GT(self->n, 0) << nr_strerror((int)self->n);
        if (self->n <= 0)
            break;
        self->done += (size_t)self->n;
        self->partial += self->done < self->len;
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_RETURN(self->partial);
    ASYNC_END;
}

// Reads to the end in pieces of changing size, and checks every byte. Returns
// how many there were.
ASYNC_FN(size_t, receive_all, ((nr_stream *, s)), char buf[30000]; size_t done;
         ptrdiff_t n; bool same;)
{
    ASYNC_BEGIN(receive_all);
    self->same = true;
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf,
                                      1 + self->done % sizeof self->buf));
        EXPECT_GE(self->n, 0) << nr_strerror((int)self->n);
        for (ptrdiff_t i = 0; i < self->n; i++)
            self->same &= self->buf[i] == pattern(self->done + (size_t)i);
        if (self->n > 0)
            self->done += (size_t)self->n;
    } while (self->n > 0);
    EXPECT_TRUE(self->same);
    ASYNC_RETURN(self->done);
    ASYNC_END;
}

// Both directions of both ends at once: a reader and a writer for each.
ASYNC_FN(void, send_both_ways, ((const char *, host), (const char *, data)),
         pair p;
         JOIN_HANDLE(send_in_parts) w1, w2; JOIN_HANDLE(receive_all) r1, r2;
         int partial; size_t n;)
{
    ASYNC_BEGIN(send_both_ways);
    AWAIT_PAIR(&self->p, self->host);
    EXPECT_EQ(nr_tcp_set_nodelay(self->p.client, true), 0);
    EXPECT_EQ(nr_tcp_set_nodelay(self->p.client, false), 0);
    self->w1 = SPAWN(send_in_parts(self->p.client, self->data, MANY));
    self->w2 = SPAWN(send_in_parts(self->p.server, self->data, MANY));
    AWAIT(nr_sleep_ms(1));
    self->r1 = SPAWN(receive_all(self->p.client));
    self->r2 = SPAWN(receive_all(self->p.server));
    AWAIT(self->partial, JOIN(self->w1));
    EXPECT_GT(self->partial, 0);
    AWAIT(self->partial, JOIN(self->w2));
    EXPECT_GT(self->partial, 0);
    AWAIT(self->n, JOIN(self->r1));
    EXPECT_EQ(self->n, (size_t)MANY);
    AWAIT(self->n, JOIN(self->r2));
    EXPECT_EQ(self->n, (size_t)MANY);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpTransfer, ManyMegabytesArriveInOrderInBothDirectionsAtOnce)
{
    std::vector<char> data = make_data(MANY);
    for (unsigned workers : {1u, 4u}) {
        Runtime rt(workers);
        BLOCK_ON(rt, send_both_ways("127.0.0.1:0", data.data()));
        BLOCK_ON(rt, send_both_ways("[::1]:0", data.data()));
    }
}

ASYNC_FN(int, send_whole,
         ((nr_stream *, s), (const char *, data), (size_t, len)), int err;)
{
    ASYNC_BEGIN(send_whole);
    AWAIT(self->err, nr_stream_write_all(self->s, self->data, self->len));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

ASYNC_FN(void, exchange_whole, ((const char *, data), (char *, back)), pair p;
         JOIN_HANDLE(send_whole) w; int err;)
{
    ASYNC_BEGIN(exchange_whole);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    self->w = SPAWN(send_whole(self->p.client, self->data, MANY));
    AWAIT(self->err, nr_stream_read_exact(self->p.server, self->back, MANY));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->err, JOIN(self->w));
    EXPECT_EQ(self->err, 0);
    // Five more, and the end in place of the sixth.
    AWAIT(self->err, nr_stream_write_all(self->p.client, self->data, 5));
    EXPECT_EQ(self->err, 0);
    nr_stream_close(self->p.client);
    self->p.client = nullptr;
    AWAIT(self->err, nr_stream_read_exact(self->p.server, self->back, 6));
    EXPECT_EQ(self->err, -ENODATA);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpTransfer, ReadExactAndWriteAllMoveItAllOrSayWhyNot)
{
    std::vector<char> data = make_data(MANY), back(MANY);
    Runtime rt(2);
    BLOCK_ON(rt, exchange_whole(data.data(), back.data()));
    EXPECT_EQ(data, back);
}

ASYNC_FN(void, move_nothing, (), pair p; ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(move_nothing);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    AWAIT(self->n, nr_stream_read(self->p.client, nullptr, 0));
    EXPECT_EQ(self->n, 0);
    AWAIT(self->n, nr_stream_write(self->p.client, nullptr, 0));
    EXPECT_EQ(self->n, 0);
    AWAIT(self->err, nr_stream_read_exact(self->p.client, nullptr, 0));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->err, nr_stream_write_all(self->p.client, nullptr, 0));
    EXPECT_EQ(self->err, 0);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpTransfer, NothingIsMovedWithoutWaiting)
{
    Runtime rt(1);
    BLOCK_ON(rt, move_nothing());
}

// On one worker: YIELD_NOW lets what was spawned run until it waits.
ASYNC_FN(void, wait_twice, ((const char *, data)), pair p;
         JOIN_HANDLE(read_one) reader; JOIN_HANDLE(send_whole) writer;
         ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(wait_twice);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    self->reader = SPAWN(read_one(self->p.client));
    self->writer = SPAWN(send_whole(self->p.client, self->data, MANY));
    YIELD_NOW();
    AWAIT(self->n, read_one(self->p.client));
    EXPECT_EQ(self->n, -EBUSY);
    AWAIT(self->n, nr_stream_write(self->p.client, "x", 1));
    EXPECT_EQ(self->n, -EBUSY);
    EXPECT_FALSE(IS_FINISHED(self->reader));
    EXPECT_FALSE(IS_FINISHED(self->writer));
    // Who was turned away did the others no harm.
    AWAIT(self->err, nr_stream_write_all(self->p.server, "x", 1));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->n, JOIN(self->reader));
    EXPECT_EQ(self->n, 1);
    nr_stream_close(self->p.server);
    self->p.server = nullptr;
    AWAIT(self->err, JOIN(self->writer));
    // The latter if the end of the stream overtook the reset.
    EXPECT_TRUE(self->err == -ECONNRESET || self->err == -EPIPE)
        << nr_strerror(self->err);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpTransfer, ASecondWaiterInADirectionIsTurnedAway)
{
    std::vector<char> data = make_data(MANY);
    Runtime rt(1);
    BLOCK_ON(rt, wait_twice(data.data()));
}

ASYNC_FN(void, take_over, (), pair p; JOIN_HANDLE(read_one) reader; ptrdiff_t n;
         int err;)
{
    ASYNC_BEGIN(take_over);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    self->reader = SPAWN(read_one(self->p.client));
    YIELD_NOW();
    ABORT(self->reader);
    AWAIT(self->err, JOIN_STATUS(self->reader));
    EXPECT_EQ(self->err, -ECANCELED);
    AWAIT(self->err, nr_stream_write_all(self->p.server, "xy", 2));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->n, read_one(self->p.client));
    EXPECT_EQ(self->n, 1);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpTransfer, ACancelledReaderLeavesItsPlaceToTheNext)
{
    Runtime rt(1);
    BLOCK_ON(rt, take_over());
}

enum { DRIPS = IS_SIM ? 200 : 2000 };

// Few bytes at a time, with pauses, so that readers come early and late.
ASYNC_FN(void, drip, ((nr_stream *, s), (unsigned, seed)), char buf[8];
         size_t done, len; int i, err; unsigned random;)
{
    ASYNC_BEGIN(drip);
    for (self->i = 0; self->i < DRIPS; self->i++) {
        self->random = random_next(&self->seed);
        self->len = 1 + (self->random >> 16) % sizeof self->buf;
        for (size_t i = 0; i < self->len; i++)
            self->buf[i] = pattern(self->done + i);
        AWAIT(self->err, nr_stream_write_all(self->s, self->buf, self->len));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
        self->done += self->len;
        if (self->random >> 24 < 8)
            AWAIT(nr_sleep_ms(1));
        else if (self->random >> 24 < 100)
            YIELD_NOW();
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_END;
}

// Returns how many reads were cut.
ASYNC_FN(int, read_impatiently, ((unsigned, seed)), pair p; char buf[64];
         size_t done; ptrdiff_t n; JOIN_HANDLE(drip) writer; int err, cuts;
         bool same;)
{
    ASYNC_BEGIN(read_impatiently);
    AWAIT_PAIR_OR(&self->p, "127.0.0.1:0", 0);
    self->writer = SPAWN(drip(self->p.server, self->seed));
    self->same = true;
    do {
        AWAIT(self->err,
              TIMEOUT_MS((uint64_t)self->cuts % 2,
                         nr_stream_read(self->p.client, self->buf, 64),
                         &self->n));
        if (self->err == -ETIMEDOUT) {
            self->cuts++;
            self->n = 1;
            continue;
        }
        EXPECT_GE(self->n, 0) << nr_strerror((int)self->n);
        for (ptrdiff_t i = 0; i < self->n; i++)
            self->same &= self->buf[i] == pattern(self->done++);
    } while (self->n > 0);
    EXPECT_TRUE(self->same);
    EXPECT_GE(self->done, (size_t)DRIPS);
    AWAIT(JOIN(self->writer));
    ASYNC_RETURN(self->cuts);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpTransfer, ACancelledReadLosesNoByte)
{
    unsigned seed = random_seed();
    for (unsigned workers : {1u, 3u}) {
        Runtime rt(workers);
        EXPECT_GT(BLOCK_ON(rt, read_impatiently(seed)), 0);
    }
}

ASYNC_FN(void, write_before_accept, (), nr_listener *l; nr_addr at;
         nr_stream * client, *server; char buf[5]; int err;)
{
    ASYNC_BEGIN(write_before_accept);
    self->l = listen_on("127.0.0.1:0", &self->at);
    AWAIT(self->err, nr_tcp_connect(&self->at, &self->client));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->err, nr_stream_write_all(self->client, "early", 5));
    EXPECT_EQ(self->err, 0);
    nr_stream_close(self->client);
    AWAIT(self->err, nr_listener_accept(self->l, &self->server, nullptr));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->err, nr_stream_read_exact(self->server, self->buf, 5));
    EXPECT_EQ(self->err, 0);
    EXPECT_EQ(std::string(self->buf, 5), "early");
    AWAIT(self->err, nr_stream_read_exact(self->server, self->buf, 1));
    EXPECT_EQ(self->err, -ENODATA);
    ASYNC_FINALLY;
    nr_stream_close(self->server);
    nr_listener_close(self->l);
    ASYNC_END;
}

TEST(TcpTransfer, WhatWasWrittenBeforeCloseArrivesThoughAcceptCameLater)
{
    Runtime rt(1);
    BLOCK_ON(rt, write_before_accept());
}

} // namespace
