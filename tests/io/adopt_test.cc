// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/io/fd.h"
#include "nanorun/sys/socket.h"
#include "tests/io/stream_helpers.h"

// Sockets that were made elsewhere: here by nanorun's own system layer.

namespace
{

nr_sys_socket listening_socket(nr_addr *at)
{
    nr_sys_listen_options o = {};
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    *at = addr_of("127.0.0.1:0");
    o.backlog = 16;
    EXPECT_EQ(nr_sys_socket_listen(at, &o, &s), 0);
    EXPECT_EQ(nr_sys_socket_local_addr(s, at), 0);
    return s;
}

// Says "hi" over the connection that the listener takes, by a stream of its
// descriptor.
ASYNC_FN(void, meet_at, ((nr_listener *, l), (nr_addr, at)), nr_stream *client;
         nr_stream * server; char buf[2]; int err;)
{
    ASYNC_BEGIN(meet_at);
    AWAIT(self->err, nr_tcp_connect(&self->at, &self->client));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->err, nr_listener_accept(self->l, &self->server, nullptr));
    EXPECT_EQ(self->err, 0);
    if (!self->client || !self->server)
        ASYNC_RETURN();
    EXPECT_EQ(nr_tcp_set_nodelay(self->server, true), 0) << "it is TCP";
    EXPECT_AWAITED(0, nr_stream_write_all(self->client, "hi", 2));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->server, self->buf, 2));
    EXPECT_EQ(std::string(self->buf, 2), "hi");
    ASYNC_FINALLY;
    nr_stream_close(self->client);
    nr_stream_close(self->server);
    ASYNC_END;
}

TEST_F(Stream, ListenerOfADescriptorAcceptsTcp)
{
    nr_addr at;
    nr_sys_socket s = listening_socket(&at);
    nr_listener *l = nullptr;
    nr_addr found = {};
    ASSERT_EQ(nr_listener_from_fd((int)s, &l), 0);
    EXPECT_EQ(nr_listener_addr(l, &found), 0);
    EXPECT_EQ(text_of(found), text_of(at));
    BLOCK_ON(rt, meet_at(l, at));
    nr_listener_close(l);
}

// A connection whose two ends are of the system's layer.
ASYNC_FN(int, connect_sockets, ((nr_sys_socket *, ends)), nr_addr at;
         nr_sys_socket listener; int err;)
{
    ASYNC_BEGIN(connect_sockets);
    self->listener = listening_socket(&self->at);
    self->err = nr_sys_socket_open(false, &self->ends[0]);
    if (self->err)
        ASYNC_RETURN(self->err);
    self->err = nr_sys_socket_connect(self->ends[0], &self->at);
    while (self->err == -EINPROGRESS) {
        AWAIT(nr_sleep_ms(1));
        self->err = nr_sys_socket_connect_result(self->ends[0]);
    }
    if (self->err)
        ASYNC_RETURN(self->err);
    for (;;) {
        self->err =
            nr_sys_socket_accept(self->listener, &self->ends[1], nullptr);
        if (self->err != -EAGAIN)
            ASYNC_RETURN(self->err);
        AWAIT(nr_sleep_ms(1));
    }
    ASYNC_FINALLY;
    nr_sys_socket_close(self->listener);
    ASYNC_END;
}

ASYNC_FN(void, adopt_both, (), nr_sys_socket ends[2]; nr_stream * streams[2];
         char buf[3]; int err;)
{
    ASYNC_BEGIN(adopt_both);
    self->ends[0] = self->ends[1] = NR_SYS_NO_SOCKET;
    AWAIT(self->err, connect_sockets(self->ends));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    if (self->err)
        ASYNC_RETURN();
    for (int i = 0; i < 2; i++) {
        self->err = nr_stream_from_fd((int)self->ends[i], &self->streams[i]);
        EXPECT_EQ(self->err, 0);
        if (self->err)
            ASYNC_RETURN();
        EXPECT_EQ(nr_stream_fd(self->streams[i]), self->ends[i]);
    }
    EXPECT_AWAITED(0, nr_stream_write_all(self->streams[0], "abc", 3));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->streams[0], NR_SHUT_WR));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->streams[1], self->buf, 3));
    EXPECT_EQ(std::string(self->buf, 3), "abc");
    EXPECT_AWAITED(0, nr_stream_read(self->streams[1], self->buf, 1));
    ASYNC_FINALLY;
    for (int i = 0; i < 2; i++) {
        if (self->streams[i])
            nr_stream_close(self->streams[i]);
        else if (self->ends[i] != NR_SYS_NO_SOCKET)
            nr_sys_socket_close(self->ends[i]);
    }
    ASYNC_END;
}

TEST_F(Stream, StreamOfAConnectedDescriptorIsAsAnyOther)
{
    BLOCK_ON(rt, adopt_both());
}

ASYNC_FN(void, refuse_others, ((nr_sys_socket, listener)),
         nr_sys_socket unconnected;
         nr_stream * s; nr_listener * l;)
{
    ASYNC_BEGIN(refuse_others);
    EXPECT_EQ(nr_stream_from_fd((int)self->listener, &self->s), -EINVAL);
    EXPECT_EQ(nr_sys_socket_open(false, &self->unconnected), 0);
    EXPECT_EQ(nr_stream_from_fd((int)self->unconnected, &self->s), -EINVAL);
    EXPECT_EQ(nr_listener_from_fd((int)self->unconnected, &self->l), -EINVAL);
    nr_sys_socket_close(self->unconnected);
    EXPECT_EQ(self->s, nullptr);
    EXPECT_EQ(self->l, nullptr);
    ASYNC_END;
}

TEST_F(Stream, DescriptorThatIsNotConnectedStaysTheCallers)
{
    nr_addr at;
    nr_sys_socket s = listening_socket(&at);
    BLOCK_ON(rt, refuse_others(s));
    nr_sys_socket_close(s);
}

ASYNC_FN(void, ask_for_descriptors, ((nr_stream *, in_memory)), pair p;)
{
    ASYNC_BEGIN(ask_for_descriptors);
    EXPECT_EQ(nr_stream_fd(self->in_memory), -1);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    EXPECT_GE(nr_stream_fd(self->p.client), 0);
    EXPECT_NE(nr_stream_fd(self->p.client), nr_stream_fd(self->p.server));
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Stream, DescriptorIsThatOfTheSocketOrNone)
{
    with_duplex(1, [this](nr_stream *a, nr_stream *b) {
        BLOCK_ON(rt, ask_for_descriptors(a));
        nr_stream_close(a);
        nr_stream_close(b);
    });
}

} // namespace
