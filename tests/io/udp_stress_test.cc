// SPDX-License-Identifier: MIT
#include <errno.h>

#include <atomic>

#include "tests/io/udp_helpers.h"
#include "tests/support/random.h"

// Clients of one echo server that give up waiting, close their sockets under a
// wait and open new ones, all by a seed that the test prints. Whoever waits for
// an answer gets it, and nothing is left.

namespace
{

enum { CLIENTS = IS_SIM ? 3 : 16, FOR_EVERYBODY_MS = 60000 };

struct Course {
    nr_udp *server = nullptr;
    nr_addr at;
    std::atomic<int> answers{0}, given_up{0}, canceled{0};
};

// Until it is aborted.
ASYNC_FN(void, serve, ((Course *, course)), nr_datagram v[4];
         char bufs[4][sizeof(uint64_t)]; int n, sent, done;)
{
    ASYNC_BEGIN(serve);
    for (int i = 0; i < 4; i++) {
        self->v[i].buf = self->bufs[i];
        self->v[i].size = sizeof self->bufs[i];
    }
    for (;;) {
        AWAIT(self->n, nr_udp_recv_many(self->course->server, self->v, 4));
        EXPECT_GT(self->n, 0);
        if (self->n <= 0)
            break;
        for (self->done = 0; self->done < self->n; self->done += self->sent) {
            AWAIT(self->sent,
                  nr_udp_send_many(self->course->server, self->v + self->done,
                                   self->n - self->done));
            EXPECT_GT(self->sent, 0);
            if (self->sent <= 0)
                ASYNC_RETURN();
        }
    }
    ASYNC_END;
}

ASYNC_FN(int, close_it, ((nr_udp *, u)))
{
    ASYNC_BEGIN(close_it);
    nr_udp_close(self->u);
    ASYNC_RETURN(0);
    ASYNC_END;
}

// By another task, which may be on another worker.
ASYNC_FN(int, close_elsewhere, ((nr_udp *, u)), JOIN_HANDLE(close_it) task;
         int err;)
{
    ASYNC_BEGIN(close_elsewhere);
    self->task = SPAWN(close_it(self->u));
    AWAIT(self->err, JOIN(self->task));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

ASYNC_FN(void, close_under_wait, ((Course *, course), (nr_udp *, u)),
         uint64_t number;
         ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(close_under_wait);
    AWAIT(ALL(INTO(&self->n, nr_udp_recv(self->u, &self->number,
                                         sizeof self->number, nullptr)),
              INTO(&self->err, close_elsewhere(self->u))));
    // An answer to a question that was given up may be there.
    EXPECT_TRUE(self->n == -ECANCELED ||
                self->n == (ptrdiff_t)sizeof self->number)
        << self->n;
    self->course->canceled += self->n < 0;
    ASYNC_END;
}

// One question and its answer, for which it does not always wait.
ASYNC_FN(void, ask,
         ((Course *, course), (nr_udp *, u), (uint64_t, number),
          (uint64_t, ms)),
         uint64_t answer;
         ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(ask);
    AWAIT(self->n,
          nr_udp_send(self->u, &self->number, sizeof self->number, nullptr));
    EXPECT_EQ(self->n, (ptrdiff_t)sizeof self->number);
    for (;;) {
        AWAIT(self->err, TIMEOUT_MS(self->ms,
                                    nr_udp_recv(self->u, &self->answer,
                                                sizeof self->answer, nullptr),
                                    &self->n));
        if (self->err) {
            EXPECT_EQ(self->err, -ETIMEDOUT);
            EXPECT_LT(self->ms, (uint64_t)FOR_EVERYBODY_MS);
            self->course->given_up++;
            break;
        }
        EXPECT_EQ(self->n, (ptrdiff_t)sizeof self->answer);
        // Before it, one to a question that was given up may come: of this
        // socket, or of one that had its port.
        if (self->answer == self->number) {
            self->course->answers++;
            break;
        }
    }
    ASYNC_END;
}

ASYNC_FN(void, be_client, ((Course *, course), (unsigned, seed)), nr_udp *u;
         nr_addr at; uint64_t ms; int i;)
{
    ASYNC_BEGIN(be_client);
    for (; self->i < rounds(300, 20); self->i++) {
        if (!self->u) {
            self->u = udp_at("127.0.0.1:0", &self->at);
            EXPECT_EQ(nr_udp_connect(self->u, &self->course->at), 0);
        }
        self->ms = random_below(&self->seed, 2) ? (unsigned)FOR_EVERYBODY_MS
                                                : random_below(&self->seed, 2);
        AWAIT(ask(self->course, self->u,
                  (uint64_t)self->seed << 32 | (unsigned)self->i, self->ms));
        if (random_below(&self->seed, 8) == 0) {
            AWAIT(close_under_wait(self->course, self->u));
            self->u = nullptr;
        }
    }
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    ASYNC_END;
}

ASYNC_FN(void, everything, ((Course *, course), (unsigned, seed)),
         JOIN_HANDLE(serve) server;
         JOIN_HANDLE(be_client) clients[CLIENTS]; int i, err;)
{
    ASYNC_BEGIN(everything);
    self->course->server = udp_at("127.0.0.1:0", &self->course->at);
    self->server = SPAWN(serve(self->course));
    for (; self->i < CLIENTS; self->i++)
        self->clients[self->i] =
            SPAWN(be_client(self->course, random_next(&self->seed)));
    for (self->i = 0; self->i < CLIENTS; self->i++)
        AWAIT(JOIN(self->clients[self->i]));
    ABORT(self->server);
    AWAIT(self->err, JOIN_STATUS(self->server));
    EXPECT_EQ(self->err, -ECANCELED);
    nr_udp_close(self->course->server);
    ASYNC_END;
}

TEST_F(Udp, WhateverClientsDoWhoeverWaitsIsAnswered)
{
    Course course;
    Runtime many(4);
    BLOCK_ON(many, everything(&course, random_seed()));
    EXPECT_GT(course.answers, 0);
    if (IS_SIM == 0) {
        EXPECT_GT(course.given_up, 0);
        EXPECT_GT(course.canceled, 0);
    }
}

} // namespace
