// SPDX-License-Identifier: MIT
#include <errno.h>

#include <string>

#include "tests/io/unix_helpers.h"
#include "tests/support/alloc_failure.h"

namespace
{

ASYNC_FN(void, talk, (), unix_conn c; char buf[8]; nr_addr at;
         nr_unix_cred peers[2];)
{
    ASYNC_BEGIN(talk);
    AWAIT_UNIX(&self->c, "talk");
    EXPECT_EQ(nr_listener_addr(self->c.listener, &self->at), -ENOTSUP);
    // Each is this process.
    EXPECT_EQ(nr_unix_peer(self->c.client, &self->peers[0]), 0);
    EXPECT_EQ(nr_unix_peer(self->c.server, &self->peers[1]), 0);
    EXPECT_GT(self->peers[0].pid, 0);
    EXPECT_EQ(self->peers[0].pid, self->peers[1].pid);
    EXPECT_EQ(self->peers[0].uid, self->peers[1].uid);
    EXPECT_AWAITED(0, nr_stream_write_all(self->c.client, "ask", 3));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->c.server, self->buf, 3));
    EXPECT_EQ(memcmp(self->buf, "ask", 3), 0);
    EXPECT_AWAITED(0, nr_stream_write_all(self->c.server, "reply", 5));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->c.client, self->buf, 5));
    EXPECT_EQ(memcmp(self->buf, "reply", 5), 0);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->c.client, NR_SHUT_WR));
    EXPECT_AWAITED(0, nr_stream_read(self->c.server, self->buf, 8));
    EXPECT_AWAITED(0, nr_stream_write_all(self->c.server, "late", 4));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->c.client, self->buf, 4));
    ASYNC_FINALLY;
    unix_close(&self->c);
    ASYNC_END;
}

TEST_F(Unix, AConnectionCarriesBytesBothWaysAndEndsByHalves)
{
    BLOCK_ON(rt, talk());
}

ASYNC_FN(size_t, read_pattern, ((nr_stream *, s)), char buf[3000]; ptrdiff_t n;
         size_t sum;)
{
    ASYNC_BEGIN(read_pattern);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf, sizeof self->buf));
        for (ptrdiff_t i = 0; i < self->n; i++, self->sum++)
            EXPECT_EQ(self->buf[i], pattern(self->sum));
    } while (self->n > 0);
    EXPECT_EQ(self->n, 0);
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

ASYNC_FN(void, write_pattern, ((nr_stream *, s), (size_t, size)),
         char buf[7000];
         size_t sum, part;)
{
    ASYNC_BEGIN(write_pattern);
    for (; self->sum < self->size; self->sum += self->part) {
        self->part = self->size - self->sum;
        if (self->part > sizeof self->buf)
            self->part = sizeof self->buf;
        for (size_t i = 0; i < self->part; i++)
            self->buf[i] = pattern(self->sum + i);
        EXPECT_AWAITED(0, nr_stream_write_all(self->s, self->buf, self->part));
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_END;
}

ASYNC_FN(void, pass_much, ((size_t, size)), nr_stream *s[2]; size_t got[2];)
{
    ASYNC_BEGIN(pass_much);
    open_pair(self->s);
    AWAIT(ALL(write_pattern(self->s[0], self->size),
              write_pattern(self->s[1], self->size),
              INTO(&self->got[0], read_pattern(self->s[0])),
              INTO(&self->got[1], read_pattern(self->s[1]))));
    EXPECT_EQ(self->got[0], self->size);
    EXPECT_EQ(self->got[1], self->size);
    ASYNC_FINALLY;
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, APairPassesEveryByteBothWays)
{
    BLOCK_ON(rt, pass_much(IS_SIM ? 20000 : 3000000));
}

// ---- names ----

// What a connect to `name` results in.
ASYNC_FN(int, connect_to, ((const char *, name)), nr_stream *s; int err;)
{
    ASYNC_BEGIN(connect_to);
    AWAIT(self->err, nr_unix_connect(self->name, &self->s));
    ASYNC_RETURN(self->err);
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    ASYNC_END;
}

int listen_at(const char *name, nr_listener **out)
{
    return nr_unix_listen(name, nullptr, out);
}

TEST_F(Unix, ANameWithoutAListenerIsRefused)
{
    nr_listener *l;
    ASSERT_EQ(listen_at("gone", &l), 0);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("gone")), 0);
    nr_listener_close(l);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("gone")), -ENOENT);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("never")), -ENOENT);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("@never")), -ECONNREFUSED);
}

