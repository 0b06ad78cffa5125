// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>

#include "nanorun/sys/udp.h"
#include "tests/sys/pair.h"

// A kernel before 4.18: it refuses to tell of UDP_SEGMENT, and takes no notice
// of it in a message.

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

extern "C" {
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
int __real_sendmmsg(int fd, struct mmsghdr *v, unsigned n, int flags);

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    if (level == IPPROTO_UDP && name == UDP_SEGMENT) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return __real_getsockopt(fd, level, name, value, len);
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct msghdr old = *message;

    old.msg_control = nullptr;
    old.msg_controllen = 0;
    return __real_sendmsg(fd, &old, flags);
}

int __wrap_sendmmsg(int fd, struct mmsghdr *v, unsigned n, int flags)
{
    for (unsigned i = 0; i < n; i++) {
        v[i].msg_hdr.msg_control = nullptr;
        v[i].msg_hdr.msg_controllen = 0;
    }
    return __real_sendmmsg(fd, v, n, flags);
}
}

namespace
{

nr_sys_socket open_at_loopback(nr_addr *at)
{
    nr_sys_udp_options o = {};
    nr_sys_socket s = NR_SYS_NO_SOCKET;

    *at = sys_test::Loopback(false);
    EXPECT_EQ(nr_sys_udp_open(at, &o, &s), 0);
    EXPECT_EQ(nr_sys_socket_local_addr(s, at), 0);
    return s;
}

TEST(UdpRows, AnOldKernelGetsEachDatagramByItself)
{
    nr_addr at_a, at_b;
    nr_sys_socket a = open_at_loopback(&at_a), b = open_at_loopback(&at_b);
    char bytes[4] = {'a', 'b', 'c', 'd'}, room[8];
    nr_datagram v[4] = {};
    int later;

    for (bool has_peer : {false, true}) {
        for (int i = 0; i < 4; i++) {
            v[i].buf = &bytes[i];
            v[i].len = 1;
            v[i].addr = at_b;
        }
        if (has_peer) {
            ASSERT_EQ(nr_sys_udp_connect(a, &at_b), 0);
        }
        ASSERT_EQ(nr_sys_udp_send_many(a, v, 4, has_peer, &later), 4);
        for (char byte : bytes) {
            EXPECT_EQ(nr_sys_udp_recv(b, room, sizeof room, nullptr), 1);
            EXPECT_EQ(room[0], byte);
        }
    }
    nr_sys_socket_close(a);
    nr_sys_socket_close(b);
}

} // namespace
