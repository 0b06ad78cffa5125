// SPDX-License-Identifier: MIT
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/io/tcp_helpers.h"

// Urgent data, which nanorun does not read, must not hide what is behind it:
// a read stops at it, and so falls short without having read all.

namespace
{

// A socket of no runtime, connected to `to`.
int connect_plainly(const nr_addr *to)
{
    struct sockaddr_in at = {};
    at.sin_family = AF_INET;
    at.sin_port = htons(nr_addr_port(to));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

ASYNC_FN(void, read_ab_and_cd, ((nr_tcp_stream *, s)), char buf[16];
         ptrdiff_t n;)
{
    ASYNC_BEGIN(read_ab_and_cd);
    AWAIT(self->n, nr_tcp_read(self->s, self->buf, sizeof self->buf));
    EXPECT_EQ(std::string(self->buf, (size_t)self->n), "ab");
    AWAIT(self->n, nr_tcp_read(self->s, self->buf, sizeof self->buf));
    EXPECT_EQ(std::string(self->buf, (size_t)self->n), "cd");
    ASYNC_END;
}

ASYNC_FN(void, send_urgently, (), nr_tcp_listener *listener; nr_addr at;
         nr_tcp_stream * server; int err; int fd; int round;
         JOIN_HANDLE(read_ab_and_cd) reader;)
{
    ASYNC_BEGIN(send_urgently);
    self->at = addr_of("127.0.0.1:0");
    self->err = nr_tcp_listen(&self->at, &self->listener);
    EXPECT_EQ(self->err, 0);
    nr_tcp_listener_addr(self->listener, &self->at);
    self->fd = connect_plainly(&self->at);
    AWAIT(self->err, nr_tcp_accept(self->listener, &self->server, nullptr));
    EXPECT_EQ(self->err, 0);
    for (self->round = 0; self->round < 3; self->round++) {
        self->reader = SPAWN(read_ab_and_cd(self->server));
        YIELD_NOW();
        EXPECT_EQ(send(self->fd, "ab", 2, 0), 2);
        EXPECT_EQ(send(self->fd, "!", 1, MSG_OOB), 1);
        EXPECT_EQ(send(self->fd, "cd", 2, 0), 2);
        AWAIT(JOIN(self->reader));
    }
    ASYNC_FINALLY;
    close(self->fd);
    nr_tcp_close(self->server);
    nr_tcp_listener_close(self->listener);
    ASYNC_END;
}

TEST(TcpUrgent, WhatIsBehindUrgentDataArrives)
{
    Runtime rt(1);
    BLOCK_ON(rt, send_urgently());
}

} // namespace
