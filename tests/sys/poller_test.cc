/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/poller.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <set>
#include <vector>

#include "nanorun/sys/clock.h"
#include "tests/support/test_thread.h"
#include "tests/sys/pair.h"

namespace
{

using sys_test::Listener;
using sys_test::Loopback;
using sys_test::Pair;
using sys_test::Poller;

const uint32_t BOTH = NR_SYS_READABLE | NR_SYS_WRITABLE;

TEST(Poller, WaitWithNothingReturnsNoEvent)
{
    Poller poller;
    nr_sys_event e;

    EXPECT_EQ(nr_sys_poller_wait(poller.p, &e, 1, 0), 0);
}

TEST(Poller, MoreRoomForEventsThanItFillsIsFine)
{
    Pair pair;
    Poller poller;
    std::vector<nr_sys_event> events(NR_SYS_EVENTS_MAX + 1);
    int count;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
    do
        count = nr_sys_poller_wait(poller.p, events.data(),
                                   NR_SYS_EVENTS_MAX + 1, UINT64_MAX);
    while (count == 0);
    EXPECT_EQ(count, 1);
    EXPECT_EQ(events[0].token, &pair);
}

TEST(Poller, WaitIsNeverShorterThanItsTimeout)
{
    Poller poller;

    for (uint64_t timeout_ns : {1u, 999u, 300000u, 1000001u, 3000000u}) {
        uint64_t start_ns = nr_sys_now_ns();

        EXPECT_EQ(poller.Wait(timeout_ns).ready, 0u);
        EXPECT_GE(nr_sys_now_ns() - start_ns, timeout_ns);
    }
}

TEST(Poller, NullMayBeDestroyed)
{
    nr_sys_poller_destroy(nullptr);
}

TEST(Poller, AddTellsWhatIsReadyAlready)
{
    Pair pair;
    Poller poller;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
    nr_sys_event e = poller.Wait(UINT64_MAX);
    EXPECT_EQ(e.token, &pair);
    EXPECT_EQ(e.ready, uint32_t{NR_SYS_WRITABLE});
}

TEST(Poller, LookingOnlyStillHandsOutEvents)
{
    Pair pair;
    Poller poller;
    nr_sys_event e;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
    while (nr_sys_poller_wait(poller.p, &e, 1, 0) == 0) {
    }
    EXPECT_EQ(e.token, &pair);
}

TEST(Poller, DestroyLeavesSocketsOpen)
{
    Pair pair;
    {
        Poller poller;
        ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
    }
    EXPECT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
}

TEST(Poller, AddingTwiceIsRefused)
{
    Pair pair;
    Poller poller;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
    EXPECT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), -EEXIST);
}

TEST(Poller, AnEndIsNotToldAsBytesOnly)
{
    Pair pair;
    Poller poller;
    nr_sys_event e;

    ASSERT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
    ASSERT_EQ(nr_sys_socket_shutdown(pair.client, 1), 0);
    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
    /* The last word, as the end may come behind the byte. */
    do {
        e = poller.Wait(1000000);
    } while (e.ready & NR_SYS_BYTES_ONLY || !(e.ready & NR_SYS_READABLE));
    EXPECT_EQ(e.ready & NR_SYS_BYTES_ONLY, 0u);
}

TEST(Poller, AddAfterRemoveUsesTheNewToken)
{
    Pair pair;
    Poller poller;
    int old_token, new_token;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &old_token), 0);
    nr_sys_poller_remove(poller.p, pair.client);
    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &new_token), 0);
    EXPECT_EQ(poller.Wait(UINT64_MAX).token, &new_token);
    EXPECT_EQ(poller.Wait(0).ready, 0u);
}

TEST(PollerDeathTest, RemovingWhatIsNotWatchedStops)
{
    Pair pair;
    Poller poller;

    EXPECT_DEATH(nr_sys_poller_remove(poller.p, pair.client),
                 "nanorun: removed a socket that the poller does not watch");
}

