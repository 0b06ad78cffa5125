/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>

#include "nanorun/sys/socket.h"
#include "tests/sys/pair.h"

/* A socket whose connection is reset right after its SO_ERROR was read. */
static nr_sys_socket to_reset = NR_SYS_NO_SOCKET;

extern "C" int __real_getsockopt(int fd, int level, int name, void *value,
                                 socklen_t *len);

extern "C" int __wrap_getsockopt(int fd, int level, int name, void *value,
                                 socklen_t *len)
{
    int result = __real_getsockopt(fd, level, name, value, len);

    if (name == SO_ERROR && to_reset != NR_SYS_NO_SOCKET) {
        struct linger at_once = {1, 0};
        setsockopt(static_cast<int>(to_reset), SOL_SOCKET, SO_LINGER, &at_once,
                   sizeof at_once);
        nr_sys_socket_close(to_reset);
        to_reset = NR_SYS_NO_SOCKET;
    }
    return result;
}

namespace
{

TEST(ConnectReset, AResetBetweenTheTwoLooksAtTheSocketIsNamed)
{
    sys_test::Pair pair;

    ASSERT_EQ(nr_sys_socket_connect_result(pair.client), 0);
    to_reset = pair.server;
    EXPECT_EQ(nr_sys_socket_connect_result(pair.client), -ECONNRESET);
    pair.server = NR_SYS_NO_SOCKET;
}

} // namespace
