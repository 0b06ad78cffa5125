// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <set>
#include <string>

#include "nanorun/sys/clock.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/sim/net_end.h"
#include "nanorun/sys/simulation.h"
#include "tests/sys/pair.h"

// What the simulated network does beyond the contract of sockets: its faults
// and its chances.

namespace
{

using sys_test::Listen;
using sys_test::Listener;
using sys_test::Loopback;
using sys_test::Pair;
using sys_test::Poller;
using sys_test::ReadAll;
using sys_test::WriteAll;

enum { SEEDS = 50 };

void call(void *body)
{
    (*static_cast<std::function<void()> *>(body))();
}

void run(nr_sim_config config, const std::function<void()> &body)
{
    std::function<void()> whole = [&] {
        body();
        EXPECT_EQ(nr_sim_net_end(), 0u);
    };
    nr_sim_run(&config, call, &whole);
}

void run_seeds(nr_sim_config config, const std::function<void()> &body)
{
    for (config.seed = 0; config.seed < SEEDS; config.seed++) {
        SCOPED_TRACE(config.seed);
        uint64_t live = nr_sys_alloc_live();
        run(config, body);
        EXPECT_EQ(nr_sys_alloc_live(), live);
    }
}

// Opens a socket and connects it; returns how that ended.
int connect_to(const nr_addr &to, nr_sys_socket *s)
{
    EXPECT_EQ(nr_sys_socket_open(to.is_v6_, s), 0);
    int result = nr_sys_socket_connect(*s, &to);
    if (result != -EINPROGRESS)
        return result;
    Poller poller;
    EXPECT_EQ(nr_sys_poller_add(poller.p, *s, s), 0);
    while ((result = nr_sys_socket_connect_result(*s)) == -EINPROGRESS)
        poller.Wait(UINT64_MAX);
    return result;
}

TEST(SimNet, TheLowestFreeNumberIsReusedAtOnce)
{
    run_seeds({}, [] {
        nr_sys_socket s[3], again;
        for (nr_sys_socket &each : s)
            ASSERT_EQ(nr_sys_socket_open(false, &each), 0);
        nr_sys_socket_close(s[1]);
        ASSERT_EQ(nr_sys_socket_open(true, &again), 0);
        EXPECT_EQ(again, s[1]);
        for (nr_sys_socket each : s)
            nr_sys_socket_close(each);
    });
}

TEST(SimNet, WhatWasNeverClosedIsCountedAndForgotten)
{
    uint64_t live = nr_sys_alloc_live();
    run({}, [] {
        nr_sys_socket s;
        Listener listener;
        Pair pair(listener);
        WriteAll(pair.client, "on its way", 10);
        EXPECT_EQ(nr_sys_socket_open(false, &s), 0);
        (void)nr_sys_socket_connect(s, &listener.addr);
        EXPECT_EQ(nr_sim_net_end(), 4u);
        EXPECT_EQ(nr_sim_net_open(), 0u);
        pair.client = pair.server = NR_SYS_NO_SOCKET;
        EXPECT_EQ(nr_sys_socket_open(false, &listener.socket), 0);
    });
    EXPECT_EQ(nr_sys_alloc_live(), live);
}

TEST(SimNet, AForeignAddressIsOutOfReach)
{
    run({}, [] {
        nr_addr to = Loopback(false, 80);
        nr_sys_socket s;
        to.ip_[0] = 192;
        EXPECT_EQ(connect_to(to, &s), -ENETUNREACH);
        nr_sys_socket_close(s);
    });
}

// By virtual time that is a minute or two.
TEST(SimNet, AFullBacklogLetsConnectionsTimeOut)
{
    run_seeds({}, [] {
        Listener listener(Loopback(), 0);
        nr_sys_socket first, second;
        EXPECT_EQ(connect_to(listener.addr, &first), 0);
        EXPECT_EQ(connect_to(listener.addr, &second), -ETIMEDOUT);
        nr_sys_socket_close(first);
        nr_sys_socket_close(second);
    });
}

TEST(SimNet, ConnectsAreRefusedAsOftenAsItIsTold)
{
    nr_sim_config config = {};
    config.net_refuse = 1000;
    run_seeds(config, [] {
        Listener listener;
        nr_sys_socket s;
        EXPECT_EQ(connect_to(listener.addr, &s), -ECONNREFUSED);
        nr_sys_socket_close(s);
    });
}

TEST(SimNet, AnAbortedAcceptResetsWhoConnected)
{
    nr_sim_config config = {};
    config.net_abort = 1000;
    run_seeds(config, [] {
        Listener listener;
        Poller poller;
        nr_sys_socket s, accepted = NR_SYS_NO_SOCKET;
        int result;
        char c;
        ASSERT_EQ(connect_to(listener.addr, &s), 0);
        ASSERT_EQ(nr_sys_poller_add(poller.p, listener.socket, &s), 0);
        while ((result = nr_sys_socket_accept(listener.socket, &accepted,
                                              nullptr)) == -EAGAIN) {
            nr_sys_poller_rearm(poller.p, listener.socket, &s, NR_SYS_READABLE);
            poller.Wait(UINT64_MAX);
        }
        EXPECT_EQ(result, -ECONNABORTED);
        EXPECT_EQ(accepted, NR_SYS_NO_SOCKET);
        ASSERT_EQ(nr_sys_poller_add(poller.p, s, &c), 0);
        poller.WaitFor(&c, NR_SYS_READABLE);
        EXPECT_EQ(nr_sys_socket_read(s, &c, 1), -ECONNRESET);
        nr_sys_socket_close(s);
    });
}

TEST(SimNet, WantOfDescriptorsHasBothNames)
{
    nr_sim_config config = {};
    std::set<int> errors;
    config.net_no_file = 1000;
    run_seeds(config, [&] {
        nr_addr at = Loopback();
        nr_sys_socket s;
        nr_sys_poller *p;
        errors.insert(nr_sys_socket_open(false, &s));
        errors.insert(Listen(at, &s));
        errors.insert(nr_sys_poller_create(&p));
    });
    EXPECT_EQ(errors, (std::set<int>{-EMFILE, -ENFILE}));
}

TEST(SimNet, ASegmentMayResetItsConnectionAtBothEnds)
{
    nr_sim_config config = {};
    config.net_reset = 1000;
    run_seeds(config, [] {
        Pair pair;
        Poller poller;
        char c;
        ASSERT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
        for (nr_sys_socket s : {pair.client, pair.server}) {
            ASSERT_EQ(nr_sys_poller_add(poller.p, s, &pair), 0);
            poller.WaitFor(&pair, NR_SYS_READABLE);
            EXPECT_EQ(nr_sys_socket_read(s, &c, 1), -ECONNRESET);
            EXPECT_EQ(nr_sys_socket_read(s, &c, 1), 0);
            EXPECT_EQ(nr_sys_socket_write(s, &c, 1), -EPIPE);
        }
    });
}

TEST(SimNet, BytesAndTheirEndArriveInTime)
{
    nr_sim_config config = {};
    config.net_delay_ns = 5000000;
    run_seeds(config, [&] {
        Pair pair;
        char text[3];
        uint64_t start_ns = nr_sys_now_ns();
        EXPECT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
        EXPECT_EQ(nr_sys_socket_write(pair.client, "y", 1), 1);
        EXPECT_EQ(nr_sys_socket_shutdown(pair.client, 1), 0);
        EXPECT_EQ(ReadAll(pair.server, text, sizeof(text)), 2u);
        // And what the calls took themselves.
        EXPECT_LE(nr_sys_now_ns() - start_ns, 6000000u);
        Pair::Close(&pair.server);
    });
}

// Each size that a call of a whole message may move comes up.
TEST(SimNet, ReadsAndWritesAreCutShort)
{
    std::set<ptrdiff_t> written, read;
    run_seeds({}, [&] {
        Pair pair;
        Poller poller;
        char text[3];
        written.insert(nr_sys_socket_write(pair.client, "abc", 3));
        ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
        poller.WaitFor(&pair, NR_SYS_READABLE);
        read.insert(nr_sys_socket_read(pair.server, text, 3));
    });
    EXPECT_EQ(written, (std::set<ptrdiff_t>{1, 2, 3}));
    EXPECT_EQ(read, (std::set<ptrdiff_t>{1, 2, 3}));
}

std::string trace_of(uint64_t seed)
{
    std::string trace;
    nr_sim_config config = {};
    config.seed = seed;
    config.net_reset = 20;
    config.trace_arg = &trace;
    config.trace = [](void *arg, const char *line) {
        *static_cast<std::string *>(arg) += std::string(line) + "\n";
    };
    run(config, [] {
        Listener listener;
        Pair one(listener), two(listener);
        for (int i = 0; i < 100; i++) {
            char c;
            (void)nr_sys_socket_write(one.client, "hello", 5);
            (void)nr_sys_socket_write(two.server, "hello", 5);
            (void)nr_sys_socket_read(one.server, &c, 1);
            (void)nr_sys_socket_read(two.client, &c, 1);
        }
    });
    return trace;
}

TEST(SimNet, TheSameSeedIsTheSameTrace)
{
    std::set<std::string> traces;
    for (uint64_t seed = 0; seed < 20; seed++) {
        std::string trace = trace_of(seed);
        EXPECT_TRUE(trace_of(seed) == trace) << seed;
        traces.insert(trace);
    }
    EXPECT_EQ(traces.size(), 20u);
}

} // namespace