TEST(Poller, NothingComesAfterRemoveButTheWake)
{
    Pair pair;
    Poller poller;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
    ASSERT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
    poller.WaitFor(&pair, NR_SYS_READABLE);
    ASSERT_EQ(nr_sys_socket_write(pair.client, "y", 1), 1);
    nr_sys_poller_remove(poller.p, pair.server);
    nr_sys_poller_wake(poller.p);
    EXPECT_EQ(poller.Wait(UINT64_MAX).ready, 0u);
    EXPECT_EQ(poller.Wait(0).ready, 0u);
}

TEST(Poller, AfterTheBatchRemovedSocketsAreSilent)
{
    std::vector<std::unique_ptr<Pair>> pairs;
    Listener listener;
    Poller poller;
    nr_sys_event batch[8];

    for (int i = 0; i < 32; i++) {
        pairs.push_back(std::make_unique<Pair>(listener));
        ASSERT_EQ(nr_sys_poller_add(poller.p, pairs.back()->client,
                                    pairs.back().get()),
                  0);
    }
    EXPECT_GT(nr_sys_poller_wait(poller.p, batch, 8, UINT64_MAX), 0);
    for (auto &pair : pairs) {
        nr_sys_poller_remove(poller.p, pair->client);
        Pair::Close(&pair->client);
    }
    EXPECT_EQ(poller.Wait(0).ready, 0u);
}

TEST(Poller, MoreEventsThanRoomComeInLaterWaits)
{
    std::vector<std::unique_ptr<Pair>> pairs;
    std::set<void *> seen;
    Listener listener;
    Poller poller;

    for (int i = 0; i < 8; i++) {
        pairs.push_back(std::make_unique<Pair>(listener));
        ASSERT_EQ(nr_sys_poller_add(poller.p, pairs.back()->client,
                                    pairs.back().get()),
                  0);
    }
    while (seen.size() < pairs.size())
        seen.insert(poller.Wait(UINT64_MAX).token);
    EXPECT_EQ(seen.count(nullptr), 0u);
}

TEST(Poller, NewDataAfterWouldBlockIsANewEvent)
{
    Pair pair;
    Poller poller;
    char c;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
    for (int round = 0; round < 10; round++) {
        ASSERT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
        poller.WaitFor(&pair, NR_SYS_READABLE);
        ASSERT_EQ(nr_sys_socket_read(pair.server, &c, 1), 1);
        ASSERT_EQ(nr_sys_socket_read(pair.server, &c, 1), -EAGAIN);
        nr_sys_poller_rearm(poller.p, pair.server, &pair, NR_SYS_READABLE);
        EXPECT_EQ(poller.Wait(0).ready & NR_SYS_READABLE, 0u);
    }
}

TEST(Poller, RoomAfterWouldBlockIsANewEvent)
{
    Pair pair;
    Poller poller;
    std::vector<char> page(65536);
    ptrdiff_t count;
    bool has_room = false;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
    poller.WaitFor(&pair, NR_SYS_WRITABLE);
    while ((count = nr_sys_socket_write(pair.client, page.data(),
                                        page.size())) > 0) {
    }
    ASSERT_EQ(count, -EAGAIN);
    nr_sys_poller_rearm(poller.p, pair.client, &pair, NR_SYS_WRITABLE);
    while (!has_room) {
        while (nr_sys_socket_read(pair.server, page.data(), page.size()) > 0) {
        }
        has_room = poller.Wait(1000000).ready & NR_SYS_WRITABLE;
    }
    EXPECT_GT(nr_sys_socket_write(pair.client, page.data(), 1), 0);
}

TEST(Poller, AWaitingConnectionIsReadable)
{
    Listener listener;
    Poller poller;
    nr_sys_socket client;

    ASSERT_EQ(nr_sys_poller_add(poller.p, listener.socket, &listener), 0);
    ASSERT_EQ(nr_sys_socket_open(false, &client), 0);
    (void)nr_sys_socket_connect(client, &listener.addr);
    poller.WaitFor(&listener, NR_SYS_READABLE);
    nr_sys_socket_close(client);
}

