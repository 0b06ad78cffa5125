// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include <atomic>

#include "tests/io/tcp_helpers.h"
#include "tests/support/random.h"

// Many clients of one echo server, who send, stop, reset, run out of time and
// close under their own feet, all by a seed that the test prints. Whatever
// comes back must be what was sent.

namespace
{

enum {
    CLIENTS = IS_SIM ? 6 : 16,
    ROUNDS = rounds(40, 10),
    LONGEST = IS_SIM ? 10000 : 150000, // that is echoed
    MUCH = IS_SIM ? 200000 : 1 << 20,  // for a direction in use for long
    CHUNK = 5000
};

const char zeros[MUCH] = {};

struct world {
    nr_listener *listener;
    nr_addr at;
    std::atomic<int> clients; // that have not ended
    std::atomic<int> sessions;
    std::atomic<int> echoed, cut, reset, closed; // rounds, by how they ended
};

ASYNC_FN(void, session, ((world *, w), (nr_stream *, s), (unsigned, seed)),
         char buf[CHUNK];
         ptrdiff_t n; int err; unsigned left;)
{
    ASYNC_BEGIN(session);
    // Now and then it leaves early.
    self->left =
        random_below(&self->seed, 8) ? ~0u : random_below(&self->seed, 100);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf,
                                      1 + random_below(&self->seed, CHUNK)));
        if (self->n <= 0)
            break;
        AWAIT(self->err,
              nr_stream_write_all(self->s, self->buf, (size_t)self->n));
    } while (!self->err && self->left--);
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    self->w->sessions--;
    ASYNC_END;
}

ASYNC_FN(void, serve, ((world *, w), (unsigned, seed)), nr_stream *s;
         int err, inner;)
{
    ASYNC_BEGIN(serve);
    for (;;) {
        AWAIT(self->err, TIMEOUT_MS(random_below(&self->seed, 20),
                                    nr_listener_accept(self->w->listener,
                                                       &self->s, nullptr),
                                    &self->inner));
        if (self->err)
            continue;
        EXPECT_EQ(self->inner, 0) << nr_strerror(self->inner);
        self->w->sessions++;
        DETACH(SPAWN(session(self->w, self->s, self->seed)));
    }
    ASYNC_END;
}

ASYNC_FN(int, send_pattern, ((nr_stream *, s), (size_t, len)), char buf[CHUNK];
         size_t done, part; int err;)
{
    ASYNC_BEGIN(send_pattern);
    while (self->done < self->len && !self->err) {
        self->part = self->len - self->done;
        if (self->part > CHUNK)
            self->part = CHUNK;
        for (size_t i = 0; i < self->part; i++)
            self->buf[i] = pattern(self->done + i);
        AWAIT(self->err, nr_stream_write_all(self->s, self->buf, self->part));
        self->done += self->part;
    }
    if (!self->err)
        AWAIT(nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

// Sends `len` bytes and reads them back, up to `stop`. Returns how many came;
// what came is right.
ASYNC_FN(size_t, echo_round,
         ((world *, w), (size_t, len), (size_t, stop), (unsigned, seed)),
         nr_stream *s;
         char buf[CHUNK]; size_t done; ptrdiff_t n;
         JOIN_HANDLE(send_pattern) writer; int err; bool same;)
{
    ASYNC_BEGIN(echo_round);
    AWAIT(self->err, nr_tcp_connect(&self->w->at, &self->s));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    if (self->err)
        ASYNC_RETURN(0);
    self->writer = SPAWN(send_pattern(self->s, self->len));
    self->same = true;
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf,
                                      1 + random_below(&self->seed, CHUNK)));
        for (ptrdiff_t i = 0; i < self->n; i++)
            self->same &= self->buf[i] == pattern(self->done++);
    } while (self->n > 0 && self->done < self->stop);
    EXPECT_TRUE(self->same);
    EXPECT_LE(self->done, self->len);
    EXPECT_TRUE(self->n >= 0 || self->n == -ECONNRESET)
        << nr_strerror((int)self->n);
    ASYNC_RETURN(self->done);
    ASYNC_FINALLY;
    if (self->writer) {
        ABORT(self->writer);
        AWAIT(self->err, JOIN_STATUS(self->writer));
    }
    nr_stream_close(self->s);
    ASYNC_END;
}

