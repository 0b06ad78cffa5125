// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "nanorun/sys/udp.h"
#include "tests/sys/pair.h"

// The contract of datagram sockets, which every system keeps.

namespace
{

using sys_test::IsSame;
using sys_test::Loopback;
using sys_test::Poller;

class Socket
{
  public:
    explicit Socket(bool is_v6 = false)
    {
        nr_addr at = Loopback(is_v6);
        nr_sys_udp_options o = {};

        EXPECT_EQ(nr_sys_udp_open(&at, &o, &socket), 0);
        EXPECT_EQ(nr_sys_socket_local_addr(socket, &addr), 0);
    }
    ~Socket()
    {
        nr_sys_socket_close(socket);
    }
    Socket(const Socket &) = delete;
    Socket &operator=(const Socket &) = delete;

    nr_sys_socket socket = NR_SYS_NO_SOCKET;
    nr_addr addr = {};
};

// Waits until `s` is readable, after a receive that would have blocked.
void await_readable(Poller &poller, const Socket &s)
{
    nr_sys_poller_rearm(poller.p, s.socket, nullptr, NR_SYS_READABLE);
    poller.WaitFor(nullptr, NR_SYS_READABLE);
}

TEST(UdpSocket, NoReceiveBlocks)
{
    Socket s;
    nr_datagram v[2] = {};
    int later;
    char c;

    EXPECT_EQ(nr_sys_udp_recv(s.socket, &c, 1, nullptr), -EAGAIN);
    EXPECT_EQ(nr_sys_udp_recv_many(s.socket, v, 2, &later), -EAGAIN);
}

TEST(UdpSocket, ADatagramIsAnEventAndComesWithItsSender)
{
    for (bool is_v6 : {false, true}) {
        Socket a(is_v6), b(is_v6);
        Poller poller;
        nr_addr from;
        char buf[8] = "";

        EXPECT_NE(a.addr.port_, 0);
        EXPECT_EQ(a.addr.is_v6_, is_v6);
        ASSERT_EQ(nr_sys_poller_add(poller.p, b.socket, nullptr), 0);
        EXPECT_EQ(nr_sys_udp_recv(b.socket, buf, 8, &from), -EAGAIN);
        EXPECT_EQ(nr_sys_udp_send(a.socket, "hello", 5, &b.addr), 5);
        await_readable(poller, b);
        EXPECT_EQ(nr_sys_udp_recv(b.socket, buf, 2, &from), 5);
        EXPECT_STREQ(buf, "he");
        EXPECT_TRUE(IsSame(from, a.addr));
        EXPECT_EQ(nr_sys_udp_recv(b.socket, buf, 8, &from), -EAGAIN);
        nr_sys_poller_remove(poller.p, b.socket);
    }
}

TEST(UdpSocket, SeveralAreReceivedAsFarAsTheyAreThere)
{
    Socket a, b;
    Poller poller;
    nr_datagram out[3] = {}, in[3] = {};
    char bytes[3] = {'a', 'b', 'c'}, room[3];
    int received = 0, later;

    for (int i = 0; i < 3; i++) {
        out[i].buf = &bytes[i];
        out[i].len = 1;
        out[i].addr = b.addr;
    }
    ASSERT_EQ(nr_sys_poller_add(poller.p, b.socket, nullptr), 0);
    EXPECT_EQ(nr_sys_udp_recv_many(b.socket, in, 3, &later), -EAGAIN);
    ASSERT_EQ(nr_sys_udp_send_many(a.socket, out, 3, false, &later), 3);
    while (received < 3) {
        for (int i = received; i < 3; i++) {
            in[i - received].buf = &room[i];
            in[i - received].size = 1;
        }
        int count = nr_sys_udp_recv_many(b.socket, in, 3 - received, &later);

        if (count == -EAGAIN) {
            await_readable(poller, b);
            continue;
        }
        ASSERT_GT(count, 0);
        for (int i = 0; i < count; i++) {
            EXPECT_EQ(in[i].len, 1u);
            EXPECT_TRUE(IsSame(in[i].addr, a.addr));
        }
        received += count;
    }
    EXPECT_EQ(memcmp(room, bytes, 3), 0);
    nr_sys_poller_remove(poller.p, b.socket);
}

TEST(UdpSocket, APeerNeedsNoAddress)
{
    Socket a, b;
    Poller poller;
    nr_datagram out = {};
    char c = 'x', room[2];
    int later;

    ASSERT_EQ(nr_sys_udp_connect(a.socket, &b.addr), 0);
    ASSERT_EQ(nr_sys_poller_add(poller.p, b.socket, nullptr), 0);
    out.buf = &c;
    out.len = 1;
    EXPECT_EQ(nr_sys_udp_recv(b.socket, room, 2, nullptr), -EAGAIN);
    EXPECT_EQ(nr_sys_udp_send_many(a.socket, &out, 1, true, &later), 1);
    await_readable(poller, b);
    EXPECT_EQ(nr_sys_udp_recv(b.socket, room, 2, nullptr), 1);
    EXPECT_EQ(nr_sys_udp_send(a.socket, &c, 1, nullptr), 1);
    await_readable(poller, b);
    EXPECT_EQ(nr_sys_udp_recv(b.socket, room, 2, nullptr), 1);
    nr_sys_poller_remove(poller.p, b.socket);
}

TEST(UdpSocket, AnAddressIsTakenOnceAndApartFromTcp)
{
    Socket a;
    nr_sys_udp_options o = {};
    nr_sys_socket again = NR_SYS_NO_SOCKET;

    EXPECT_EQ(nr_sys_udp_open(&a.addr, &o, &again), -EADDRINUSE);
    EXPECT_EQ(again, NR_SYS_NO_SOCKET);
    ASSERT_EQ(sys_test::Listen(a.addr, &again), 0);
    nr_sys_socket_close(again);
}

} // namespace
