// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/udp_helpers.h"

namespace
{

// ---- what a datagram is ----

ASYNC_FN(void, exchange, ((const char *, host)), udp_two t; char buf[16];
         nr_addr from;)
{
    ASYNC_BEGIN(exchange);
    udp_two_open(&self->t, self->host);
    EXPECT_AWAITED(3, nr_udp_send(self->t.a, "one", 3, &self->t.at_b));
    EXPECT_AWAITED(5, nr_udp_send(self->t.a, "three", 5, &self->t.at_b));
    EXPECT_AWAITED(3, nr_udp_recv(self->t.b, self->buf, 16, &self->from));
    EXPECT_EQ(std::string(self->buf, 3), "one");
    EXPECT_EQ(text_of(self->from), text_of(self->t.at_a));
    EXPECT_AWAITED(5, nr_udp_recv(self->t.b, self->buf, 16, nullptr));
    EXPECT_EQ(std::string(self->buf, 5), "three");
    EXPECT_AWAITED(2, nr_udp_send(self->t.b, "ok", 2, &self->from));
    EXPECT_AWAITED(2, nr_udp_recv(self->t.a, self->buf, 16, &self->from));
    EXPECT_EQ(text_of(self->from), text_of(self->t.at_b));
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, ADatagramKeepsItsBordersAndItsSender)
{
    BLOCK_ON(rt, exchange("127.0.0.1:0"));
    BLOCK_ON(rt, exchange("[::1]:0"));
}

ASYNC_FN(void, send_nothing, (), udp_two t; char buf[4]; nr_addr from;)
{
    ASYNC_BEGIN(send_nothing);
    udp_two_open(&self->t, "127.0.0.1:0");
    EXPECT_AWAITED(0, nr_udp_send(self->t.a, nullptr, 0, &self->t.at_b));
    EXPECT_AWAITED(0, nr_udp_recv(self->t.b, self->buf, 4, &self->from));
    EXPECT_EQ(text_of(self->from), text_of(self->t.at_a));
    EXPECT_AWAITED(1, nr_udp_send(self->t.a, "x", 1, &self->t.at_b));
    EXPECT_AWAITED(1, nr_udp_recv(self->t.b, self->buf, 4, nullptr));
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, ADatagramOfNoBytesIsNoEnd)
{
    BLOCK_ON(rt, send_nothing());
}

ASYNC_FN(void, receive_in_little_room, (), udp_two t; char buf[8];
         char large[60000]; nr_addr from;)
{
    ASYNC_BEGIN(receive_in_little_room);
    udp_two_open(&self->t, "127.0.0.1:0");
    memcpy(self->large, "abcdefgh", 8);
    EXPECT_AWAITED(60000,
                   nr_udp_send(self->t.a, self->large, 60000, &self->t.at_b));
    EXPECT_AWAITED(10, nr_udp_send(self->t.a, "abcdefghij", 10, &self->t.at_b));
    EXPECT_AWAITED(2, nr_udp_send(self->t.a, "ok", 2, &self->t.at_b));
    memset(self->buf, '.', 8);
    EXPECT_AWAITED(60000, nr_udp_recv(self->t.b, self->buf, 4, &self->from));
    EXPECT_EQ(std::string(self->buf, 8), "abcd....");
    EXPECT_EQ(text_of(self->from), text_of(self->t.at_a));
    EXPECT_AWAITED(10, nr_udp_recv(self->t.b, nullptr, 0, nullptr));
    EXPECT_AWAITED(2, nr_udp_recv(self->t.b, self->buf, 8, nullptr));
    EXPECT_EQ(std::string(self->buf, 2), "ok");
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, ADatagramThatIsTooLargeForItsBufferSaysItsFullLength)
{
    BLOCK_ON(rt, receive_in_little_room());
}

// ---- peers ----

ASYNC_FN(void, hear_one_only, (), udp_two t; nr_udp * third; nr_addr at, from;
         char buf[8];)
{
    ASYNC_BEGIN(hear_one_only);
    udp_two_open(&self->t, "127.0.0.1:0");
    self->third = udp_at("127.0.0.1:0", &self->at);
    EXPECT_EQ(nr_udp_connect(self->t.b, &self->t.at_a), 0);
    EXPECT_AWAITED(5, nr_udp_send(self->third, "third", 5, &self->t.at_b));
    EXPECT_AWAITED(4, nr_udp_send(self->t.a, "peer", 4, &self->t.at_b));
    EXPECT_AWAITED(4, nr_udp_recv(self->t.b, self->buf, 8, &self->from));
    EXPECT_EQ(text_of(self->from), text_of(self->t.at_a));
    EXPECT_AWAITED(2, nr_udp_send(self->t.b, "ok", 2, nullptr));
    EXPECT_AWAITED(2, nr_udp_recv(self->t.a, self->buf, 8, nullptr));
    // And another one.
    EXPECT_EQ(nr_udp_connect(self->t.b, &self->at), 0);
    EXPECT_AWAITED(3, nr_udp_send(self->t.b, "you", 3, nullptr));
    EXPECT_AWAITED(3, nr_udp_recv(self->third, self->buf, 8, nullptr));
    ASYNC_FINALLY;
    nr_udp_close(self->third);
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, OfAPeerOnlyItsDatagramsAreReceived)
{
    BLOCK_ON(rt, hear_one_only());
}

ASYNC_FN(void, send_to_nobody, (), nr_udp *u, *late; nr_addr at, nobody;
         char buf[4];)
{
    ASYNC_BEGIN(send_to_nobody);
    self->nobody = udp_nobody();
    self->u = udp_at("127.0.0.1:0", &self->at);
    EXPECT_EQ(nr_udp_connect(self->u, &self->nobody), 0);
    EXPECT_AWAITED(1, nr_udp_send(self->u, "x", 1, nullptr));
    AWAIT(udp_await_refusal(self->u));
    // It ended nothing: now there is somebody.
    EXPECT_EQ(nr_udp_open(&self->nobody, nullptr, &self->late), 0);
    EXPECT_AWAITED(1, nr_udp_send(self->u, "y", 1, nullptr));
    EXPECT_AWAITED(1, nr_udp_recv(self->late, self->buf, 4, &self->at));
    if (IS_WINDOWS != 0)
        ASYNC_RETURN(); // Wine's server watches the socket no more
    EXPECT_AWAITED(2, nr_udp_send(self->late, "ok", 2, &self->at));
    EXPECT_AWAITED(2, nr_udp_recv(self->u, self->buf, 4, nullptr));
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    nr_udp_close(self->late);
    ASYNC_END;
}

TEST_F(Udp, APeerThatIsNotThereIsAnErrorThatEndsNothing)
{
    BLOCK_ON(rt, send_to_nobody());
}

// A server that answers clients that have gone.
ASYNC_FN(void, answer_the_gone, (), udp_two t; nr_addr nobody, from;
         char buf[4]; int i;)
{
    ASYNC_BEGIN(answer_the_gone);
    self->nobody = udp_nobody();
    udp_two_open(&self->t, "127.0.0.1:0");
    for (; self->i < 20; self->i++) {
        EXPECT_AWAITED(1, nr_udp_send(self->t.a, "x", 1, &self->nobody));
        EXPECT_AWAITED(1, nr_udp_send(self->t.a, "x", 1, &self->nobody));
        EXPECT_AWAITED(4, nr_udp_send(self->t.b, "ping", 4, &self->t.at_a));
        EXPECT_AWAITED(4, nr_udp_recv(self->t.a, self->buf, 4, &self->from));
        EXPECT_EQ(text_of(self->from), text_of(self->t.at_b));
    }
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, APortUnreachableIsNoErrorOfASocketWithoutAPeer)
{
    BLOCK_ON(rt, answer_the_gone());
}

// ---- refused ----

ASYNC_FN(void, send_badly, (), udp_two t; nr_addr zero, v6; char big[65536];)
{
    ASYNC_BEGIN(send_badly);
    udp_two_open(&self->t, "127.0.0.1:0");
    self->zero = addr_of("127.0.0.1:0");
    self->v6 = addr_of("[::1]:9");
    EXPECT_AWAITED(-EDESTADDRREQ, nr_udp_send(self->t.a, "x", 1, nullptr));
    EXPECT_AWAITED(-EINVAL, nr_udp_send(self->t.a, "x", 1, &self->zero));
    EXPECT_AWAITED(-EAFNOSUPPORT, nr_udp_send(self->t.a, "x", 1, &self->v6));
    EXPECT_AWAITED(-EMSGSIZE,
                   nr_udp_send(self->t.a, self->big, 65508, &self->t.at_b));
    EXPECT_AWAITED(-EMSGSIZE,
                   nr_udp_send(self->t.a, self->big, 65536, &self->t.at_b));
    EXPECT_AWAITED(65507,
                   nr_udp_send(self->t.a, self->big, 65507, &self->t.at_b));
    EXPECT_EQ(nr_udp_connect(self->t.a, &self->zero), -EINVAL);
    EXPECT_EQ(nr_udp_connect(self->t.a, &self->v6), -EAFNOSUPPORT);
    EXPECT_AWAITED(-EDESTADDRREQ, nr_udp_send(self->t.a, "x", 1, nullptr));
    EXPECT_EQ(nr_udp_connect(self->t.a, &self->t.at_b), 0);
    EXPECT_AWAITED(-EISCONN, nr_udp_send(self->t.a, "x", 1, &self->t.at_b));
    ASYNC_FINALLY;
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, EachBadSendHasItsError)
{
    BLOCK_ON(rt, send_badly());
}

ASYNC_FN(void, open_badly, (), nr_udp *u, *same; nr_addr at;)
{
    ASYNC_BEGIN(open_badly);
    nr_addr any = addr_of("127.0.0.1:0"), elsewhere = addr_of("192.0.2.1:9");
    nr_udp_options recv = {}, send = {}, both = {};
    recv.recv_buffer = -1;
    send.send_buffer = -1;
    EXPECT_EQ(nr_udp_open(&any, &recv, &self->u), -EINVAL);
    EXPECT_EQ(nr_udp_open(&any, &send, &self->u), -EINVAL);
    if (IS_WINDOWS == 0) { // Wine takes it for datagrams
        EXPECT_EQ(nr_udp_open(&elsewhere, nullptr, &self->u), -EADDRNOTAVAIL);
    }
    both.recv_buffer = both.send_buffer = 65536;
    EXPECT_EQ(nr_udp_open(&any, &both, &self->u), 0);
    EXPECT_EQ(nr_udp_addr(self->u, &self->at), 0);
    EXPECT_EQ(nr_udp_open(&self->at, nullptr, &self->same), -EADDRINUSE);
    EXPECT_EQ(self->same, nullptr);
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    nr_udp_close(nullptr);
    ASYNC_END;
}

TEST_F(Udp, EachBadOpenHasItsError)
{
    BLOCK_ON(rt, open_badly());
}

ASYNC_FN(void, share, (), nr_udp *a, *b, *c; nr_addr at;)
{
    ASYNC_BEGIN(share);
    nr_addr any = addr_of("127.0.0.1:0");
    nr_udp_options o = {};
    o.reuse_port = true;
    int err = nr_udp_open(&any, &o, &self->a);
    if (IS_SIM != 0 || IS_WINDOWS != 0) {
        EXPECT_EQ(err, -ENOTSUP);
        ASYNC_RETURN();
    }
    EXPECT_EQ(err, 0);
    EXPECT_EQ(nr_udp_addr(self->a, &self->at), 0);
    EXPECT_EQ(nr_udp_open(&self->at, &o, &self->b), 0);
    EXPECT_EQ(nr_udp_open(&self->at, nullptr, &self->c), -EADDRINUSE);
    ASYNC_FINALLY;
    nr_udp_close(self->a);
    nr_udp_close(self->b);
    ASYNC_END;
}

TEST_F(Udp, SocketsShareAPortWhereTheSystemCan)
{
    BLOCK_ON(rt, share());
}

ASYNC_FN(void, open_both_families, (), nr_udp *v6, *v4; nr_addr at;)
{
    ASYNC_BEGIN(open_both_families);
    self->v6 = udp_at("[::]:0", &self->at);
    std::string v4 = "0.0.0.0:" + std::to_string(nr_addr_port(&self->at));
    nr_addr same_port = addr_of(v4.c_str());
    EXPECT_EQ(nr_udp_open(&same_port, nullptr, &self->v4), 0);
    ASYNC_FINALLY;
    nr_udp_close(self->v6);
    nr_udp_close(self->v4);
    ASYNC_END;
}

TEST_F(Udp, AnAddressOfIpv6IsOfIpv6Only)
{
    BLOCK_ON(rt, open_both_families());
}

ASYNC_FN(void, run_out, (), nr_udp *u, *more; nr_addr at; unsigned before;)
{
    ASYNC_BEGIN(run_out);
    self->u = udp_at("127.0.0.1:0", &self->at);
    self->before = limit_fds(0);
    nr_addr any = addr_of("127.0.0.1:0");
    EXPECT_EQ(nr_udp_open(&any, nullptr, &self->more), -EMFILE);
    limit_fds(self->before);
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    ASYNC_END;
}

TEST_F(Udp, OpenReportsWantOfDescriptors)
{
    if (!fds_can_be_limited())
        GTEST_SKIP() << "the system has no such limit";
    BLOCK_ON(rt, run_out());
}

} // namespace
