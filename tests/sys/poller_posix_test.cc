/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <thread>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/poller.h"
#include "tests/support/alloc_failure.h"
#include "tests/sys/limit.h"
#include "tests/sys/pair.h"

namespace
{

using sys_test::Pair;
using sys_test::Poller;

TEST(PollerPosix, ARegularFileIsRefused)
{
    Poller poller;
    FILE *file = tmpfile();

    ASSERT_NE(file, nullptr);
    EXPECT_EQ(nr_sys_poller_add(poller.p, fileno(file), file), -EPERM);
    fclose(file);
}

// A pipe shows each of its errors alone, which a stream socket does not.
TEST(PollerPosix, ALoneErrorOrHangUpIsBothDirections)
{
    const uint32_t both = NR_SYS_READABLE | NR_SYS_WRITABLE;

    for (int watched : {0, 1}) {
        Poller poller;
        int fds[2];

        ASSERT_EQ(pipe(fds), 0);
        ASSERT_EQ(nr_sys_poller_add(poller.p, fds[watched], fds), 0);
        close(fds[1 - watched]);
        EXPECT_EQ(poller.Wait(UINT64_MAX).ready, both);
        close(fds[watched]);
    }
}

std::atomic<int> signals_taken;

void TakeSignal(int)
{
    signals_taken.fetch_add(1, std::memory_order_relaxed);
}

// Signals without SA_RESTART rain on a thread that waits without a bound.
TEST(PollerPosix, SignalsEndNoWaitButASpuriousOne)
{
    struct sigaction action = {}, before;
    pthread_t waiter = pthread_self();
    Pair pair;
    Poller poller;

    action.sa_handler = TakeSignal;
    ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.server, &pair), 0);
    poller.WaitFor(&pair, NR_SYS_WRITABLE);
    std::thread storm([&] {
        // Signals of the same kind merge while one is pending.
        while (signals_taken.load() < 1000) {
            pthread_kill(waiter, SIGUSR1);
            std::this_thread::yield();
        }
        EXPECT_EQ(nr_sys_socket_write(pair.client, "x", 1), 1);
    });
    poller.WaitFor(&pair, NR_SYS_READABLE);
    storm.join();
    sigaction(SIGUSR1, &before, nullptr);
    EXPECT_GE(signals_taken.load(), 1000);
}

int LowestFree()
{
    int fd = dup(0);

    close(fd);
    return fd;
}

TEST(PollerPosix, ChildProgramsInheritNoDescriptor)
{
    int first = LowestFree(), count = 0;

    Poller poller;
    for (int fd = first; fcntl(fd, F_GETFD) >= 0; fd++, count++)
        EXPECT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC) << fd;
    EXPECT_GE(count, 1);
}

TEST(PollerPosix, CreateReportsTheLackOfDescriptors)
{
    int first = LowestFree();

    for (int room = 0; room < 2; room++) {
        sys_test::FileLimit limit(room);
        nr_sys_poller *p = nullptr;

        EXPECT_EQ(nr_sys_poller_create(&p), -EMFILE) << room;
        EXPECT_EQ(p, nullptr);
    }
    EXPECT_EQ(LowestFree(), first);
}

TEST(PollerPosix, DestroyClosesItsDescriptors)
{
    int first = LowestFree();
    {
        Poller poller;
        EXPECT_NE(LowestFree(), first);
    }
    EXPECT_EQ(LowestFree(), first);
}

TEST(PollerPosix, CreateReportsTheLackOfMemory)
{
    nr_sys_poller *p = nullptr;

    AllocFailure failure(0);
    EXPECT_EQ(nr_sys_poller_create(&p), -ENOMEM);
    EXPECT_EQ(p, nullptr);
}

} // namespace