TEST_F(Unix, ANameIsTakenOnce)
{
    for (const char *name : {"taken", "@taken"}) {
        nr_listener *l, *second = nullptr;
        ASSERT_EQ(listen_at(name, &l), 0);
        EXPECT_EQ(listen_at(name, &second), -EADDRINUSE);
        EXPECT_EQ(second, nullptr);
        EXPECT_EQ(BLOCK_ON(rt, connect_to(name)), 0);
        nr_listener_close(l);
        ASSERT_EQ(listen_at(name, &l), 0);
        nr_listener_close(l);
    }
}

TEST_F(Unix, NamesAreRefusedThatAreEmptyOrTooLong)
{
    const std::string longest(107, 'n'), longer(108, 'n'), huge(5000, 'n');
    nr_listener *l = nullptr;
    for (const std::string &name : {std::string(""), std::string("@")}) {
        EXPECT_EQ(listen_at(name.c_str(), &l), -EINVAL);
        EXPECT_EQ(BLOCK_ON(rt, connect_to(name.c_str())), -EINVAL);
    }
    for (const std::string &name : {longer, "@" + longer, huge, "@" + huge}) {
        EXPECT_EQ(listen_at(name.c_str(), &l), -ENAMETOOLONG);
        EXPECT_EQ(BLOCK_ON(rt, connect_to(name.c_str())), -ENAMETOOLONG);
    }
    EXPECT_EQ(l, nullptr);
    for (const std::string &name : {longest, "@" + longest}) {
        ASSERT_EQ(listen_at(name.c_str(), &l), 0);
        EXPECT_EQ(BLOCK_ON(rt, connect_to(name.c_str())), 0);
        nr_listener_close(l);
    }
}

TEST_F(Unix, AnAbstractNameIsNoPathAndNoPrefix)
{
    nr_listener *path, *shorter, *longer;
    ASSERT_EQ(listen_at("name", &path), 0);
    ASSERT_EQ(listen_at("@name", &shorter), 0);
    ASSERT_EQ(listen_at("@name2", &longer), 0);
    nr_listener_close(shorter);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("@name")), -ECONNREFUSED);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("@name2")), 0);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("name")), 0);
    nr_listener_close(path);
    nr_listener_close(longer);
}

// A socket as a killed server leaves it: its file is still there.
void leave_stale(const char *name, nr_sys_unix_file *file)
{
    const nr_sys_unix_options o = {1, 0, false};
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    ASSERT_EQ(nr_sys_unix_listen(name, &o, &s, file), 0);
    nr_sys_socket_close(s);
}

TEST_F(Unix, AStaleNameIsReplacedOnlyIfThatIsAskedFor)
{
    const nr_unix_options replacing = {0, true};
    nr_sys_unix_file file;
    nr_listener *l = nullptr, *second = nullptr;
    leave_stale("stale", &file);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("stale")), -ECONNREFUSED);
    EXPECT_EQ(listen_at("stale", &l), -EADDRINUSE);
    ASSERT_EQ(nr_unix_listen("stale", &replacing, &l), 0);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("stale")), 0);
    EXPECT_EQ(nr_unix_listen("stale", &replacing, &second), -EADDRINUSE);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("stale")), 0);
    nr_listener_close(l);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("stale")), -ENOENT);
    ASSERT_EQ(nr_unix_listen("@none", &replacing, &l), 0);
    EXPECT_EQ(nr_unix_listen("@none", &replacing, &second), -EADDRINUSE);
    nr_listener_close(l);
}

