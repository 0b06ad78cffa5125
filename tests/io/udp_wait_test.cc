// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/udp_helpers.h"

// Waiting for datagrams: who may, how it ends, and what goes on meanwhile.

namespace
{

ASYNC_FN(ptrdiff_t, receive_one, ((nr_udp *, u)), char c; ptrdiff_t n;)
{
    ASYNC_BEGIN(receive_one);
    AWAIT(self->n, nr_udp_recv(self->u, &self->c, 1, nullptr));
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, close_under_receive, (), nr_udp *u; nr_addr at;
         JOIN_HANDLE(receive_one) task; ptrdiff_t n;)
{
    ASYNC_BEGIN(close_under_receive);
    self->u = udp_at("127.0.0.1:0", &self->at);
    self->task = SPAWN(receive_one(self->u));
    YIELD_NOW(); // it waits then
    EXPECT_AWAITED(-EBUSY, receive_one(self->u));
    EXPECT_AWAITED(1, nr_udp_send(self->u, "x", 1, &self->at));
    AWAIT(self->n, JOIN(self->task));
    EXPECT_EQ(self->n, 1); // the send went its own way
    self->task = SPAWN(receive_one(self->u));
    YIELD_NOW();
    nr_udp_close(self->u);
    AWAIT(self->n, JOIN(self->task));
    EXPECT_EQ(self->n, -ECANCELED);
    ASYNC_END;
}

TEST_F(Udp, ASecondReceiverIsBusyAndCloseCancelsTheFirst)
{
    Runtime one(1);
    BLOCK_ON(one, close_under_receive());
}

ASYNC_FN(void, cancel_receives, (), udp_two t; char buf[4]; ptrdiff_t n;
         int err, i;)
{
    ASYNC_BEGIN(cancel_receives);
    udp_two_open(&self->t, "127.0.0.1:0");
    for (; self->i < rounds(200, 10); self->i++) {
        self->n = -1;
        AWAIT(self->err,
              TIMEOUT_MS(0, nr_udp_recv(self->t.b, self->buf, 4, nullptr),
                         &self->n));
        EXPECT_EQ(self->err, -ETIMEDOUT);
        EXPECT_AWAITED(1, nr_udp_send(self->t.a, "x", 1, &self->t.at_b));
        // Whether it is there in time or not, one of the two gets it.
        AWAIT(self->err,
              TIMEOUT_MS(0, nr_udp_recv(self->t.b, self->buf, 4, nullptr),
                         &self->n));
        if (self->err == -ETIMEDOUT)
            AWAIT(self->n, nr_udp_recv(self->t.b, self->buf, 4, nullptr));
        EXPECT_EQ(self->n, 1);
    }
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, ACancelledReceiveHasTakenNothing)
{
    BLOCK_ON(rt, cancel_receives());
}

ASYNC_FN(void, leave_open, (), nr_udp *u; nr_addr at; int err;)
{
    ASYNC_BEGIN(leave_open);
    self->u = udp_at("127.0.0.1:0", &self->at);
    DETACH(SPAWN(receive_one(self->u)));
    YIELD_NOW();
    ASYNC_END;
}

TEST_F(Udp, TheEndOfARuntimeClosesItsSockets)
{
    BLOCK_ON(rt, leave_open()); // TearDown counts
}

// ---- a flood ----

struct Flood {
    udp_two t;
    bool is_over;
    int received;
};

// Never has to wait: for each datagram that it takes it sends two.
ASYNC_FN(void, be_flooded, ((Flood *, flood)), char buf[4]; ptrdiff_t n;)
{
    ASYNC_BEGIN(be_flooded);
    AWAIT(self->n, nr_udp_send(self->flood->t.a, "x", 1, &self->flood->t.at_b));
    while (!self->flood->is_over && self->flood->received < 1000000) {
        AWAIT(self->n, nr_udp_recv(self->flood->t.b, self->buf, 4, nullptr));
        EXPECT_EQ(self->n, 1);
        self->flood->received++;
        AWAIT(self->n,
              nr_udp_send(self->flood->t.a, "x", 1, &self->flood->t.at_b));
        AWAIT(self->n,
              nr_udp_send(self->flood->t.a, "x", 1, &self->flood->t.at_b));
    }
    ASYNC_END;
}

ASYNC_FN(void, go_on_beside, ((Flood *, flood)), JOIN_HANDLE(be_flooded) task;
         int i;)
{
    ASYNC_BEGIN(go_on_beside);
    udp_two_open(&self->flood->t, "127.0.0.1:0");
    self->task = SPAWN(be_flooded(self->flood));
    for (; self->i < 10; self->i++)
        YIELD_NOW();
    self->flood->is_over = true;
    AWAIT(JOIN(self->task));
    udp_two_close(&self->flood->t);
    ASYNC_END;
}

TEST_F(Udp, AFloodedSocketStarvesNobody)
{
    Flood flood = {};
    Runtime one(1);
    BLOCK_ON(one, go_on_beside(&flood));
    EXPECT_LT(flood.received, 10000);
}

} // namespace