ASYNC_FN(int, read_much, ((nr_stream *, s), (char *, buf)), int err;)
{
    ASYNC_BEGIN(read_much);
    AWAIT(self->err, nr_stream_read_exact(self->s, self->buf, MUCH));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

ASYNC_FN(int, write_much, ((nr_stream *, s)), int err;)
{
    ASYNC_BEGIN(write_much);
    AWAIT(self->err, nr_stream_write_all(self->s, zeros, MUCH));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

// Who may still come to the stream has come when each has its direction, or
// has ended. A probe takes what it finds: the bytes of this round are noise.
ASYNC_FN(void, await_both,
         ((nr_stream *, s), (JOIN_HANDLE(read_much), r),
          (JOIN_HANDLE(write_much), w)),
         int err;
         ptrdiff_t n; char c; bool reads, writes;)
{
    ASYNC_BEGIN(await_both);
    while (!self->reads || !self->writes) {
        self->n = 0;
        if (!self->reads)
            AWAIT(self->err, TIMEOUT_MS(0, nr_stream_read(self->s, &self->c, 1),
                                        &self->n));
        self->reads = self->reads || self->n == -EBUSY || IS_FINISHED(self->r);
        self->n = 0;
        if (!self->writes)
            AWAIT(self->err,
                  TIMEOUT_MS(0, nr_stream_write(self->s, "x", 1), &self->n));
        self->writes =
            self->writes || self->n == -EBUSY || IS_FINISHED(self->w);
        YIELD_NOW();
    }
    ASYNC_END;
}

// Closes while both directions are in use, maybe inside a call on another
// worker: with so much to move neither is often at its end by then.
ASYNC_FN(void, close_round, ((world *, w), (unsigned, seed)), nr_stream *s;
         char *in; JOIN_HANDLE(read_much) reader;
         JOIN_HANDLE(write_much) writer; int err; unsigned turns;)
{
    ASYNC_BEGIN(close_round);
    AWAIT(self->err, nr_tcp_connect(&self->w->at, &self->s));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    if (self->err)
        ASYNC_RETURN();
    self->in = (char *)malloc(MUCH);
    self->reader = SPAWN(read_much(self->s, self->in));
    self->writer = SPAWN(write_much(self->s));
    AWAIT(await_both(self->s, self->reader, self->writer));
    for (self->turns = random_below(&self->seed, 50); self->turns;
         self->turns--)
        YIELD_NOW();
    nr_stream_close(self->s);
    AWAIT(self->err, JOIN(self->reader));
    self->w->closed += self->err == -ECANCELED;
    AWAIT(self->err, JOIN(self->writer));
    self->w->closed += self->err == -ECANCELED;
    ASYNC_FINALLY;
    free(self->in);
    ASYNC_END;
}

ASYNC_FN(void, client, ((world *, w), (unsigned, seed)), int round, err;
         size_t len, got; unsigned kind;)
{
    ASYNC_BEGIN(client);
    for (self->round = 0; self->round < ROUNDS; self->round++) {
        self->len = 1 + random_below(&self->seed, LONGEST);
        // Each kind at least once, and one that is cut at once.
        self->kind = self->round < 4 ? (unsigned)self->round
                                     : random_below(&self->seed, 4);
        self->got = 0;
        if (self->kind == 0) {
            AWAIT(self->got,
                  echo_round(self->w, self->len, self->len + 1, self->seed));
            self->w->echoed += self->got == self->len;
        } else if (self->kind == 1) {
            AWAIT(self->got,
                  echo_round(self->w, self->len, self->len / 2, self->seed));
            self->w->reset += self->got >= self->len / 2;
        } else if (self->kind == 2) {
            AWAIT(self->err,
                  TIMEOUT_MS(
                      random_below(&self->seed, self->round < 4 ? 1 : 4),
                      echo_round(self->w, self->len, self->len + 1, self->seed),
                      &self->got));
            self->w->cut += self->err == -ETIMEDOUT;
        } else {
            AWAIT(close_round(self->w, self->seed));
        }
    }
    ASYNC_FINALLY;
    self->w->clients--;
    ASYNC_END;
}

ASYNC_FN(void, run_world, ((world *, w), (unsigned, seed)), int i, err;
         JOIN_HANDLE(serve) server;)
{
    ASYNC_BEGIN(run_world);
    self->w->listener = listen_on("127.0.0.1:0", &self->w->at);
    self->server = SPAWN(serve(self->w, self->seed));
    self->w->clients = CLIENTS;
    for (self->i = 0; self->i < CLIENTS; self->i++)
        DETACH(SPAWN(client(self->w, self->seed + (unsigned)self->i)));
    while (self->w->clients)
        AWAIT(nr_sleep_ms(1));
    ABORT(self->server);
    AWAIT(self->err, JOIN_STATUS(self->server));
    EXPECT_EQ(self->err, -ECANCELED);
    nr_listener_close(self->w->listener);
    while (self->w->sessions)
        AWAIT(nr_sleep_ms(1));
    ASYNC_END;
}

TEST(TcpStress, WhateverClientsDoEveryByteIsRightAndNothingIsLeft)
{
    unsigned seed = random_seed();
    int fds = count_fds();
    for (unsigned workers : {1u, 2u, 4u}) {
        world w = {};
        {
            Runtime rt(workers);
            BLOCK_ON(rt, run_world(&w, seed));
        }
        EXPECT_GT(w.echoed, 0);
        EXPECT_GT(w.reset, 0);
        EXPECT_GE(w.cut, CLIENTS);
        EXPECT_GT(w.closed, 0);
        EXPECT_EQ(count_fds(), fds);
    }
}

} // namespace
