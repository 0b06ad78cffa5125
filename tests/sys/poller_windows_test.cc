/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>
#include <winsock2.h>

#include <cerrno>
#include <memory>
#include <set>
#include <vector>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/windows/afd_pool.h"
#include "tests/support/alloc_failure.h"
#include "tests/sys/pair.h"

// Stands before nr_afd_open (see BUILD.bazel).
static bool is_out_of_handles;
extern "C" int __real_nr_afd_open(HANDLE port, ULONG_PTR key, HANDLE *out);
extern "C" int __wrap_nr_afd_open(HANDLE port, ULONG_PTR key, HANDLE *out)
{
    return is_out_of_handles ? -ENOMEM : __real_nr_afd_open(port, key, out);
}

namespace
{

using sys_test::Listener;
using sys_test::Loopback;
using sys_test::Pair;
using sys_test::Poller;

// Watched and writable, which was told; a poll for readability is in flight.
void AddAndSettle(Poller *poller, nr_sys_socket s, void *token)
{
    ASSERT_EQ(nr_sys_poller_add(poller->p, s, token), 0);
    poller->WaitFor(token, NR_SYS_WRITABLE);
}

// Lets the poller take what is in the port, until it holds `blocks` again.
void WaitForBlocks(Poller *poller, uint64_t blocks)
{
    while (nr_sys_alloc_live() > blocks)
        EXPECT_EQ(poller->Wait(1000000).ready, 0u);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

// The system writes to a poll's memory until its completion was taken.
TEST(PollerWindows, APollsMemoryOutlivesRemoveAndClose)
{
    Listener listener;
    Poller poller;
    Pair first(listener);

    AddAndSettle(&poller, first.server, &first);
    for (int round = 0; round < 50; round++) {
        uint64_t blocks = nr_sys_alloc_live();
        Pair pair(listener);

        AddAndSettle(&poller, pair.server, &pair);
        EXPECT_EQ(nr_sys_alloc_live(), blocks + 1);
        nr_sys_poller_remove(poller.p, pair.server);
        Pair::Close(&pair.server);
        EXPECT_EQ(nr_sys_alloc_live(), blocks + 1);
        WaitForBlocks(&poller, blocks);
    }
}

TEST(PollerWindows, DestroyWaitsForThePollsOfRemovedSockets)
{
    uint64_t blocks = nr_sys_alloc_live();
    {
        std::vector<std::unique_ptr<Pair>> pairs;
        Poller poller;

        for (int i = 0; i < 8; i++) {
            pairs.push_back(std::make_unique<Pair>());
            AddAndSettle(&poller, pairs[i]->server, pairs[i].get());
            if (i % 2)
                nr_sys_poller_remove(poller.p, pairs[i]->server);
            if (i % 4 > 1)
                Pair::Close(&pairs[i]->server);
        }
    }
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

// The next socket takes the number over while the old poll's completion is
// still in the port.
TEST(PollerWindows, AStaleCompletionNeverReachesANewOwner)
{
    int old_token, new_token, reused = 0;
    Listener listener;
    Poller poller;

    for (int round = 0; round < 50; round++) {
        Pair old_pair(listener);
        nr_sys_socket number = old_pair.server;

        AddAndSettle(&poller, old_pair.server, &old_token);
        ASSERT_EQ(nr_sys_socket_write(old_pair.client, "x", 1), 1);
        nr_sys_poller_remove(poller.p, old_pair.server);
        Pair::Close(&old_pair.server);
        Pair::Close(&old_pair.client);
        Pair pair(listener);
        nr_sys_socket s = pair.client == number ? pair.client : pair.server;

        reused += s == number;
        ASSERT_EQ(nr_sys_poller_add(poller.p, s, &new_token), 0);
        nr_sys_event e = poller.Wait(UINT64_MAX);
        EXPECT_EQ(e.token, &new_token);
        EXPECT_EQ(e.ready, uint32_t{NR_SYS_WRITABLE});
        nr_sys_poller_remove(poller.p, s);
    }
    EXPECT_GT(reused, 0);
}

TEST(PollerWindows, TwoPollersWatchOneSocket)
{
    Pair pair;
    Poller one, two;

    AddAndSettle(&one, pair.server, &one);
    AddAndSettle(&two, pair.server, &two);
    ASSERT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
    one.WaitFor(&one, NR_SYS_READABLE);
    two.WaitFor(&two, NR_SYS_READABLE);
}

TEST(PollerWindows, MoreSocketsThanADeviceTakesAreAllWatched)
{
    const size_t count = 2 * NR_AFD_SOCKETS_MAX + 1;
    std::vector<std::unique_ptr<Pair>> pairs;
    std::set<void *> readable;
    Listener listener;
    Poller poller;

    for (size_t i = 0; i < count; i++) {
        pairs.push_back(std::make_unique<Pair>(listener));
        AddAndSettle(&poller, pairs[i]->server, pairs[i].get());
    }
    for (auto &pair : pairs)
        ASSERT_EQ(nr_sys_socket_write(pair->client, "x", 1), 1);
    while (readable.size() < count) {
        nr_sys_event e = poller.Wait(UINT64_MAX);
        EXPECT_EQ(e.ready, uint32_t{NR_SYS_READABLE});
        readable.insert(e.token);
    }
}

TEST(PollerWindows, ADirectionThatIsWantedBesidesJoinsThePollInFlight)
{
    Pair pair;
    Poller poller;

    AddAndSettle(&poller, pair.server, &pair);
    for (int round = 0; round < 50; round++) {
        char c;

        nr_sys_poller_rearm(poller.p, pair.server, &pair, NR_SYS_WRITABLE);
        poller.WaitFor(&pair, NR_SYS_WRITABLE);
        ASSERT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
        poller.WaitFor(&pair, NR_SYS_READABLE);
        ASSERT_EQ(nr_sys_socket_read(pair.server, &c, 1), 1);
        nr_sys_poller_rearm(poller.p, pair.server, &pair, NR_SYS_READABLE);
    }
}

TEST(PollerWindows, ASocketClosedWhileItIsWatchedIsDroppedAlone)
{
    Pair good, bad;
    Poller poller;
    uint64_t blocks;

    AddAndSettle(&poller, good.server, &good);
    blocks = nr_sys_alloc_live();
    AddAndSettle(&poller, bad.server, &bad);
    Pair::Close(&bad.server);
    WaitForBlocks(&poller, blocks);
    ASSERT_EQ(nr_sys_socket_write(good.client, "x", 1), 1);
    EXPECT_EQ(poller.Wait(UINT64_MAX).token, &good);
}

// The call that follows tells what is the matter with it.
TEST(PollerWindows, ASocketThatCannotBePolledAnyMoreIsReady)
{
    Pair good, bad;
    Poller poller;
    char c;

    AddAndSettle(&poller, good.server, &good);
    AddAndSettle(&poller, bad.server, &bad);
    ASSERT_EQ(nr_sys_socket_write(bad.client, "x", 1), 1);
    poller.WaitFor(&bad, NR_SYS_READABLE);
    nr_sys_socket closed = bad.server;
    Pair::Close(&bad.server);
    nr_sys_poller_rearm(poller.p, closed, &bad, NR_SYS_READABLE);
    poller.WaitFor(&bad, NR_SYS_READABLE);
    EXPECT_LT(nr_sys_socket_read(closed, &c, 1), 0);
    ASSERT_EQ(nr_sys_socket_write(good.client, "x", 1), 1);
    poller.WaitFor(&good, NR_SYS_READABLE);
}

TEST(PollerWindows, WhatIsNoSocketIsRefused)
{
    HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
    Poller poller;

    EXPECT_EQ(nr_sys_poller_add(poller.p, (nr_sys_socket)event, &poller),
              -EPERM);
    EXPECT_EQ(nr_sys_poller_add(poller.p, NR_SYS_NO_SOCKET, &poller), -EPERM);
    CloseHandle(event);
}

TEST(PollerWindows, WithoutHandlesNothingIsWatchedUntilThereAreSome)
{
    Pair pair;
    Poller poller;
    uint64_t blocks = nr_sys_alloc_live();

    is_out_of_handles = true;
    EXPECT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), -ENOMEM);
    is_out_of_handles = false;
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
    AddAndSettle(&poller, pair.server, &pair);
}

TEST(PollerWindows, WithoutMemoryNothingIsWatchedAndNothingLost)
{
    uint64_t blocks = nr_sys_alloc_live();
    nr_sys_poller *p = nullptr;
    Pair pair;
    int error = 0, failures = -1;

    {
        AllocFailure failure(0);
        EXPECT_EQ(nr_sys_poller_create(&p), -ENOMEM);
    }
    ASSERT_EQ(nr_sys_poller_create(&p), 0);
    do {
        EXPECT_TRUE(error == 0 || error == -ENOMEM) << error;
        AllocFailure failure(static_cast<uint64_t>(++failures));
        error = nr_sys_poller_add(p, pair.server, &pair);
    } while (error != 0);
    EXPECT_EQ(failures, 3); // the watch, a device, the map
    nr_sys_poller_destroy(p);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

struct Pool {
    Pool()
    {
        pool.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0);
    }
    ~Pool()
    {
        nr_afd_pool_deinit(&pool);
        CloseHandle(pool.port);
    }
    nr_afd_device *Take()
    {
        nr_afd_device *device = nullptr;
        EXPECT_EQ(nr_afd_pool_take(&pool, &device), 0);
        return device;
    }
    nr_afd_pool pool = {};
};

TEST(AfdPool, AnAfdPoolFillsADeviceBeforeItOpensAnother)
{
    Pool p;
    nr_afd_device *first = p.Take();

    for (int i = 1; i < NR_AFD_SOCKETS_MAX; i++)
        EXPECT_EQ(p.Take(), first);
    nr_afd_device *second = p.Take();
    EXPECT_NE(second, first);
    nr_afd_pool_put(&p.pool, first);
    EXPECT_EQ(p.Take(), first);
    EXPECT_EQ(p.Take(), second);
}

} // namespace
