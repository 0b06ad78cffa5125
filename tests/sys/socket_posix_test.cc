/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "nanorun/sys/socket.h"
#include "tests/sys/limit.h"
#include "tests/sys/pair.h"

namespace
{

using sys_test::FileLimit;
using sys_test::Listen;
using sys_test::Listener;
using sys_test::Loopback;
using sys_test::Pair;

void ExpectFlags(nr_sys_socket s)
{
    EXPECT_TRUE(fcntl(static_cast<int>(s), F_GETFD) & FD_CLOEXEC);
    EXPECT_TRUE(fcntl(static_cast<int>(s), F_GETFL) & O_NONBLOCK);
}

TEST(SocketPosix, EverySocketIsNonBlockingAndClosedOnExec)
{
    Listener listener;
    Pair pair(listener);

    ExpectFlags(listener.socket);
    ExpectFlags(pair.client);
    ExpectFlags(pair.server);
}

volatile sig_atomic_t pipes_broken;

void CountBrokenPipe(int)
{
    pipes_broken = pipes_broken + 1;
}

TEST(SocketPosix, ABrokenPipeRaisesNoSignal)
{
    struct sigaction action = {}, before;
    Pair pair;

    action.sa_handler = CountBrokenPipe;
    ASSERT_EQ(sigaction(SIGPIPE, &action, &before), 0);
    ASSERT_EQ(nr_sys_socket_shutdown(pair.client, 1), 0);
    EXPECT_EQ(nr_sys_socket_write(pair.client, "x", 1), -EPIPE);
    EXPECT_EQ(pipes_broken, 0);
    sigaction(SIGPIPE, &before, nullptr);
}

TEST(SocketPosix, OpenReportsTheLackOfDescriptors)
{
    nr_addr at = Loopback();
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    FileLimit limit(0);

    EXPECT_EQ(nr_sys_socket_open(false, &s), -EMFILE);
    EXPECT_EQ(Listen(at, &s), -EMFILE);
    EXPECT_EQ(s, NR_SYS_NO_SOCKET);
}

TEST(SocketPosix, AcceptReportsTheLackOfDescriptorsAndRecovers)
{
    Listener listener;
    Pair first(listener);
    nr_sys_socket client, s = NR_SYS_NO_SOCKET;
    int result;

    ASSERT_EQ(nr_sys_socket_open(false, &client), 0);
    (void)nr_sys_socket_connect(client, &listener.addr);
    {
        FileLimit limit(0);
        EXPECT_EQ(nr_sys_socket_accept(listener.socket, &s, nullptr), -EMFILE);
        EXPECT_EQ(s, NR_SYS_NO_SOCKET);
    }
    while ((result = nr_sys_socket_accept(listener.socket, &s, nullptr)) ==
           -EAGAIN) {
    }
    EXPECT_EQ(result, 0);
    nr_sys_socket_close(s);
    nr_sys_socket_close(client);
}

TEST(SocketPosix, AFailedListenLeavesNoDescriptor)
{
    Listener listener;
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    FileLimit limit(1);

    for (int i = 0; i < 3; i++)
        EXPECT_EQ(Listen(listener.addr, &s), -EADDRINUSE);
}

TEST(SocketPosix, NodelayReachesTheSocket)
{
    Pair pair;

    for (int want : {1, 0}) {
        int value = -1;
        socklen_t len = sizeof(value);

        ASSERT_EQ(nr_sys_socket_set_nodelay(pair.client, want), 0);
        ASSERT_EQ(getsockopt(static_cast<int>(pair.client), IPPROTO_TCP,
                             TCP_NODELAY, &value, &len),
                  0);
        EXPECT_EQ(value != 0, want != 0);
    }
}

// Nobody accepts and the backlog is full, so the last stays in between.
TEST(SocketPosix, AConnectUnderWayHasNoResult)
{
    Listener listener(Loopback(), 1);
    std::vector<nr_sys_socket> clients(16);

    for (auto &c : clients) {
        ASSERT_EQ(nr_sys_socket_open(false, &c), 0);
        (void)nr_sys_socket_connect(c, &listener.addr);
    }
    EXPECT_EQ(nr_sys_socket_connect_result(clients.back()), -EINPROGRESS);
    EXPECT_EQ(nr_sys_socket_connect_result(clients.back()), -EINPROGRESS);
    for (auto c : clients)
        nr_sys_socket_close(c);
}

} // namespace
