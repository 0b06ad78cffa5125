// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/stream_helpers.h"

namespace
{

nr_tcp_listen_options options_of(int backlog, bool reuse_port, bool dual_stack)
{
    nr_tcp_listen_options o = {};
    o.backlog = backlog;
    o.reuse_port = reuse_port;
    o.dual_stack = dual_stack;
    return o;
}

ASYNC_FN(void, connect_over, ((nr_listener *, l), (nr_addr, to)), pair p;
         nr_addr peer; int err;)
{
    ASYNC_BEGIN(connect_over);
    AWAIT(self->err, nr_tcp_connect(&self->to, &self->p.client));
    EXPECT_EQ(self->err, 0);
    if (self->err)
        ASYNC_RETURN();
    AWAIT(self->err, nr_listener_accept(self->l, &self->p.server, &self->peer));
    EXPECT_EQ(self->err, 0);
    EXPECT_EQ(text_of(self->peer).substr(0, 18), "[::ffff:127.0.0.1]");
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Stream, DualStackListenerTakesIpv4)
{
    nr_tcp_listen_options o = options_of(0, false, true);
    nr_addr any = addr_of("[::]:0"), at = {};
    nr_listener *l = nullptr;
    ASSERT_EQ(nr_tcp_listen_with(&any, &o, &l), 0);
    ASSERT_EQ(nr_listener_addr(l, &at), 0);
    std::string v4 = "127.0.0.1:" + std::to_string(nr_addr_port(&at));
    BLOCK_ON(rt, connect_over(l, addr_of(v4.c_str())));
    nr_listener_close(l);
}

TEST_F(Stream, ListenersShareAPortWhereTheSystemCan)
{
    nr_tcp_listen_options o = options_of(0, true, false);
    nr_addr any = addr_of("127.0.0.1:0"), at = {};
    nr_listener *a = nullptr, *b = nullptr;
    int err = nr_tcp_listen_with(&any, &o, &a);
    if (IS_SIM != 0 || IS_WINDOWS != 0) {
        EXPECT_EQ(err, -ENOTSUP);
        return;
    }
    ASSERT_EQ(err, 0);
    ASSERT_EQ(nr_listener_addr(a, &at), 0);
    EXPECT_EQ(nr_tcp_listen_with(&at, &o, &b), 0);
    nr_listener_close(b);
    EXPECT_EQ(nr_tcp_listen(&at, &b), -EADDRINUSE);
    nr_listener_close(a);
}

TEST_F(Stream, ListenRefusesANegativeBacklog)
{
    nr_tcp_listen_options o = options_of(-1, false, false);
    nr_addr any = addr_of("127.0.0.1:0");
    nr_listener *l = nullptr;
    EXPECT_EQ(nr_tcp_listen_with(&any, &o, &l), -EINVAL);
}

ASYNC_FN(int, accept_one, ((nr_listener *, l)), nr_stream *s; int err;)
{
    ASYNC_BEGIN(accept_one);
    AWAIT(self->err, nr_listener_accept(self->l, &self->s, nullptr));
    ASYNC_RETURN(self->err);
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    ASYNC_END;
}

ASYNC_FN(void, close_under_first_accept, ((nr_listener *, l)),
         JOIN_HANDLE(accept_one) task;
         int err;)
{
    ASYNC_BEGIN(close_under_first_accept);
    self->task = SPAWN(accept_one(self->l));
    YIELD_NOW(); // it waits then
    EXPECT_AWAITED(-EBUSY, accept_one(self->l));
    nr_listener_close(self->l);
    AWAIT(self->err, JOIN(self->task));
    EXPECT_EQ(self->err, -ECANCELED);
    ASYNC_END;
}

ASYNC_FN(void, leave_open, ((nr_listener *, l)), int err;)
{
    ASYNC_BEGIN(leave_open);
    AWAIT(self->err, TIMEOUT_MS(0, accept_one(self->l)));
    EXPECT_EQ(self->err, -ETIMEDOUT);
    ASYNC_END;
}

TEST_F(Stream, ListenerEndsWithTheRuntimeThatItJoined)
{
    nr_addr any = addr_of("127.0.0.1:0");
    nr_listener *l = nullptr;
    ASSERT_EQ(nr_tcp_listen(&any, &l), 0);
    BLOCK_ON(rt, leave_open(l)); // TearDown counts
}

ASYNC_FN(int, close_elsewhere, ((nr_listener *, l)))
{
    ASYNC_BEGIN(close_elsewhere);
    nr_listener_close(self->l);
    ASYNC_RETURN(0);
    ASYNC_END;
}

ASYNC_FN(int, close_it, ((nr_listener *, l)), JOIN_HANDLE(close_elsewhere) task;
         int err;)
{
    ASYNC_BEGIN(close_it);
    self->task = SPAWN(close_elsewhere(self->l));
    AWAIT(self->err, JOIN(self->task));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

// Closed before, in, or after its first poll: an accept has its listener from
// the moment that it is made.
ASYNC_FN(void, accept_and_close, ((nr_listener *, l)), int err, closed;)
{
    ASYNC_BEGIN(accept_and_close);
    AWAIT(ALL(INTO(&self->err, nr_listener_accept(self->l, nullptr, nullptr)),
              INTO(&self->closed, close_it(self->l))));
    EXPECT_EQ(self->err, -ECANCELED);
    ASYNC_END;
}

TEST_F(Stream, ListenerMayBeClosedInItsFirstAccept)
{
    for (int i = 0; i < rounds(1000, 20); i++) {
        nr_addr any = addr_of("127.0.0.1:0");
        nr_listener *l = nullptr;
        ASSERT_EQ(nr_tcp_listen(&any, &l), 0);
        BLOCK_ON(rt, accept_and_close(l));
    }
}

// The test's own thread, which is no task, makes them.
TEST_F(Stream, ListenerJoinsTheRuntimeOfItsFirstAccept)
{
    nr_addr any = addr_of("127.0.0.1:0");
    nr_listener *l = nullptr, *unused = nullptr;
    ASSERT_EQ(nr_tcp_listen(&any, &l), 0);
    ASSERT_EQ(nr_tcp_listen(&any, &unused), 0);
    nr_listener_close(unused);
    Runtime one(1);
    BLOCK_ON(one, close_under_first_accept(l));
}

ASYNC_FN(void, set_options, (), pair p; char c;)
{
    ASYNC_BEGIN(set_options);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    EXPECT_EQ(nr_tcp_set_keepalive(self->p.client, 60, 10, 5), 0);
    EXPECT_EQ(nr_tcp_set_keepalive(self->p.client, 60, 0, 0), 0);
    EXPECT_EQ(nr_tcp_set_keepalive(self->p.client, 0, 0, 0), 0);
    EXPECT_EQ(nr_tcp_set_linger(self->p.client, 1), 0);
    EXPECT_EQ(nr_tcp_set_linger(self->p.client, -1), 0);
    EXPECT_EQ(nr_tcp_set_linger(self->p.client, 0), 0);
    nr_stream_close(self->p.client);
    self->p.client = nullptr;
    EXPECT_AWAITED(-ECONNRESET, nr_stream_read(self->p.server, &self->c, 1));
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Stream, LingerZeroClosesWithAReset)
{
    BLOCK_ON(rt, set_options());
}

} // namespace
