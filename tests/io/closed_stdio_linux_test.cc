// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nanorun/async.h"
#include "nanorun/io/tcp.h"

// A program that was started with standard input, output and error closed: the
// library takes none of their numbers, for its own descriptors nor for sockets.

namespace
{

ASYNC_FN(int, meet, (), nr_listener *listener; nr_addr at;
         nr_stream * client, *server; char buf[5]; int error, e2;)
{
    ASYNC_BEGIN(meet);
    nr_addr_parse(&self->at, "127.0.0.1:0");
    self->error = nr_tcp_listen(&self->at, &self->listener);
    if (self->error)
        ASYNC_RETURN(self->error);
    nr_listener_addr(self->listener, &self->at);
    AWAIT(ALL(INTO(&self->error, nr_tcp_connect(&self->at, &self->client)),
              INTO(&self->e2,
                   nr_listener_accept(self->listener, &self->server, NULL))));
    if (self->error || self->e2)
        ASYNC_RETURN(1);
    AWAIT(self->error, nr_stream_write_all(self->client, "hello", 5));
    AWAIT(self->e2, nr_stream_read_exact(self->server, self->buf, 5));
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
            ASYNC_RETURN(10 + fd);
    }
    ASYNC_RETURN(memcmp(self->buf, "hello", 5) != 0);
    ASYNC_FINALLY;
    nr_stream_close(self->client);
    nr_stream_close(self->server);
    nr_listener_close(self->listener);
    ASYNC_END;
}

void meet_without_stdio()
{
    for (int fd = 0; fd <= 2; fd++)
        close(fd);
    _exit(RUN(meet()));
}

TEST(ClosedStdioDeathTest, DescriptorsOfClosedStdioAreNotTaken)
{
    EXPECT_EXIT(meet_without_stdio(), testing::ExitedWithCode(0), "");
}

} // namespace
