// SPDX-License-Identifier: MIT
#include <errno.h>

#include "tests/io/udp_helpers.h"

// Datagrams to a group, and to all. The tests have the loopback interface only,
// whose index is 1 on Linux and in the simulation; on Windows there is no way
// to tell under Wine.

namespace
{

enum { LOOPBACK = 1, NO_INTERFACE = 12345 };

// The address `host` with the port of `at`.
nr_addr with_port_of(const nr_addr &at, const std::string &host)
{
    return addr_of((host + ":" + std::to_string(nr_addr_port(&at))).c_str());
}

ASYNC_FN(void, hear_a_group, (), nr_udp *from, *member, *other;
         nr_addr at, group, unicast, sender; char buf[8];)
{
    ASYNC_BEGIN(hear_a_group);
    self->from = udp_at("127.0.0.1:0", &self->at);
    self->member = udp_at("0.0.0.0:0", &self->unicast);
    self->group = with_port_of(self->unicast, "239.1.2.3");
    self->unicast = with_port_of(self->unicast, "127.0.0.1");
    // Another socket of the host is a member, at another port.
    self->other = udp_at("0.0.0.0:0", &self->sender);
    EXPECT_EQ(nr_udp_join(self->other, &self->group, LOOPBACK), 0);
    // Before it joins, after that, and after it has left.
    EXPECT_AWAITED(3, nr_udp_send(self->from, "too", 3, &self->group));
    EXPECT_EQ(nr_udp_join(self->member, &self->group, LOOPBACK), 0);
    EXPECT_AWAITED(5, nr_udp_send(self->from, "group", 5, &self->group));
    EXPECT_AWAITED(5, nr_udp_recv(self->member, self->buf, 8, &self->sender));
    EXPECT_EQ(std::string(self->buf, 5), "group");
    EXPECT_EQ(text_of(self->sender), text_of(self->at));
    EXPECT_EQ(nr_udp_leave(self->member, &self->group, LOOPBACK), 0);
    EXPECT_AWAITED(4, nr_udp_send(self->from, "late", 4, &self->group));
    EXPECT_AWAITED(1, nr_udp_send(self->from, "x", 1, &self->unicast));
    EXPECT_AWAITED(1, nr_udp_recv(self->member, self->buf, 8, nullptr));
    ASYNC_FINALLY;
    nr_udp_close(self->from);
    nr_udp_close(self->member);
    nr_udp_close(self->other);
    ASYNC_END;
}

TEST_F(Udp, OnlyAMemberOfAGroupHearsIt)
{
    if (IS_WINDOWS != 0)
        GTEST_SKIP() << "no interface of a known index";
    BLOCK_ON(rt, hear_a_group());
}

ASYNC_FN(void, join_badly, (), nr_udp *v4, *v6; nr_addr at;)
{
    ASYNC_BEGIN(join_badly);
    nr_addr one = addr_of("127.0.0.1:0"), group = addr_of("239.1.2.3:0");
    nr_addr one_v6 = addr_of("[::1]:0"), group_v6 = addr_of("[ff01::1:3]:0");
    self->v4 = udp_at("0.0.0.0:0", &self->at);
    self->v6 = udp_at("[::]:0", &self->at);
    EXPECT_EQ(nr_udp_join(self->v4, &one, LOOPBACK), -EINVAL);
    EXPECT_EQ(nr_udp_leave(self->v4, &one, LOOPBACK), -EINVAL);
    EXPECT_EQ(nr_udp_join(self->v6, &one_v6, LOOPBACK), -EINVAL);
    EXPECT_EQ(nr_udp_join(self->v4, &group_v6, LOOPBACK), -EAFNOSUPPORT);
    EXPECT_EQ(nr_udp_leave(self->v6, &group, LOOPBACK), -EAFNOSUPPORT);
    EXPECT_EQ(nr_udp_leave(self->v4, &group, LOOPBACK), -EADDRNOTAVAIL);
    EXPECT_EQ(nr_udp_leave(self->v6, &group_v6, LOOPBACK), -EADDRNOTAVAIL);
    EXPECT_EQ(nr_udp_join(self->v6, &group_v6, NO_INTERFACE), -ENODEV);
    EXPECT_EQ(nr_udp_join(self->v6, &group_v6, LOOPBACK), 0);
    EXPECT_EQ(nr_udp_join(self->v6, &group_v6, LOOPBACK), -EADDRINUSE);
    EXPECT_EQ(nr_udp_leave(self->v6, &group_v6, LOOPBACK), 0);
    if (IS_WINDOWS != 0)
        ASYNC_RETURN();
    EXPECT_EQ(nr_udp_join(self->v4, &group, NO_INTERFACE), -ENODEV);
    // Nor is the number of an address an interface.
    EXPECT_EQ(nr_udp_join(self->v4, &group, 0x7f000001), -ENODEV);
    EXPECT_EQ(nr_udp_leave(self->v4, &group, 0x7f000001), -EADDRNOTAVAIL);
    EXPECT_EQ(nr_udp_leave(self->v4, &group, NO_INTERFACE), -EADDRNOTAVAIL);
    EXPECT_EQ(nr_udp_leave(self->v6, &group_v6, NO_INTERFACE), -EADDRNOTAVAIL);
    EXPECT_EQ(nr_udp_join(self->v4, &group, LOOPBACK), 0);
    EXPECT_EQ(nr_udp_join(self->v4, &group, LOOPBACK), -EADDRINUSE);
    EXPECT_EQ(nr_udp_leave(self->v4, &group, LOOPBACK), 0);
    EXPECT_EQ(nr_udp_leave(self->v4, &group, LOOPBACK), -EADDRNOTAVAIL);
    ASYNC_FINALLY;
    nr_udp_close(self->v4);
    nr_udp_close(self->v6);
    ASYNC_END;
}

TEST_F(Udp, EachBadJoinHasItsError)
{
    BLOCK_ON(rt, join_badly());
}

nr_udp *open_for_broadcast()
{
    nr_addr any = addr_of("127.0.0.1:0");
    nr_udp_options o = {};
    nr_udp *u = nullptr;
    o.broadcast = true;
    EXPECT_EQ(nr_udp_open(&any, &o, &u), 0);
    return u;
}

ASYNC_FN(void, send_to_all, (), nr_udp *u, *allowed, *all; nr_addr at, to;
         char buf[4];)
{
    ASYNC_BEGIN(send_to_all);
    self->u = udp_at("127.0.0.1:0", &self->at);
    self->allowed = open_for_broadcast();
    self->all = udp_at("0.0.0.0:0", &self->at);
    self->to = with_port_of(self->at, "127.255.255.255");
    EXPECT_AWAITED(-EACCES, nr_udp_send(self->u, "no", 2, &self->to));
    EXPECT_AWAITED(2, nr_udp_send(self->allowed, "ok", 2, &self->to));
    EXPECT_AWAITED(2, nr_udp_recv(self->all, self->buf, 4, nullptr));
    EXPECT_EQ(std::string(self->buf, 2), "ok");
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    nr_udp_close(self->allowed);
    nr_udp_close(self->all);
    ASYNC_END;
}

TEST_F(Udp, ABroadcastNeedsTheOption)
{
    BLOCK_ON(rt, send_to_all());
}

} // namespace
