// SPDX-License-Identifier: MIT
#include <errno.h>

#include <set>

#include "tests/io/udp_helpers.h"

namespace
{

enum { MANY = 100, ROOM = 8 };

// Room for datagrams to come, or datagrams to be sent: of their own numbers.
typedef struct many {
    nr_datagram v[MANY];
    char bufs[MANY][ROOM];
} many;

void many_init(many *m, size_t len, const nr_addr *to)
{
    memset(m, 0, sizeof *m);
    for (int i = 0; i < MANY; i++) {
        m->bufs[i][0] = (char)i;
        m->v[i].buf = m->bufs[i];
        m->v[i].size = ROOM;
        m->v[i].len = len;
        if (to)
            m->v[i].addr = *to;
    }
}

ASYNC_FN(void, receive_the_one, (), udp_two t; many in; char buf[ROOM];)
{
    ASYNC_BEGIN(receive_the_one);
    udp_two_open(&self->t, "127.0.0.1:0");
    many_init(&self->in, 77, nullptr);
    EXPECT_AWAITED(3, nr_udp_send(self->t.a, "one", 3, &self->t.at_b));
    EXPECT_AWAITED(1, nr_udp_recv_many(self->t.b, self->in.v, MANY));
    EXPECT_EQ(self->in.v[0].len, 3u);
    EXPECT_EQ(std::string(self->in.bufs[0], 3), "one");
    EXPECT_EQ(text_of(self->in.v[0].addr), text_of(self->t.at_a));
    EXPECT_EQ(self->in.v[1].len, 77u); // untouched
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, RecvManyReturnsWithTheOneThatIsThere)
{
    BLOCK_ON(rt, receive_the_one());
}

ASYNC_FN(int, receive_some, ((nr_udp *, u), (many *, in)), int n;)
{
    ASYNC_BEGIN(receive_some);
    AWAIT(self->n, nr_udp_recv_many(self->u, self->in->v, MANY));
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, receive_later, (), udp_two t; many in; int n;
         JOIN_HANDLE(receive_some) task;)
{
    ASYNC_BEGIN(receive_later);
    udp_two_open(&self->t, "127.0.0.1:0");
    many_init(&self->in, 0, nullptr);
    self->task = SPAWN(receive_some(self->t.b, &self->in));
    YIELD_NOW(); // it waits then
    EXPECT_AWAITED(-EBUSY, nr_udp_recv_many(self->t.b, self->in.v, MANY));
    EXPECT_AWAITED(3, nr_udp_send(self->t.a, "one", 3, &self->t.at_b));
    AWAIT(self->n, JOIN(self->task));
    EXPECT_EQ(self->n, 1);
    self->task = SPAWN(receive_some(self->t.b, &self->in));
    YIELD_NOW();
    nr_udp_close(self->t.b);
    self->t.b = nullptr;
    AWAIT(self->n, JOIN(self->task));
    EXPECT_EQ(self->n, -ECANCELED);
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, RecvManyWaitsForTheFirstAndIsCancelledByClose)
{
    Runtime one(1);
    BLOCK_ON(one, receive_later());
}

// From many senders, of every length up to more than there is room for.
ASYNC_FN(void, pass_many, ((bool, has_peer)), udp_two t; many in, out;
         int sent, received, n;)
{
    ASYNC_BEGIN(pass_many);
    udp_two_open(&self->t, "127.0.0.1:0");
    many_init(&self->out, 0, self->has_peer ? nullptr : &self->t.at_b);
    for (int i = 0; i < MANY; i++)
        self->out.v[i].len = (size_t)i % (ROOM + 1);
    if (self->has_peer) {
        EXPECT_EQ(nr_udp_connect(self->t.a, &self->t.at_b), 0);
    }
    while (self->received < MANY) {
        if (self->sent < MANY) {
            AWAIT(self->n, nr_udp_send_many(self->t.a, self->out.v + self->sent,
                                            MANY - self->sent));
            EXPECT_GT(self->n, 0);
            EXPECT_LE(self->n, 64);
            self->sent += self->n;
        }
        many_init(&self->in, 0, nullptr);
        for (int i = 0; i < MANY; i++)
            self->in.v[i].size = ROOM / 2;
        AWAIT(self->n, nr_udp_recv_many(self->t.b, self->in.v, MANY));
        EXPECT_GT(self->n, 0);
        EXPECT_LE(self->n, 64);
        for (int i = 0; i < self->n; i++, self->received++) {
            EXPECT_EQ(self->in.v[i].len, self->out.v[self->received].len);
            EXPECT_EQ(text_of(self->in.v[i].addr), text_of(self->t.at_a));
            if (self->in.v[i].len != 0) {
                EXPECT_EQ(self->in.bufs[i][0], (char)self->received);
            }
        }
    }
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, ManyDatagramsArriveWithTheirLengthsAndSenders)
{
    BLOCK_ON(rt, pass_many(false));
}

TEST_F(Udp, ManyDatagramsToAPeerNeedNoAddress)
{
    BLOCK_ON(rt, pass_many(true));
}

// Each may be the third for another reason, which is known before the call of
// the system, or by it.
ASYNC_FN(void, stop_in_the_middle, (), udp_two t; many out; char big[65536];
         char buf[4]; int i;)
{
    ASYNC_BEGIN(stop_in_the_middle);
    udp_two_open(&self->t, "127.0.0.1:0");
    for (; self->i < 4; self->i++) {
        many_init(&self->out, 1, &self->t.at_b);
        self->out.v[2].buf = self->big;
        switch (self->i) {
        case 0:
            self->out.v[2].len = 65508;
            break;
        case 1:
            self->out.v[2].len = 65536;
            break;
        case 2:
            self->out.v[2].addr = addr_of("127.0.0.1:0");
            break;
        case 3:
            self->out.v[2].addr = addr_of("[::1]:9");
            break;
        }
        EXPECT_AWAITED(2, nr_udp_send_many(self->t.a, self->out.v, 5));
        EXPECT_AWAITED(1, nr_udp_recv(self->t.b, self->buf, 4, nullptr));
        EXPECT_AWAITED(1, nr_udp_recv(self->t.b, self->buf, 4, nullptr));
        // Now it is the first, and the error is its.
        EXPECT_AWAITED(self->i < 2    ? -EMSGSIZE
                       : self->i == 2 ? -EINVAL
                                      : -EAFNOSUPPORT,
                       nr_udp_send_many(self->t.a, self->out.v + 2, 3));
        EXPECT_AWAITED(2, nr_udp_send_many(self->t.a, self->out.v + 3, 2));
        EXPECT_AWAITED(1, nr_udp_recv(self->t.b, self->buf, 4, nullptr));
        EXPECT_AWAITED(1, nr_udp_recv(self->t.b, self->buf, 4, nullptr));
    }
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, SendManyThatStopsInTheMiddleSaysHowManyWereTaken)
{
    BLOCK_ON(rt, stop_in_the_middle());
}

ASYNC_FN(void, ask_for_none, (), udp_two t; many m;)
{
    ASYNC_BEGIN(ask_for_none);
    udp_two_open(&self->t, "127.0.0.1:0");
    many_init(&self->m, 1, &self->t.at_b);
    EXPECT_AWAITED(0, nr_udp_recv_many(self->t.a, self->m.v, 0));
    EXPECT_AWAITED(0, nr_udp_send_many(self->t.a, self->m.v, 0));
    EXPECT_AWAITED(-EINVAL, nr_udp_recv_many(self->t.a, self->m.v, -1));
    EXPECT_AWAITED(-EINVAL, nr_udp_send_many(self->t.a, self->m.v, -1));
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, ManyAsksForNoneOrForFewerAreAnswered)
{
    BLOCK_ON(rt, ask_for_none());
}

// Sends faster than the network takes it away.
ASYNC_FN(void, send_beyond_room, (), udp_two t; many out; int sent, n;)
{
    ASYNC_BEGIN(send_beyond_room);
    udp_two_open(&self->t, "127.0.0.1:0");
    many_init(&self->out, ROOM, &self->t.at_b);
    for (; self->sent < 1000; self->sent += self->n) {
        AWAIT(self->n, nr_udp_send_many(self->t.a, self->out.v, 64));
        EXPECT_GT(self->n, 0);
    }
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, SendManyWaitsForRoomAndNeverFailsForWantOfIt)
{
    BLOCK_ON(rt, send_beyond_room());
}

// ---- a peer that is not there ----

// Datagrams of 0 bytes make no row. The answer to the first may come while the
// others are sent.
ASYNC_FN(void, send_several_to_nobody, (), nr_udp *u; nr_addr at, nobody;
         many out; int n;)
{
    ASYNC_BEGIN(send_several_to_nobody);
    self->nobody = udp_nobody();
    self->u = udp_at("127.0.0.1:0", &self->at);
    EXPECT_EQ(nr_udp_connect(self->u, &self->nobody), 0);
    many_init(&self->out, 0, nullptr);
    AWAIT(self->n, nr_udp_send_many(self->u, self->out.v, 3));
    EXPECT_TRUE(1 <= self->n && self->n <= 3) << self->n;
    AWAIT(udp_await_refusal(self->u));
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    ASYNC_END;
}

TEST_F(Udp, AnAnswerThatComesDuringSendManyIsForTheNextCall)
{
    BLOCK_ON(rt, send_several_to_nobody());
}

ASYNC_FN(void, send_beside_a_receiver, (), nr_udp *u; nr_addr at, nobody;
         many out; int n; JOIN_HANDLE(udp_await_refusal) task;)
{
    ASYNC_BEGIN(send_beside_a_receiver);
    self->nobody = udp_nobody();
    self->u = udp_at("127.0.0.1:0", &self->at);
    EXPECT_EQ(nr_udp_connect(self->u, &self->nobody), 0);
    many_init(&self->out, 0, nullptr);
    self->task = SPAWN(udp_await_refusal(self->u));
    YIELD_NOW(); // it waits then
    AWAIT(self->n, nr_udp_send_many(self->u, self->out.v, 3));
    EXPECT_TRUE(1 <= self->n && self->n <= 3) << self->n;
    AWAIT(JOIN(self->task));
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    ASYNC_END;
}

TEST_F(Udp, AnAnswerThatComesDuringSendManyWakesTheReceiver)
{
    Runtime one(1);
    BLOCK_ON(one, send_beside_a_receiver());
}

// ---- a flood ----

struct Flood {
    udp_two t;
    bool is_over;
    int received;
};

// As many as it takes are there again before the next call.
ASYNC_FN(void, be_flooded, ((Flood *, flood)), many in, out; int n;)
{
    ASYNC_BEGIN(be_flooded);
    many_init(&self->in, 0, nullptr);
    many_init(&self->out, 1, &self->flood->t.at_b);
    while (!self->flood->is_over && self->flood->received < 1000000) {
        AWAIT(self->n, nr_udp_send_many(self->flood->t.a, self->out.v, 64));
        EXPECT_GT(self->n, 0);
        AWAIT(self->n, nr_udp_recv_many(self->flood->t.b, self->in.v, 64));
        EXPECT_GT(self->n, 0);
        self->flood->received += self->n;
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

// A turn is 128 calls, or by what many datagrams cost 7 pairs of them.
TEST_F(Udp, ManyDatagramsAtOnceShortenTheTurn)
{
    Flood flood = {};
    Runtime one(1);
    BLOCK_ON(one, go_on_beside(&flood));
    EXPECT_LE(flood.received, 12 * 8 * 64);
}

} // namespace
