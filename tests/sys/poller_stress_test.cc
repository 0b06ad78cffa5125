/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <random>
#include <thread>
#include <vector>

#include "nanorun/sys/poller.h"
#include "tests/support/random.h"
#include "tests/sys/pair.h"

namespace
{

using sys_test::Pair;
using sys_test::Poller;

// Each thread wakes and goes on only when the waiter has answered: a lost wake
// is a test that does not end.
TEST(PollerStress, NoWakeOfManyThreadsIsLost)
{
    const size_t threads = 4;
    const int rounds = 3000;
    std::vector<std::atomic<int>> asked(threads), answered(threads);
    std::vector<std::thread> wakers;
    std::atomic<size_t> running{threads};
    Poller poller;

    for (size_t t = 0; t < threads; t++) {
        wakers.emplace_back([&, t] {
            for (int i = 1; i <= rounds; i++) {
                asked[t].store(i);
                nr_sys_poller_wake(poller.p);
                while (answered[t].load() != i)
                    std::this_thread::yield();
            }
            running.fetch_sub(1);
            nr_sys_poller_wake(poller.p);
        });
    }
    while (running.load() > 0) {
        EXPECT_EQ(poller.Wait(UINT64_MAX).ready, 0u);
        for (size_t t = 0; t < threads; t++)
            answered[t].store(asked[t].load());
    }
    for (auto &w : wakers)
        w.join();
}

// `data` is guarded by the wake alone, which the thread sanitizer checks.
TEST(PollerStress, AWakePublishesWhatWasWrittenBefore)
{
    const int rounds = 3000;
    std::atomic<int> answered{0};
    Poller poller;
    int data = 0;

    std::thread waker([&] {
        for (int i = 1; i <= rounds; i++) {
            data = i;
            nr_sys_poller_wake(poller.p);
            while (answered.load() != i)
                std::this_thread::yield();
        }
    });
    for (int i = 1; i <= rounds; i++) {
        poller.Wait(UINT64_MAX);
        EXPECT_EQ(data, i);
        answered.store(i);
    }
    waker.join();
}

// One thread waits, others add, remove and write to sockets of their own.
TEST(PollerStress, RegistryOperationsRunBesideAWait)
{
    const uint32_t seed = random_seed();
    const size_t threads = 3;
    const int rounds = 300;
    std::vector<std::thread> users;
    std::vector<std::atomic<uint32_t>> ready(threads);
    std::atomic<size_t> running{threads};
    Poller poller;

    for (size_t t = 0; t < threads; t++) {
        users.emplace_back([&, t] {
            std::mt19937 random(seed + static_cast<unsigned>(t));
            Pair pair;
            char c;

            for (int i = 0; i < rounds; i++) {
                bool is_late = random() % 2;

                ready[t].store(0);
                if (!is_late) {
                    EXPECT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
                }
                EXPECT_EQ(nr_sys_poller_add(poller.p, pair.server, &ready[t]),
                          0);
                if (is_late) {
                    EXPECT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
                }
                while (!(ready[t].load() & NR_SYS_READABLE))
                    std::this_thread::yield();
                EXPECT_EQ(nr_sys_socket_read(pair.server, &c, 1), 1);
                EXPECT_EQ(nr_sys_socket_read(pair.server, &c, 1), -EAGAIN);
                nr_sys_poller_remove(poller.p, pair.server);
            }
            running.fetch_sub(1);
            nr_sys_poller_wake(poller.p);
        });
    }
    while (running.load() > 0) {
        nr_sys_event e = poller.Wait(UINT64_MAX);
        if (e.token != nullptr)
            static_cast<std::atomic<uint32_t> *>(e.token)->fetch_or(e.ready);
    }
    for (auto &u : users)
        u.join();
}

} // namespace
