// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/sys/socket.h"
#include "tests/io/tcp_helpers.h"

namespace
{

char nowhere;
nr_stream *const untouched = (nr_stream *)(void *)&nowhere;

// To a port that was free a moment ago: a second test never takes it, as each
// has a network of its own.
ASYNC_FN(void, be_refused, ((const char *, host)), nr_listener *l; nr_addr at;
         nr_stream * s; int err, fds;)
{
    ASYNC_BEGIN(be_refused);
    self->l = listen_on(self->host, &self->at);
    nr_listener_close(self->l);
    self->s = untouched;
    AWAIT(self->err, nr_tcp_connect(&self->at, &self->s));
    EXPECT_EQ(self->err, -ECONNREFUSED);
    self->fds = count_fds(); // those of the runtime among them
    AWAIT(self->err, nr_tcp_connect(&self->at, &self->s));
    EXPECT_EQ(self->err, -ECONNREFUSED);
    EXPECT_EQ(self->s, untouched);
    EXPECT_EQ(count_fds(), self->fds);
    ASYNC_END;
}

TEST(TcpConnect, ConnectIsRefusedWhereNobodyListens)
{
    Runtime rt(1);
    BLOCK_ON(rt, be_refused("127.0.0.1:0"));
    BLOCK_ON(rt, be_refused("[::1]:0"));
}

// A listener that takes one connection into its backlog, and then lets who
// tries to connect wait.
nr_sys_socket open_deaf_listener(nr_addr *at)
{
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    nr_addr a = {};
    nr_sys_listen_options options = {};
    a.ip_[0] = 127;
    a.ip_[3] = 1;
    EXPECT_EQ(nr_sys_socket_listen(&a, &options, &s), 0);
    EXPECT_EQ(nr_sys_socket_local_addr(s, &a), 0);
    *at = addr_of(("127.0.0.1:" + std::to_string(a.port_)).c_str());
    return s;
}

enum { TRIES = 16 };

// How many connections were made before one had to wait.
ASYNC_FN(int, connect_till_it_waits, ((nr_addr, at)), nr_stream *s[TRIES];
         int err, inner, i, fds, made;)
{
    ASYNC_BEGIN(connect_till_it_waits);
    for (; self->made < TRIES; self->made++) {
        self->s[self->made] = untouched;
        self->fds = count_fds();
        AWAIT(self->err,
              TIMEOUT_MS(100, nr_tcp_connect(&self->at, &self->s[self->made]),
                         &self->inner));
        if (self->err)
            break;
    }
    EXPECT_EQ(self->err, -ETIMEDOUT);
    EXPECT_LT(self->made, TRIES);
    EXPECT_EQ(self->s[self->made % TRIES], untouched);
    ASYNC_RETURN(self->made);
    ASYNC_FINALLY;
    for (self->i = 0; self->i < self->made; self->i++)
        nr_stream_close(self->s[self->i]);
    ASYNC_END;
}

TEST(TcpConnect, ATimeoutEndsAConnectAndClosesItsSocket)
{
    nr_addr at;
    nr_sys_socket listener = open_deaf_listener(&at);
    int fds = count_fds();
    {
        Runtime rt(1);
        EXPECT_GT(BLOCK_ON(rt, connect_till_it_waits(at)), 0);
    }
    EXPECT_EQ(count_fds(), fds);
    nr_sys_socket_close(listener);
}

ASYNC_FN(void, connect_for_ever, ((nr_addr, at)), nr_stream *s; int err;)
{
    ASYNC_BEGIN(connect_for_ever);
    for (;;)
        AWAIT(self->err, nr_tcp_connect(&self->at, &self->s));
    ASYNC_END;
}

TEST(TcpConnect, AConnectInProgressEndsWithTheRuntime)
{
    nr_addr at;
    nr_sys_socket listener = open_deaf_listener(&at);
    int fds = count_fds();
    {
        Runtime rt(1);
        BLOCK_ON(rt, connect_till_it_waits(at));
        nr_handle *h = nr_runtime_handle(rt);
        DETACH(SPAWN_ON(h, connect_for_ever(at)));
        nr_handle_release(h);
    }
    EXPECT_EQ(count_fds(), fds);
    nr_sys_socket_close(listener);
}

ASYNC_FN(void, connect_then_close, (), pair p; char c; ptrdiff_t n; int i, err;)
{
    ASYNC_BEGIN(connect_then_close);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    for (self->i = 0; self->i < 100; self->i++) {
        nr_stream_close(self->p.client);
        nr_stream_close(self->p.server);
        AWAIT(self->err, nr_tcp_connect(&self->p.at, &self->p.client));
        EXPECT_EQ(self->err, 0);
        nr_stream_close(self->p.client);
        self->p.client = nullptr;
        AWAIT(self->err,
              nr_listener_accept(self->p.listener, &self->p.server, nullptr));
        EXPECT_EQ(self->err, 0);
        AWAIT(self->n, nr_stream_read(self->p.server, &self->c, 1));
        EXPECT_EQ(self->n, 0);
    }
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpConnect, AConnectionClosedBeforeItsAcceptIsAnEmptyStream)
{
    Runtime rt(1);
    BLOCK_ON(rt, connect_then_close());
}

ASYNC_FN(void, close_later, ((nr_listener *, l), (int, ms)))
{
    ASYNC_BEGIN(close_later);
    AWAIT(nr_sleep_ms((uint64_t)self->ms));
    nr_listener_close(self->l);
    ASYNC_END;
}

// The end of a listener resets the connections that it has not accepted.
ASYNC_FN(void, connect_and_be_reset, (), nr_listener *l; nr_addr at;
         nr_stream * s; ptrdiff_t n; int err, ms;)
{
    ASYNC_BEGIN(connect_and_be_reset);
    for (; self->ms < 4; self->ms++) {
        self->l = listen_on("127.0.0.1:0", &self->at);
        AWAIT(ALL(INTO(&self->err, nr_tcp_connect(&self->at, &self->s)),
                  close_later(self->l, self->ms)));
        if (self->err) {
            EXPECT_TRUE(self->err == -ECONNRESET || self->err == -ECONNREFUSED)
                << nr_strerror(self->err);
            continue;
        }
        if (self->ms % 2)
            AWAIT(self->n, nr_stream_read(self->s, &nowhere, 1));
        else
            AWAIT(self->n, write_endlessly(self->s));
        EXPECT_EQ(self->n, -ECONNRESET);
        nr_stream_close(self->s);
    }
    ASYNC_END;
}

TEST(TcpConnect, AResetAtAnyMomentOfAConnectIsNamed)
{
    Runtime rt(1);
    BLOCK_ON(rt, connect_and_be_reset());
}

TEST(TcpConnect, AConnectThatNeverStartedIsDroppedOutsideATask)
{
    int fds = count_fds();
    nr_addr to = addr_of("127.0.0.1:9");
    nr_stream *s = untouched;
    nr_tcp_connect_future *f = nr_tcp_connect(&to, &s);
    ASSERT_NE(f, nullptr);
    nr_future_drop(&f->base);
    EXPECT_EQ(s, untouched);
    EXPECT_EQ(count_fds(), fds);
}

} // namespace
