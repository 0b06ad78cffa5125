// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/tcp_helpers.h"

namespace
{

char nowhere;
nr_stream *const untouched = (nr_stream *)(void *)&nowhere;

enum { CLIENTS = IS_SIM ? 20 : 200 };

// Connects, and expects to be told its own port.
ASYNC_FN(void, be_told_the_port, ((nr_addr, to)), nr_stream *s; nr_addr mine;
         uint16_t told; int err;)
{
    ASYNC_BEGIN(be_told_the_port);
    AWAIT(self->err, nr_tcp_connect(&self->to, &self->s));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    AWAIT(self->err, nr_stream_read_exact(self->s, &self->told, 2));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    EXPECT_EQ(nr_tcp_local_addr(self->s, &self->mine), 0);
    EXPECT_EQ(self->told, nr_addr_port(&self->mine));
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    ASYNC_END;
}

ASYNC_FN(void, accept_many, ((const char *, host)), nr_listener *l;
         nr_addr at, peer; nr_stream * s; uint16_t port; int err, i;)
{
    ASYNC_BEGIN(accept_many);
    self->l = listen_on(self->host, &self->at);
    for (self->i = 0; self->i < CLIENTS; self->i++)
        DETACH(SPAWN(be_told_the_port(self->at)));
    for (self->i = 0; self->i < CLIENTS; self->i++) {
        AWAIT(self->err, nr_listener_accept(self->l, &self->s, &self->peer));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
        self->port = nr_addr_port(&self->peer);
        AWAIT(self->err, nr_stream_write_all(self->s, &self->port, 2));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
        nr_stream_close(self->s);
    }
    ASYNC_FINALLY;
    nr_listener_close(self->l);
    ASYNC_END;
}

TEST(TcpListener, AListenerAcceptsManyConnections)
{
    for (unsigned workers : {1u, 3u})
        for (const char *host : {"127.0.0.1:0", "[::1]:0"}) {
            SCOPED_TRACE(host);
            Runtime rt(workers);
            BLOCK_ON(rt, accept_many(host));
        }
}

ASYNC_FN(void, compare_addresses, ((const char *, host)), pair p; nr_addr a, b;
         nr_stream * s;)
{
    ASYNC_BEGIN(compare_addresses);
    AWAIT_PAIR(&self->p, self->host);
    EXPECT_NE(nr_addr_port(&self->p.at), 0);
    EXPECT_EQ(nr_tcp_local_addr(self->p.client, &self->a), 0);
    EXPECT_EQ(nr_tcp_peer_addr(self->p.server, &self->b), 0);
    EXPECT_EQ(text_of(self->a), text_of(self->b));
    EXPECT_EQ(nr_tcp_peer_addr(self->p.client, &self->a), 0);
    EXPECT_EQ(text_of(self->a), text_of(self->p.at));
    EXPECT_EQ(nr_tcp_local_addr(self->p.server, &self->a), 0);
    EXPECT_EQ(text_of(self->a), text_of(self->p.at));
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpListener, BothEndsOfAConnectionKnowTheAddresses)
{
    Runtime rt(1);
    BLOCK_ON(rt, compare_addresses("127.0.0.1:0"));
    BLOCK_ON(rt, compare_addresses("[::1]:0"));
}

ASYNC_FN(void, bind_twice, (), nr_listener *l, *second; nr_addr at;)
{
    ASYNC_BEGIN(bind_twice);
    self->l = listen_on("127.0.0.1:0", &self->at);
    EXPECT_EQ(nr_tcp_listen(&self->at, &self->second), -EADDRINUSE);
    EXPECT_EQ(self->second, nullptr);
    nr_listener_close(self->l);
    EXPECT_EQ(nr_tcp_listen(&self->at, &self->second), 0);
    nr_listener_close(self->second);
    nr_listener_close(nullptr);
    self->second = nullptr;
    self->at = addr_of("192.0.2.1:0"); // TEST-NET-1: nobody's
    EXPECT_EQ(nr_tcp_listen(&self->at, &self->second), -EADDRNOTAVAIL);
    EXPECT_EQ(self->second, nullptr);
    ASYNC_END;
}

TEST(TcpListener, ListenRefusesAnAddressInUseAndAForeignOne)
{
    Runtime rt(1);
    BLOCK_ON(rt, bind_twice());
}

ASYNC_FN(int, accept_one, ((nr_listener *, l)), nr_stream *s; int err;)
{
    ASYNC_BEGIN(accept_one);
    self->s = untouched;
    AWAIT(self->err, nr_listener_accept(self->l, &self->s, nullptr));
    EXPECT_EQ(self->s == untouched, self->err != 0);
    if (!self->err)
        nr_stream_close(self->s);
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

ASYNC_FN(void, accept_twice_at_once, (), nr_listener *l; nr_addr at;
         JOIN_HANDLE(accept_one) first; int err;)
{
    ASYNC_BEGIN(accept_twice_at_once);
    self->l = listen_on("127.0.0.1:0", &self->at);
    self->first = SPAWN(accept_one(self->l));
    YIELD_NOW();
    AWAIT(self->err, accept_one(self->l));
    EXPECT_EQ(self->err, -EBUSY);
    EXPECT_FALSE(IS_FINISHED(self->first));
    nr_listener_close(self->l);
    AWAIT(self->err, JOIN(self->first));
    EXPECT_EQ(self->err, -ECANCELED);
    ASYNC_END;
}

TEST(TcpListener, ASecondAcceptIsBusyAndCloseCancelsTheFirst)
{
    Runtime rt(1);
    BLOCK_ON(rt, accept_twice_at_once());
}

ASYNC_FN(void, accept_without_fds, (), nr_listener *l; nr_addr at;
         nr_stream * clients[3]; nr_stream * s; unsigned before; int err, i;)
{
    ASYNC_BEGIN(accept_without_fds);
    self->l = listen_on("127.0.0.1:0", &self->at);
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(self->err, nr_tcp_connect(&self->at, &self->clients[self->i]));
        EXPECT_EQ(self->err, 0);
    }
    self->before = limit_fds(0);
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(self->err, accept_one(self->l));
        EXPECT_EQ(self->err, -EMFILE);
    }
    limit_fds(self->before);
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(self->err, accept_one(self->l));
        EXPECT_EQ(self->err, 0);
    }
    ASYNC_FINALLY;
    for (self->i = 0; self->i < 3; self->i++)
        nr_stream_close(self->clients[self->i]);
    nr_listener_close(self->l);
    ASYNC_END;
}

