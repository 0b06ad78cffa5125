/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>
#include <winsock2.h>

#include <cerrno>

#include "nanorun/sys/clock.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/socket.h"
#include "tests/sys/pair.h"

namespace
{

using sys_test::Listen;
using sys_test::Listener;
using sys_test::Loopback;
using sys_test::Pair;

bool IsInherited(nr_sys_socket s)
{
    DWORD flags = 0;

    EXPECT_TRUE(GetHandleInformation(reinterpret_cast<HANDLE>(s), &flags));
    return flags & HANDLE_FLAG_INHERIT;
}

TEST(SocketWindows, NoChildInheritsASocket)
{
    Listener listener;
    Pair pair(listener);

    EXPECT_FALSE(IsInherited(listener.socket));
    EXPECT_FALSE(IsInherited(pair.client));
    EXPECT_FALSE(IsInherited(pair.server));
}

bool WinsockRuns()
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    if (s == INVALID_SOCKET) {
        EXPECT_EQ(WSAGetLastError(), WSANOTINITIALISED);
        return false;
    }
    closesocket(s);
    return true;
}

TEST(SocketWindows, WinsockRunsAsLongAsItHasUsers)
{
    nr_sys_poller *p = nullptr;
    nr_sys_socket s;

    EXPECT_FALSE(WinsockRuns());
    {
        Pair pair;
        EXPECT_TRUE(WinsockRuns());
    }
    EXPECT_FALSE(WinsockRuns());
    ASSERT_EQ(nr_sys_poller_create(&p), 0);
    ASSERT_EQ(nr_sys_socket_open(false, &s), 0);
    nr_sys_poller_destroy(p);
    EXPECT_TRUE(WinsockRuns());
    nr_sys_socket_close(s);
    EXPECT_FALSE(WinsockRuns());
    {
        nr_addr nowhere = Loopback();

        nowhere.ip_[0] = 192; // 192.0.0.1 is nobody's
        EXPECT_EQ(Listen(nowhere, &s), -EADDRNOTAVAIL);
    }
    EXPECT_FALSE(WinsockRuns());
}

TEST(SocketWindows, NodelayReachesTheSocket)
{
    Pair pair;

    for (int want : {1, 0}) {
        DWORD value = 7;
        int len = sizeof(value);

        ASSERT_EQ(nr_sys_socket_set_nodelay(pair.client, want), 0);
        ASSERT_EQ(getsockopt(static_cast<SOCKET>(pair.client), IPPROTO_TCP,
                             TCP_NODELAY, reinterpret_cast<char *>(&value),
                             &len),
                  0);
        EXPECT_EQ(value != 0, want != 0);
    }
}

TEST(SocketWindows, NobodyTakesAListenersPortOver)
{
    Listener listener;
    sockaddr_in at = {};
    BOOL on = TRUE;
    SOCKET thief = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(listener.addr.port_);
    ASSERT_EQ(setsockopt(thief, SOL_SOCKET, SO_REUSEADDR,
                         reinterpret_cast<const char *>(&on), sizeof(on)),
              0);
    EXPECT_NE(bind(thief, reinterpret_cast<sockaddr *>(&at), sizeof(at)), 0);
    closesocket(thief);
}

TEST(SocketWindows, AResetIsToldByReadAlsoAfterAPollHasSeenIt)
{
    Pair pair;
    sys_test::Poller poller;
    linger at_once = {1, 0};
    char c;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
    poller.WaitFor(&pair, NR_SYS_WRITABLE);
    ASSERT_EQ(setsockopt(static_cast<SOCKET>(pair.client), SOL_SOCKET,
                         SO_LINGER, reinterpret_cast<const char *>(&at_once),
                         sizeof(at_once)),
              0);
    Pair::Close(&pair.client);
    poller.WaitFor(&pair, NR_SYS_READABLE);
    EXPECT_EQ(nr_sys_socket_read(pair.server, &c, 1), -ECONNRESET);
}

} // namespace