TEST_F(Unix, ANameThatIsASuccessorsIsNotFreed)
{
    const nr_sys_unix_options o = {1, 0, false};
    nr_sys_unix_file file;
    nr_sys_socket first = NR_SYS_NO_SOCKET;
    nr_listener *l;
    ASSERT_EQ(nr_sys_unix_listen("first", &o, &first, &file), 0);
    nr_sys_unix_unlink("first", &file); // as a person does, by rm
    EXPECT_EQ(BLOCK_ON(rt, connect_to("first")), -ENOENT);
    ASSERT_EQ(listen_at("first", &l), 0);
    nr_sys_unix_unlink("first", &file);
    nr_sys_socket_close(first);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("first")), 0);
    nr_listener_close(l);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("first")), -ENOENT);
}

TEST_F(Unix, OptionsThatMakeNoSenseAreRefused)
{
    nr_listener *l = nullptr;
    nr_unix_options o = {01777, false};
    EXPECT_EQ(nr_unix_listen("mode", &o, &l), -EINVAL);
    o.mode = 0600;
    EXPECT_EQ(nr_unix_listen("@mode", &o, &l), -EINVAL);
    EXPECT_EQ(l, nullptr);
}

ASYNC_FN(void, listen_and_leave, (), nr_listener *l; nr_stream * s[2]; int err;)
{
    ASYNC_BEGIN(listen_and_leave);
    EXPECT_EQ(listen_at("left", &self->l), 0);
    AWAIT(self->err, nr_unix_connect("left", &self->s[0]));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->err, nr_listener_accept(self->l, &self->s[1], nullptr));
    EXPECT_EQ(self->err, 0);
    ASYNC_END;
}

TEST_F(Unix, TheEndOfARuntimeFreesTheName)
{
    {
        Runtime other(1);
        BLOCK_ON(other, listen_and_leave());
    }
    EXPECT_EQ(BLOCK_ON(rt, connect_to("left")), -ENOENT);
}

TEST_F(Unix, AListenThatGetsNoMemoryLeavesNoName)
{
    nr_listener *l = nullptr;
    int err = -ENOMEM;
    for (uint64_t after = 0; err == -ENOMEM; after++) {
        AllocFailure failure(after);
        err = listen_at("memory", &l);
        EXPECT_EQ(err == 0, after >= (IS_SIM ? 4 : 2)) << after;
    }
    ASSERT_EQ(err, 0);
    nr_listener_close(l);
    EXPECT_EQ(BLOCK_ON(rt, connect_to("memory")), -ENOENT);
}

// ---- waiting ----

ASYNC_FN(int, accept_one, ((nr_listener *, l)), nr_stream *s; int err;)
{
    ASYNC_BEGIN(accept_one);
    AWAIT(self->err, nr_listener_accept(self->l, &self->s, nullptr));
    ASYNC_RETURN(self->err);
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    ASYNC_END;
}

ASYNC_FN(void, close_under_accept, (), nr_listener *l;
         JOIN_HANDLE(accept_one) waiter; int err;)
{
    ASYNC_BEGIN(close_under_accept);
    EXPECT_EQ(listen_at("under", &self->l), 0);
    self->waiter = SPAWN(accept_one(self->l));
    YIELD_NOW();
    nr_listener_close(self->l);
    // The name is free at once, whatever the waiter does.
    EXPECT_AWAITED(-ENOENT, connect_to("under"));
    EXPECT_EQ(listen_at("under", &self->l), 0);
    nr_listener_close(self->l);
    AWAIT(self->err, JOIN(self->waiter));
    EXPECT_EQ(self->err, -ECANCELED);
    ASYNC_END;
}

TEST(UnixClose, ACloseEndsAnAcceptAndFreesTheNameAtOnce)
{
    Runtime rt(1);
    BLOCK_ON(rt, close_under_accept());
}

