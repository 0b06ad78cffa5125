/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/socket.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "tests/sys/pair.h"

namespace
{

using sys_test::IsSame;
using sys_test::Listen;
using sys_test::Listener;
using sys_test::Loopback;
using sys_test::Pair;
using sys_test::Poller;
using sys_test::ReadAll;
using sys_test::WriteAll;

TEST(Socket, NoCallOnASocketBlocks)
{
    Listener listener;
    Pair pair(listener);
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    char c;

    EXPECT_EQ(nr_sys_socket_accept(listener.socket, &s, nullptr), -EAGAIN);
    EXPECT_EQ(s, NR_SYS_NO_SOCKET);
    EXPECT_EQ(nr_sys_socket_read(pair.client, &c, 1), -EAGAIN);
    EXPECT_EQ(nr_sys_socket_read(pair.server, &c, 1), -EAGAIN);
}

TEST(Socket, BothSidesAgreeOnAddresses)
{
    for (bool is_v6 : {false, true}) {
        Listener listener(Loopback(is_v6));
        Pair pair(listener);
        nr_addr a;

        EXPECT_NE(listener.addr.port_, 0);
        EXPECT_EQ(listener.addr.is_v6_, is_v6);
        ASSERT_EQ(nr_sys_socket_peer_addr(pair.client, &a), 0);
        EXPECT_TRUE(IsSame(a, listener.addr));
        ASSERT_EQ(nr_sys_socket_local_addr(pair.server, &a), 0);
        EXPECT_TRUE(IsSame(a, listener.addr));
        ASSERT_EQ(nr_sys_socket_local_addr(pair.client, &a), 0);
        EXPECT_TRUE(IsSame(a, pair.server_peer));
        EXPECT_TRUE(IsSame(Loopback(is_v6, a.port_), a));
    }
}

TEST(Socket, AnUnconnectedSocketHasNoPeer)
{
    nr_sys_socket s;
    nr_addr a = Loopback(), before = a;

    ASSERT_EQ(nr_sys_socket_open(false, &s), 0);
    EXPECT_EQ(nr_sys_socket_peer_addr(s, &a), -ENOTCONN);
    EXPECT_TRUE(IsSame(a, before));
    EXPECT_EQ(nr_sys_socket_shutdown(s, 2), -ENOTCONN);
    EXPECT_EQ(nr_sys_socket_connect_result(s), -ENOTCONN);
    nr_sys_socket_close(s);
}

TEST(Socket, AnAddressIsListenedAtOnce)
{
    Listener listener;
    nr_sys_socket s = NR_SYS_NO_SOCKET;

    EXPECT_EQ(Listen(listener.addr, &s), -EADDRINUSE);
    EXPECT_EQ(s, NR_SYS_NO_SOCKET);
}

// 192.0.2.0/24 is for documents, RFC 5737.
TEST(Socket, AForeignAddressIsNotAvailable)
{
    nr_addr a = Loopback();
    nr_sys_socket s = NR_SYS_NO_SOCKET;

    a.ip_[0] = 192;
    a.ip_[2] = 2;
    EXPECT_EQ(Listen(a, &s), -EADDRNOTAVAIL);
    EXPECT_EQ(s, NR_SYS_NO_SOCKET);
}

// The side that closes first keeps the port in TIME_WAIT.
TEST(Socket, ARestartedServerGetsItsPortBack)
{
    nr_addr at;
    {
        Listener listener;
        Pair pair(listener);
        char c;

        at = listener.addr;
        ASSERT_EQ(nr_sys_socket_shutdown(pair.server, 1), 0);
        Poller poller;
        ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
        poller.WaitFor(&pair, NR_SYS_READABLE);
        ASSERT_EQ(nr_sys_socket_read(pair.client, &c, 1), 0);
    }
    Listener again(at);
    EXPECT_EQ(again.addr.port_, at.port_);
}

TEST(Socket, V6LeavesThePortToV4)
{
    nr_addr any = {};

    any.is_v6_ = 1;
    Listener v6(any);
    any.is_v6_ = 0;
    any.port_ = v6.addr.port_;
    Listener v4(any);
    EXPECT_EQ(v4.addr.port_, v6.addr.port_);
}

TEST(Socket, EndOfStreamReadsAsZero)
{
    Pair pair;
    char text[4];

    WriteAll(pair.client, "bye", 3);
    Pair::Close(&pair.client);
    EXPECT_EQ(ReadAll(pair.server, text, sizeof(text)), 3u);
    EXPECT_EQ(std::string(text, 3), "bye");
    EXPECT_EQ(nr_sys_socket_read(pair.server, text, 1), 0);
}

// Makes the server reset the connection, by a byte that it does not read.
void close_unread(Pair *pair)
{
    Poller poller;

    WriteAll(pair->client, "x", 1);
    ASSERT_EQ(nr_sys_poller_add(poller.p, pair->server, pair), 0);
    poller.WaitFor(pair, NR_SYS_READABLE);
    Pair::Close(&pair->server);
}

TEST(Socket, AResetIsTheFirstErrorOfEveryCall)
{
    char c = 'x';
    std::function<ptrdiff_t(nr_sys_socket)> calls[] = {
        nr_sys_socket_connect_result,
        [&](nr_sys_socket s) { return nr_sys_socket_read(s, &c, 1); },
        [&](nr_sys_socket s) { return nr_sys_socket_write(s, &c, 1); },
    };

    for (auto &call : calls) {
        Pair pair;
        Poller poller;

        close_unread(&pair);
        ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
        poller.WaitFor(&pair, NR_SYS_READABLE);
        EXPECT_EQ(call(pair.client), -ECONNRESET) << &call - calls;
    }
}

// Linux has the name EPIPE for it.
TEST(Socket, AResetAfterTheEndOfStreamIsOneToConnectResult)
{
    Pair pair;
    Poller poller;
    int result;

    ASSERT_EQ(nr_sys_socket_shutdown(pair.server, 1), 0);
    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
    poller.WaitFor(&pair, NR_SYS_READABLE);
    close_unread(&pair);
    while ((result = nr_sys_socket_connect_result(pair.client)) == 0)
        poller.Wait(1000000);
    EXPECT_EQ(result, -ECONNRESET);
}

TEST(Socket, ShutdownTakesThreeWays)
{
    Pair pair;

    EXPECT_EQ(nr_sys_socket_shutdown(pair.client, -1), -EINVAL);
    EXPECT_EQ(nr_sys_socket_shutdown(pair.client, 3), -EINVAL);
    EXPECT_EQ(nr_sys_socket_shutdown(pair.client, 0), 0);
    EXPECT_EQ(nr_sys_socket_shutdown(pair.client, 1), 0);
    EXPECT_EQ(nr_sys_socket_write(pair.client, "x", 1), -EPIPE);
    EXPECT_EQ(nr_sys_socket_shutdown(pair.server, 2), 0);
}

TEST(Socket, AllThatWasWrittenArrivesInOrder)
{
    const size_t total = 4 << 20;
    std::vector<unsigned char> sent(total), got(total);
    size_t sent_len = 0, got_len = 0;
    bool was_full = false;
    Pair pair;
    Poller poller;

    std::iota(sent.begin(), sent.end(), static_cast<unsigned char>(0));
    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
    while (got_len < total) {
        ptrdiff_t n = nr_sys_socket_write(pair.client, &sent[sent_len % total],
                                          total - sent_len);
        was_full |= n == -EAGAIN || n < ptrdiff_t(total - sent_len);
        sent_len += n > 0 ? static_cast<size_t>(n) : 0;
        n = nr_sys_socket_read(pair.server, &got[got_len], total - got_len);
        got_len += n > 0 ? static_cast<size_t>(n) : 0;
        if (n != -EAGAIN)
            continue;
        nr_sys_poller_rearm(poller.p, pair.server, &pair, NR_SYS_READABLE);
        poller.Wait(1000000);
    }
    EXPECT_TRUE(was_full);
    EXPECT_TRUE(sent == got);
}

TEST(Socket, NodelayGoesOnAndOff)
{
    Pair pair;

    EXPECT_EQ(nr_sys_socket_set_nodelay(pair.client, true), 0);
    EXPECT_EQ(nr_sys_socket_set_nodelay(pair.client, false), 0);
}

} // namespace
