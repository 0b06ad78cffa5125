// SPDX-License-Identifier: MIT
#include <errno.h>

#include <vector>

#include "nanorun/rt/task/wake.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"

// nr_runtime_shutdown: an end within a bound. What has not finished its
// cleanup then is freed without running, by the caller or, where a poll does
// not return, by its worker later.

namespace
{

struct Ends {
    Count running;
    std::atomic<int> finished{0};
};

ASYNC_FN(void, wait_then_finish, ((Event *, e), (Ends *, ends)))
{
    ASYNC_BEGIN(wait_then_finish);
    self->ends->running.add();
    AWAIT(event_wait(self->e));
    ASYNC_FINALLY;
    self->ends->finished++;
    ASYNC_END;
}

// Has a cleanup that does not end.
ASYNC_FN(void, never_finish, ((Event *, e), (Event *, never), (Ends *, ends)))
{
    ASYNC_BEGIN(never_finish);
    self->ends->running.add();
    AWAIT(event_wait(self->e));
    ASYNC_FINALLY;
    AWAIT(event_wait(self->never));
    self->ends->finished++;
    ASYNC_END;
}

// Does not return from a poll until it is let go.
ASYNC_FN(void, spin, ((std::atomic<bool> *, go), (Ends *, ends)))
{
    ASYNC_BEGIN(spin);
    self->ends->running.add();
    while (!*self->go)
        nr_sys_thread_yield();
    YIELD_NOW();
    ASYNC_FINALLY;
    self->ends->finished++;
    ASYNC_END;
}

TEST(ShutdownWithin, FinishesWhatCanBe)
{
    Ends ends;
    std::vector<Event> events(20);
    nr_runtime *rt = runtime_of(2);
    Handle h(rt);
    for (Event &e : events)
        DETACH(SPAWN_ON(h, wait_then_finish(&e, &ends)));
    ends.running.wait_for(20);
    EXPECT_EQ(nr_runtime_shutdown(rt, UINT64_MAX), 0);
    EXPECT_EQ(ends.finished, 20);
}

TEST(ShutdownWithin, AShutdownWithoutTimeEndsAnIdleRuntime)
{
    EXPECT_EQ(nr_runtime_shutdown(runtime_of(2), 0), 0);
}

TEST(ShutdownWithin, AShutdownWithoutTimeFreesWhatStillWaits)
{
    uint64_t blocks = nr_sys_alloc_live();
    for (int round = 0; round < 50; round++) {
        Runtime other(1);
        Ends ends;
        std::vector<Event> events(20);
        std::vector<JOIN_HANDLE(wait_then_finish)> handles;
        nr_runtime *rt = runtime_of(2);
        {
            Handle h(rt);
            for (Event &e : events)
                handles.push_back(SPAWN_ON(h, wait_then_finish(&e, &ends)));
        }
        ends.running.wait_for(20);
        // A worker may be faster than the bound of nothing.
        int err = nr_runtime_shutdown(rt, 0);
        EXPECT_TRUE(err == -ETIMEDOUT || (err == 0 && ends.finished == 20));
        for (Event &e : events) {
            e.set();
            EXPECT_EQ(e.drops, 1);
        }
        for (auto j : handles)
            EXPECT_EQ(BLOCK_ON(other, JOIN_STATUS(j)), -ECANCELED);
    }
    wait_until_live(blocks);
}

TEST(ShutdownWithin, ABoundedShutdownGivesUpOnAnEndlessCleanup)
{
    uint64_t blocks = nr_sys_alloc_live();
    for (unsigned workers : {1u, 2u}) {
        Ends ends;
        Event e, never, fine;
        nr_runtime *rt = runtime_of(workers);
        {
            Handle h(rt);
            DETACH(SPAWN_ON(h, never_finish(&e, &never, &ends)));
            DETACH(SPAWN_ON(h, wait_then_finish(&fine, &ends)));
        }
        ends.running.wait_for(2);
        EXPECT_EQ(nr_runtime_shutdown(rt, 20), -ETIMEDOUT);
        wait_until_live(blocks);
        EXPECT_EQ(fine.drops, 1);
        EXPECT_EQ(e.drops, 1);
        EXPECT_LE(ends.finished, 1);
        never.set();
        EXPECT_EQ(nr_sys_alloc_live(), blocks);
    }
}

// As who wakes those in a line, between the line's lock and the push.
TEST(ShutdownWithin, ATaskThatIsMarkedStaysUntilItIsPushed)
{
    uint64_t blocks = nr_sys_alloc_live();
    Ends ends;
    Event e, never;
    nr_runtime *rt = runtime_of(1);
    {
        Handle h(rt);
        e.set();
        DETACH(SPAWN_ON(h, never_finish(&e, &never, &ends)));
    }
    nr_task *marked = nullptr;
    while (!marked) { // until it waits
        nr_sys_thread_yield();
        std::lock_guard<Mutex> guard(never.lock);
        marked = nr_waker_mark(never.waker);
    }
    EXPECT_EQ(nr_runtime_shutdown(rt, 0), -ETIMEDOUT);
    EXPECT_EQ(never.drops, 1);
    std::vector<std::vector<char>> reused; // what is free by now
    for (size_t size = 16; size <= 1024; size += 16)
        reused.emplace_back(size, '\xff');
    nr_task_push(marked);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

TEST(ShutdownWithin, ABoundedShutdownWaitsForNoEndlessPoll)
{
    uint64_t blocks = nr_sys_alloc_live();
    for (unsigned workers : {1u, 2u, 4u}) {
        nr_runtime *other = runtime_of(1);
        Ends ends;
        Event e;
        std::atomic<bool> go{false};
        nr_runtime *rt = runtime_of(workers);
        nr_handle *h = nr_runtime_handle(rt);
        JOIN_HANDLE(wait_then_finish)
        waiting = SPAWN_ON(h, wait_then_finish(&e, &ends));
        ends.running.wait_for(1);
        JOIN_HANDLE(spin) spinning = SPAWN_ON(h, spin(&go, &ends));
        ends.running.wait_for(2);
        EXPECT_EQ(nr_runtime_shutdown(rt, 1), -ETIMEDOUT);
        EXPECT_FALSE(IS_FINISHED(spinning));
        JOIN_HANDLE(spin) late = SPAWN_ON(h, spin(&go, &ends));
        EXPECT_EQ(BLOCK_ON(other, JOIN_STATUS(late)), -ECANCELED);
        go = true;
        EXPECT_EQ(BLOCK_ON(other, JOIN_STATUS(spinning)), -ECANCELED);
        EXPECT_EQ(BLOCK_ON(other, JOIN_STATUS(waiting)), -ECANCELED);
        nr_handle_release(h);
        nr_runtime_destroy(other);
        wait_until_live(blocks);
        EXPECT_EQ(e.drops, 1);
    }
}

TEST(ShutdownWithin, ABoundedShutdownResolvesAHandleWaitedForElsewhere)
{
    Runtime other(1);
    Handle elsewhere(other);
    Ends ends;
    Event e, never;
    nr_runtime *rt = runtime_of(1);
    Handle h(rt);
    JOIN_HANDLE(never_finish) j = SPAWN_ON(h, never_finish(&e, &never, &ends));
    nr_join_status_future **joiner = SPAWN_ON(elsewhere, JOIN_STATUS(j));
    ends.running.wait_for(1);
    EXPECT_EQ(nr_runtime_shutdown(rt, 5), -ETIMEDOUT);
    EXPECT_EQ(BLOCK_ON(other, JOIN(joiner)), -ECANCELED);
}

} // namespace