ASYNC_FN(void, cancel_and_go_on, (), unix_conn c; nr_stream * s; char buf[1];
         int i, err; ptrdiff_t n;)
{
    ASYNC_BEGIN(cancel_and_go_on);
    AWAIT_UNIX(&self->c, "cancel");
    for (self->i = 0; self->i < 20; self->i++) {
        self->s = nullptr;
        AWAIT(self->err, TIMEOUT_MS(0, nr_listener_accept(self->c.listener,
                                                          &self->s, nullptr)));
        EXPECT_EQ(self->err, -ETIMEDOUT);
        EXPECT_EQ(self->s, nullptr);
        AWAIT(self->n,
              TIMEOUT_MS(0, nr_stream_read(self->c.server, self->buf, 1)));
        EXPECT_EQ(self->n, -ETIMEDOUT);
    }
    EXPECT_AWAITED(1, nr_stream_write(self->c.client, "x", 1));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->c.server, self->buf, 1));
    EXPECT_EQ(self->buf[0], 'x');
    ASYNC_FINALLY;
    unix_close(&self->c);
    ASYNC_END;
}

TEST_F(Unix, ACancelledWaitTakesNothing)
{
    BLOCK_ON(rt, cancel_and_go_on());
}

// A listener with a backlog of 0 lets one connection wait.
nr_sys_socket listen_for_one(const char *name)
{
    const nr_sys_unix_options o = {0, 0, false};
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    nr_sys_unix_file file;
    EXPECT_EQ(nr_sys_unix_listen(name, &o, &s, &file), 0);
    return s;
}

ASYNC_FN(void, connect_beyond, (), nr_sys_socket listener; nr_sys_socket s;
         nr_stream * held[4]; int count, err;)
{
    ASYNC_BEGIN(connect_beyond);
    self->listener = listen_for_one("@full");
    while (self->count < 4 && !self->err) {
        AWAIT(self->err, nr_unix_connect("@full", &self->held[self->count]));
        self->count += !self->err;
    }
    EXPECT_EQ(self->err, -EAGAIN);
    EXPECT_EQ(self->count, 1);
    EXPECT_EQ(nr_sys_socket_accept(self->listener, &self->s, nullptr), 0);
    nr_sys_socket_close(self->s);
    AWAIT(self->err, nr_unix_connect("@full", &self->held[2]));
    EXPECT_EQ(self->err, 0);
    ASYNC_FINALLY;
    for (nr_stream *s : self->held)
        nr_stream_close(s);
    nr_sys_socket_close(self->listener);
    ASYNC_END;
}

TEST_F(Unix, AFullQueueIsAnErrorAndNoWait)
{
    BLOCK_ON(rt, connect_beyond());
}

// ---- other streams ----

ASYNC_FN(void, ask_others, (), pair p; nr_stream * u[2]; nr_unix_cred cred;
         char c; int fd, nfds; ptrdiff_t n;)
{
    ASYNC_BEGIN(ask_others);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    EXPECT_EQ(nr_unix_peer(self->p.client, &self->cred), -ENOTSUP);
    EXPECT_AWAITED(-ENOTSUP, nr_unix_send(self->p.client, "x", 1, nullptr, 0));
    self->nfds = 1;
    EXPECT_AWAITED(-ENOTSUP, nr_unix_recv(self->p.client, &self->c, 1,
                                          &self->fd, &self->nfds));
    EXPECT_EQ(self->nfds, 1);
    open_pair(self->u);
    EXPECT_EQ(nr_tcp_set_nodelay(self->u[0], true), -ENOTSUP);
    EXPECT_EQ(nr_tcp_set_keepalive(self->u[0], 1, 1, 1), -ENOTSUP);
    EXPECT_EQ(nr_tcp_set_linger(self->u[0], 1), -ENOTSUP);
    EXPECT_EQ(nr_tcp_peer_addr(self->u[0], &self->p.at), -ENOTSUP);
    EXPECT_EQ(nr_tcp_local_addr(self->u[0], &self->p.at), -ENOTSUP);
    ASYNC_FINALLY;
    pair_close(&self->p);
    close_both(self->u);
    ASYNC_END;
}

TEST_F(Unix, CallsOfOneKindOfStreamAreRefusedByTheOther)
{
    BLOCK_ON(rt, ask_others());
    with_duplex(1, [&](nr_stream *a, nr_stream *b) {
        nr_unix_cred cred;
        EXPECT_EQ(nr_unix_peer(a, &cred), -ENOTSUP);
        nr_stream_close(a);
        nr_stream_close(b);
    });
}

} // namespace