TEST(TcpListener, AcceptReportsWantOfDescriptorsAndLosesNoConnection)
{
    if (!fds_can_be_limited())
        GTEST_SKIP() << "this system sets no limit on sockets";
    Runtime rt(1);
    BLOCK_ON(rt, accept_without_fds());
}

ASYNC_FN(void, open_without_fds, (), nr_listener *l; nr_addr at; nr_stream * s;
         unsigned before; int err;)
{
    ASYNC_BEGIN(open_without_fds);
    self->at = addr_of("127.0.0.1:0");
    self->before = limit_fds(0);
    EXPECT_EQ(nr_tcp_listen(&self->at, &self->l), -EMFILE);
    AWAIT(self->err, nr_tcp_connect(&self->at, &self->s));
    EXPECT_EQ(self->err, -EMFILE);
    limit_fds(self->before);
    EXPECT_EQ(self->l, nullptr);
    EXPECT_EQ(self->s, nullptr);
    self->before = limit_fds((unsigned)count_fds() + 1000);
    EXPECT_EQ(nr_tcp_listen(&self->at, &self->l), 0);
    limit_fds(0);
    AWAIT(self->err, nr_tcp_connect(&self->at, &self->s));
    EXPECT_EQ(self->err, -EMFILE);
    limit_fds(self->before);
    EXPECT_EQ(self->s, nullptr);
    ASYNC_FINALLY;
    nr_listener_close(self->l);
    ASYNC_END;
}

TEST(TcpListener, TheFirstSocketOfARuntimeReportsWantOfDescriptors)
{
    if (!fds_can_be_limited())
        GTEST_SKIP() << "this system sets no limit on sockets";
    int fds = count_fds();
    {
        Runtime rt(1);
        BLOCK_ON(rt, open_without_fds());
    }
    EXPECT_EQ(count_fds(), fds);
}

enum { FLOOD = IS_SIM ? 60 : 300 };

// Each connection says who it is.
ASYNC_FN(void, connect_flood, ((nr_addr, to)), nr_stream *s; int i, err;)
{
    ASYNC_BEGIN(connect_flood);
    for (self->i = 0; self->i < FLOOD; self->i++) {
        AWAIT(self->err, nr_tcp_connect(&self->to, &self->s));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
        AWAIT(self->err,
              nr_stream_write_all(self->s, &self->i, sizeof self->i));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
        nr_stream_close(self->s);
        if (self->i % 10 == 0)
            AWAIT(nr_sleep_ms(1));
    }
    ASYNC_END;
}

// Accepts under timeouts that run out again and again.
ASYNC_FN(int, accept_impatiently, (), nr_listener *l; nr_addr at; nr_stream * s;
         int i, err, inner, who, cuts;)
{
    ASYNC_BEGIN(accept_impatiently);
    self->l = listen_on("127.0.0.1:0", &self->at);
    DETACH(SPAWN(connect_flood(self->at)));
    while (self->i < FLOOD) {
        AWAIT(self->err,
              TIMEOUT_MS((uint64_t)self->cuts % 2,
                         nr_listener_accept(self->l, &self->s, nullptr),
                         &self->inner));
        if (self->err == -ETIMEDOUT) {
            self->cuts++;
            continue;
        }
        EXPECT_EQ(self->err, 0);
        EXPECT_EQ(self->inner, 0);
        AWAIT(self->err,
              nr_stream_read_exact(self->s, &self->who, sizeof self->who));
        EXPECT_EQ(self->err, 0);
        EXPECT_EQ(self->who, self->i);
        nr_stream_close(self->s);
        self->i++;
    }
    ASYNC_RETURN(self->cuts);
    ASYNC_FINALLY;
    nr_listener_close(self->l);
    ASYNC_END;
}

TEST(TcpListener, ACancelledAcceptLosesNoConnection)
{
    for (unsigned workers : {1u, 3u}) {
        Runtime rt(workers);
        EXPECT_GT(BLOCK_ON(rt, accept_impatiently()), 0);
    }
}

} // namespace
