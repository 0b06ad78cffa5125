/* SPDX-License-Identifier: MIT */

/* Sleeping and timers. The tests check only lower bounds of time. */

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "nanorun/async.h"
#include "nanorun/rt/sched/worker.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/support/gate.h"
#include "tests/support/runtime.h"

namespace
{

constexpr uint64_t ms = 1000000;

class TimeTest : public testing::TestWithParam<unsigned>
{
  protected:
    TimeTest()
    {
        rt = runtime_of(GetParam());
        handle = nr_runtime_handle(rt);
        gate_init(&gate);
    }

    ~TimeTest() override
    {
        nr_runtime_destroy(rt);
        nr_handle_release(handle);
        gate_deinit(&gate);
        EXPECT_EQ(nr_sys_alloc_live(), live_before);
    }

    size_t Armed()
    {
        size_t sum = 0;
        for (unsigned i = 0; i < rt->workers_count; i++)
            sum += nr_load_size_relaxed(&rt->workers[i].timers->armed);
        return sum;
    }

    uint64_t live_before = nr_sys_alloc_live();
    nr_runtime *rt;
    nr_handle *handle;
    ::gate gate;
};

INSTANTIATE_TEST_SUITE_P(Workers, TimeTest, testing::Values(1u, 3u));

ASYNC_FN(uint64_t, slept_ns, ((uint64_t, for_ms)), uint64_t since_ns;)
{
    ASYNC_BEGIN(slept_ns);
    self->since_ns = nr_now_ns();
    AWAIT(nr_sleep_ms(self->for_ms));
    ASYNC_RETURN(nr_now_ns() - self->since_ns);
    ASYNC_END;
}

ASYNC_FN(uint64_t, woken_ns, ((uint64_t, deadline_ns)))
{
    ASYNC_BEGIN(woken_ns);
    AWAIT(nr_sleep_until_ns(self->deadline_ns));
    ASYNC_RETURN(nr_now_ns());
    ASYNC_END;
}

ASYNC_FN(int, aborts_a_sleeper, ((uint64_t, for_ms), (gate *, g)),
         JOIN_HANDLE(nr_sleep_ms) h;
         int error;)
{
    ASYNC_BEGIN(aborts_a_sleeper);
    self->h = SPAWN(nr_sleep_ms(self->for_ms));
    AWAIT(gate_wait(self->g));
    ABORT(self->h);
    AWAIT(self->error, JOIN_STATUS(self->h));
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

ASYNC_FN(void, joins_all, ((JOIN_HANDLE(nr_sleep_ms) *, handles), (int, n)),
         int i, error;)
{
    ASYNC_BEGIN(joins_all);
    for (self->i = 0; self->i < self->n; self->i++)
        AWAIT(self->error, JOIN_STATUS(self->handles[self->i]));
    ASYNC_END;
}

ASYNC_FN(void, sleeps_often, ((int, n)))
{
    ASYNC_BEGIN(sleeps_often);
    while (self->n-- > 0)
        AWAIT(nr_sleep_ms(0));
    ASYNC_END;
}

TEST(Timers, TheTimerOfASleepTakesFourWords)
{
    if (sizeof(void *) < sizeof(uint64_t))
        GTEST_SKIP() << "a tick is two words";
    nr_sleep_ms_future *f = nr_sleep_ms(1);
    EXPECT_EQ(f->base.ops->size, sizeof(nr_future) + 4 * sizeof(void *));
    nr_future_drop(&f->base);
}

TEST_P(TimeTest, ASleepIsNeverEarly)
{
    for (uint64_t for_ms : {0, 1, 2, 3, 10, 63, 64, 65, 130})
        EXPECT_GE(BLOCK_ON(rt, slept_ns(for_ms)), for_ms * ms);
    for (uint64_t part = 1; part < 2 * ms; part += ms / 4 - 1) {
        uint64_t deadline_ns = nr_now_ns() + part;
        EXPECT_GE(BLOCK_ON(rt, woken_ns(deadline_ns)), deadline_ns);
    }
    EXPECT_EQ(Armed(), 0u);
}

TEST_P(TimeTest, WhatHasPassedIsReadyAtOnce)
{
    BLOCK_ON(rt, nr_sleep_ms(0));
    BLOCK_ON(rt, nr_sleep_until_ns(0));
    BLOCK_ON(rt, nr_sleep_until_ns(nr_now_ns()));
    BLOCK_ON(rt, sleeps_often(1000));
    EXPECT_EQ(Armed(), 0u);
}

TEST_P(TimeTest, AnAbortDisarmsASleeper)
{
    for (uint64_t for_ms : {UINT64_C(100000), UINT64_MAX}) {
        auto h = SPAWN_ON(handle, aborts_a_sleeper(for_ms, &gate));
        gate_block_until_waiting(&gate, 1);
        while (Armed() == 0) // the sleeper may run on another worker
            nr_sys_thread_yield();
        EXPECT_EQ(Armed(), 1u);
        gate_open(&gate);
        EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), -ECANCELED);
        EXPECT_EQ(Armed(), 0u);
        gate_shut(&gate);
    }
}

