/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "nanorun/sys/clock.h"
#include "nanorun/sys/memory.h"
#include "tests/support/alloc_failure.h"

namespace
{

// A lock, its condition and what they guard.
struct Shared {
    Shared()
    {
        EXPECT_EQ(nr_sys_mutex_init(&mutex), 0);
        EXPECT_EQ(nr_sys_cond_init(&cond), 0);
    }
    ~Shared()
    {
        nr_sys_cond_deinit(&cond);
        nr_sys_mutex_deinit(&mutex);
    }
    nr_sys_mutex mutex;
    nr_sys_cond cond;
    int value = 0;
    bool flag = false;
};

nr_sys_thread Start(void (*run)(void *), void *arg)
{
    nr_sys_thread t = {};

    EXPECT_EQ(nr_sys_thread_create(&t, 0, run, arg), 0);
    return t;
}

TEST(Thread, AThreadRunsItsFunctionToTheJoin)
{
    int value = 1;
    nr_sys_thread t =
        Start([](void *arg) { *static_cast<int *>(arg) += 41; }, &value);

    nr_sys_thread_join(&t);
    EXPECT_EQ(value, 42);
}

TEST(Thread, ADetachedThreadRunsToo)
{
    std::atomic<bool> has_run{false};
    nr_sys_thread t = Start(
        [](void *arg) { static_cast<std::atomic<bool> *>(arg)->store(true); },
        &has_run);

    nr_sys_thread_detach(&t);
    while (!has_run.load()) {
    }
}

TEST(Thread, CreatingAThreadReportsTheLackOfMemory)
{
    nr_sys_thread t;

    AllocFailure failure(0);
    EXPECT_EQ(nr_sys_thread_create(
                  &t, 0, [](void *) {}, nullptr),
              -EAGAIN);
}

// Uses that much of the stack.
void UseStack(size_t size)
{
    volatile char page[4096];

    page[0] = page[sizeof page - 1] = 1;
    if (size > sizeof page)
        UseStack(size - sizeof page);
    page[1] = page[0];
}

TEST(Thread, AThreadHasAStackOfAMegabyteOrAsLargeAsAskedFor)
{
    nr_sys_thread t = Start([](void *) { UseStack(700 << 10); }, nullptr);

    nr_sys_thread_join(&t);
    ASSERT_EQ(nr_sys_thread_create(
                  &t, 24 << 20, [](void *) { UseStack(16 << 20); }, nullptr),
              0);
    nr_sys_thread_join(&t);
    ASSERT_EQ(nr_sys_thread_create(
                  &t, (256 << 10) + 1, [](void *) {}, nullptr),
              0);
    nr_sys_thread_join(&t);
}

TEST(Thread, AStackThatCannotBeIsAnError)
{
    uint64_t before = nr_sys_alloc_live();
    nr_sys_thread t;

    EXPECT_EQ(nr_sys_thread_create(
                  &t, SIZE_MAX, [](void *) {}, nullptr),
              -EAGAIN);
    EXPECT_EQ(nr_sys_alloc_live(), before);
}

void ExitInAThread()
{
    nr_sys_thread t;

    nr_sys_thread_create(
        &t, 0, [](void *) { exit(7); }, nullptr);
    nr_sys_thread_join(&t);
}

TEST(ThreadDeathTest, AThreadThatEndsTheProcessIsNoThreadThatEndsEarly)
{
    EXPECT_EXIT(ExitInAThread(), testing::ExitedWithCode(7), "^$");
}

TEST(Thread, AThreadKeepsNoMemory)
{
    uint64_t before = nr_sys_alloc_live();
    nr_sys_thread t = Start([](void *) {}, nullptr);

    nr_sys_thread_join(&t);
    EXPECT_EQ(nr_sys_alloc_live(), before);
}

void AddMany(void *arg)
{
    Shared *s = static_cast<Shared *>(arg);

    for (int i = 0; i < 10000; i++) {
        nr_sys_mutex_lock(&s->mutex);
        s->value++;
        nr_sys_mutex_unlock(&s->mutex);
    }
}

TEST(Mutex, AMutexLetsOneThreadInAtATime)
{
    Shared s;
    nr_sys_thread threads[4];

    for (auto &t : threads)
        t = Start(AddMany, &s);
    for (auto &t : threads)
        nr_sys_thread_join(&t);
    EXPECT_EQ(s.value, 40000);
}

void TryLock(void *arg)
{
    Shared *s = static_cast<Shared *>(arg);

    s->flag = nr_sys_mutex_try_lock(&s->mutex);
    if (s->flag)
        nr_sys_mutex_unlock(&s->mutex);
}

TEST(Mutex, TryLockFailsWhileAnotherHoldsIt)
{
    Shared s;
    nr_sys_thread t;

    nr_sys_mutex_lock(&s.mutex);
    t = Start(TryLock, &s);
    nr_sys_thread_join(&t);
    EXPECT_FALSE(s.flag);
    nr_sys_mutex_unlock(&s.mutex);
    t = Start(TryLock, &s);
    nr_sys_thread_join(&t);
    EXPECT_TRUE(s.flag);
}

TEST(Cond, AWaitLastsToItsDeadline)
{
    Shared s;
    uint64_t deadline_ns = nr_sys_now_ns() + 3000000;

    nr_sys_mutex_lock(&s.mutex);
    while (nr_sys_cond_wait_until(&s.cond, &s.mutex, deadline_ns)) {
    }
    EXPECT_GE(nr_sys_now_ns(), deadline_ns);
    EXPECT_FALSE(nr_sys_cond_wait_until(&s.cond, &s.mutex, 0));
    EXPECT_FALSE(nr_sys_cond_wait_until(&s.cond, &s.mutex, deadline_ns));
    nr_sys_mutex_unlock(&s.mutex);
}

void SetFlag(void *arg)
{
    Shared *s = static_cast<Shared *>(arg);

    nr_sys_mutex_lock(&s->mutex);
    s->flag = true;
    nr_sys_cond_signal(&s->cond);
    nr_sys_mutex_unlock(&s->mutex);
}

TEST(Cond, ASignalEndsAWait)
{
    for (uint64_t deadline_ns : {UINT64_MAX, UINT64_MAX - 1}) {
        Shared s;

        nr_sys_mutex_lock(&s.mutex);
        nr_sys_thread t = Start(SetFlag, &s);
        while (!s.flag)
            EXPECT_TRUE(nr_sys_cond_wait_until(&s.cond, &s.mutex, deadline_ns));
        nr_sys_mutex_unlock(&s.mutex);
        nr_sys_thread_join(&t);
    }
}

void WaitForFlag(void *arg)
{
    Shared *s = static_cast<Shared *>(arg);

    nr_sys_mutex_lock(&s->mutex);
    s->value++;
    nr_sys_cond_broadcast(&s->cond);
    while (!s->flag)
        nr_sys_cond_wait(&s->cond, &s->mutex);
    nr_sys_mutex_unlock(&s->mutex);
}

TEST(Cond, ABroadcastEndsEveryWait)
{
    Shared s;
    nr_sys_thread threads[4];

    for (auto &t : threads)
        t = Start(WaitForFlag, &s);
    nr_sys_mutex_lock(&s.mutex);
    while (s.value < 4)
        nr_sys_cond_wait(&s.cond, &s.mutex);
    s.flag = true;
    nr_sys_cond_broadcast(&s.cond);
    nr_sys_mutex_unlock(&s.mutex);
    for (auto &t : threads)
        nr_sys_thread_join(&t);
}

TEST(Clock, TheClockNeverGoesBackFromOneThreadToTheNext)
{
    struct Turn {
        uint64_t before_ns;
        uint64_t after_ns;
    };
    uint64_t last_ns = nr_sys_now_ns();

    EXPECT_GT(last_ns, 0u);
    for (int i = 0; i < 50; i++) {
        Turn turn = {last_ns, 0};
        nr_sys_thread t = Start(
            [](void *arg) {
                static_cast<Turn *>(arg)->after_ns = nr_sys_now_ns();
            },
            &turn);

        nr_sys_thread_join(&t);
        EXPECT_GE(turn.after_ns, turn.before_ns);
        last_ns = turn.after_ns;
    }
}

TEST(Cpu, ThereIsAtLeastOneCpu)
{
    EXPECT_GE(nr_sys_cpu_count(), 1u);
}

} // namespace