TEST(Poller, EndOfStreamIsReadable)
{
    Pair pair;
    Poller poller;
    char c;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
    ASSERT_EQ(nr_sys_socket_shutdown(pair.client, 1), 0);
    poller.WaitFor(&pair, NR_SYS_READABLE);
    EXPECT_EQ(nr_sys_socket_read(pair.server, &c, 1), 0);
}

// Both ends are shut: what Linux calls a hang-up.
TEST(Poller, HangUpIsBothDirections)
{
    Pair pair;
    Poller poller;
    char c;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
    poller.WaitFor(&pair, NR_SYS_WRITABLE);
    ASSERT_EQ(nr_sys_socket_shutdown(pair.client, 1), 0);
    poller.WaitFor(&pair, NR_SYS_READABLE);
    ASSERT_EQ(nr_sys_socket_read(pair.server, &c, 1), 0);
    nr_sys_poller_rearm(poller.p, pair.server, &pair, BOTH);
    ASSERT_EQ(nr_sys_socket_shutdown(pair.server, 1), 0);
    poller.WaitFor(&pair, BOTH);
}

// Closing with unread data makes the peer's end a reset.
TEST(Poller, ResetIsBothDirections)
{
    Pair pair;
    Poller poller;
    Poller before;

    ASSERT_EQ(nr_sys_socket_write(pair.server, "x", 1), 1);
    ASSERT_EQ(nr_sys_poller_add(before.p, pair.client, &pair), 0);
    before.WaitFor(&pair, NR_SYS_READABLE);
    nr_sys_poller_remove(before.p, pair.client);
    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
    poller.WaitFor(&pair, NR_SYS_WRITABLE);
    Pair::Close(&pair.client);
    poller.WaitFor(&pair, BOTH);
}

TEST(Poller, ARefusedConnectIsBothDirections)
{
    nr_addr nobody = Listener().addr;
    nr_sys_socket s;
    Poller poller;
    int result;

    ASSERT_EQ(nr_sys_socket_open(false, &s), 0);
    result = nr_sys_socket_connect(s, &nobody);
    if (result == -EINPROGRESS) {
        ASSERT_EQ(nr_sys_poller_add(poller.p, s, &s), 0);
        poller.WaitFor(&s, BOTH);
        result = nr_sys_socket_connect_result(s);
    }
    EXPECT_EQ(result, -ECONNREFUSED);
    nr_sys_socket_close(s);
}

TEST(Poller, AWakeBeforeTheWaitEndsIt)
{
    Poller poller;

    nr_sys_poller_wake(poller.p);
    EXPECT_EQ(poller.Wait(UINT64_MAX).ready, 0u);
}

TEST(Poller, WakesCoalesce)
{
    const uint64_t timeout_ns = 2000000;
    Poller poller;

    for (int i = 0; i < 1000; i++)
        nr_sys_poller_wake(poller.p);
    EXPECT_EQ(poller.Wait(UINT64_MAX).ready, 0u);

    uint64_t start_ns = nr_sys_now_ns();
    EXPECT_EQ(poller.Wait(timeout_ns).ready, 0u);
    EXPECT_GE(nr_sys_now_ns() - start_ns, timeout_ns);
}

TEST(Poller, AWakeDoesNotHideAnEvent)
{
    Pair pair;
    Poller poller;

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
    nr_sys_poller_wake(poller.p);
    poller.WaitFor(&pair, NR_SYS_WRITABLE);
}

TEST(Poller, AddFromAnotherThreadReachesTheCurrentWait)
{
    for (int round = 0; round < 50; round++) {
        Pair pair;
        Poller poller;
        Thread waiter([&] { poller.WaitFor(&pair, NR_SYS_WRITABLE); });

        EXPECT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
        waiter.join();
    }
}

} // namespace