// The worker that waits for the long one's deadline has to learn of the short
// one, which another worker arms; with one worker, it is itself.
TEST_P(TimeTest, AnEarlierTimerInterruptsThePark)
{
    auto far = SPAWN_ON(handle, nr_sleep_ms(1000000));
    auto never = SPAWN_ON(handle, nr_sleep_ms(UINT64_MAX));
    while (Armed() != 2)
        nr_sys_thread_yield();
    for (int i = 0; i < 20; i++)
        EXPECT_GE(BLOCK_ON(rt, slept_ns(3)), 3 * ms);
    EXPECT_EQ(Armed(), 2u);
    EXPECT_FALSE(IS_FINISHED(far));
    EXPECT_FALSE(IS_FINISHED(never));
    ABORT(far);
    DETACH(far);
    DETACH(never);
}

TEST_P(TimeTest, SleepersEndWhileOthersKeepTheWorkersBusy)
{
    auto h = SPAWN_ON(handle, nr_sleep_ms(20));
    while (!IS_FINISHED(h))
        BLOCK_ON(rt, sleeps_often(50));
    DETACH(h);
}

// A leaf that is a task's outermost future must not be left in a wheel: its
// memory goes with the last handle, and the wheel with the runtime.
TEST_P(TimeTest, AHandleToASleeperOutlivesTheRuntime)
{
    auto h = SPAWN_ON(handle, nr_sleep_ms(2));
    auto u = SPAWN_ON(handle, TIMEOUT_MS(1000000, nr_sleep_ms(2)));
    while (!IS_FINISHED(h) || !IS_FINISHED(u))
        nr_sys_thread_yield();
    EXPECT_EQ(Armed(), 0u);
    nr_runtime_destroy(rt);
    rt = nullptr;
    nr_handle_release(handle);
    handle = nullptr;
    DETACH(h);
    DETACH(u);
}

TEST_P(TimeTest, TheEndOfTheRuntimeEndsEverySleeper)
{
    std::vector<JOIN_HANDLE(nr_sleep_ms)> handles;
    for (int i = 0; i < 100; i++)
        handles.push_back(SPAWN_ON(handle, nr_sleep_ms(100000)));
    while (Armed() != 100)
        nr_sys_thread_yield();
    nr_runtime_destroy(rt);
    rt = runtime_of(0);
    BLOCK_ON(rt, joins_all(handles.data(), 100));
}

// Deadlines out of order and over two levels of the wheel.
TEST_P(TimeTest, ManySleepersEachWakeAfterTheirDeadline)
{
    const uint64_t count = 200;
    std::vector<uint64_t> deadlines_ns;
    std::vector<JOIN_HANDLE(woken_ns)> handles;
    uint64_t begin_ns = nr_now_ns();
    for (uint64_t i = 0; i < count; i++) {
        deadlines_ns.push_back(begin_ns + i * 77 % count * ms / 2);
        handles.push_back(SPAWN_ON(handle, woken_ns(deadlines_ns.back())));
    }
    for (uint64_t i = 0; i < count; i++)
        EXPECT_GE(BLOCK_ON(rt, JOIN(handles[i])), deadlines_ns[i]);
    EXPECT_EQ(Armed(), 0u);
}

} // namespace
