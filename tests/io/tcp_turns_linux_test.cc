// SPDX-License-Identifier: MIT
#include <algorithm>

#include "tests/io/tcp_helpers.h"

// Many connections that always have something to read, on one worker: each is
// served as often as any other. Only epoll says at a short read that no more
// is there, so that each byte is an event of its own.

namespace
{

enum { CONNECTIONS = 200, ROUNDS = 20 };

typedef struct world {
    nr_listener *listener;
    nr_addr at;
    nr_stream *clients[CONNECTIONS], *servers[CONNECTIONS];
    int waiting; // before the first byte of any
    int turns[CONNECTIONS];
    int spread; // by how many turns one was ahead of another, at most
} world;

void count_turn(world *w, int i)
{
    int turns = ++w->turns[i];
    int least = *std::min_element(w->turns, w->turns + CONNECTIONS);
    w->spread = std::max(w->spread, turns - least);
}

// As soon as it has read a byte, the next one is on its way.
ASYNC_FN(void, take_turns, ((world *, w), (int, i)), char buf[2]; ptrdiff_t n;
         int err;)
{
    ASYNC_BEGIN(take_turns);
    self->w->waiting++;
    while (self->w->turns[self->i] < ROUNDS) {
        AWAIT(self->n, nr_stream_read(self->w->servers[self->i], self->buf, 2));
        EXPECT_EQ(self->n, 1);
        count_turn(self->w, self->i);
        AWAIT(self->err,
              nr_stream_write_all(self->w->clients[self->i], "x", 1));
        EXPECT_EQ(self->err, 0);
    }
    ASYNC_END;
}

ASYNC_FN(void, connect_all, ((world *, w)), int i, err;)
{
    ASYNC_BEGIN(connect_all);
    self->w->listener = listen_on("127.0.0.1:0", &self->w->at);
    for (; self->i < CONNECTIONS; self->i++) {
        AWAIT(self->err,
              nr_tcp_connect(&self->w->at, &self->w->clients[self->i]));
        EXPECT_EQ(self->err, 0);
        AWAIT(self->err,
              nr_listener_accept(self->w->listener, &self->w->servers[self->i],
                                 nullptr));
        EXPECT_EQ(self->err, 0);
    }
    ASYNC_END;
}

ASYNC_FN(void, serve_all, ((world *, w)), int i, err;
         JOIN_HANDLE(take_turns) tasks[CONNECTIONS];)
{
    ASYNC_BEGIN(serve_all);
    AWAIT(connect_all(self->w));
    for (self->i = 0; self->i < CONNECTIONS; self->i++)
        self->tasks[self->i] = SPAWN(take_turns(self->w, self->i));
    while (self->w->waiting < CONNECTIONS)
        YIELD_NOW();
    for (self->i = 0; self->i < CONNECTIONS; self->i++) {
        AWAIT(self->err,
              nr_stream_write_all(self->w->clients[self->i], "x", 1));
        EXPECT_EQ(self->err, 0);
    }
    for (self->i = 0; self->i < CONNECTIONS; self->i++)
        AWAIT(JOIN(self->tasks[self->i]));
    ASYNC_END;
}

TEST(TcpTurns, NoConnectionIsServedThriceBeforeAnother)
{
    world w = {};
    {
        Runtime rt(1);
        BLOCK_ON(rt, serve_all(&w));
    }
    EXPECT_LE(w.spread, 2);
}

} // namespace
