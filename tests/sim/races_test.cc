// SPDX-License-Identifier: MIT
#include <errno.h>

#include <vector>

#include "nanorun/rt/group.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/test_thread.h"

// Small races of everything with everything: each a few steps long, so that
// thousands of simulations go through most of their orders.

namespace
{

struct Ends {
    std::atomic<int> begun{0}, ended{0};
};

ASYNC_FN(int, stroll, ((int, yields), (uint64_t, ms), (Ends *, ends)), int i;
         bool has_begun;)
{
    ASYNC_BEGIN(stroll);
    self->has_begun = true;
    self->ends->begun++;
    for (self->i = 0; self->i < self->yields; self->i++)
        YIELD_NOW();
    if (self->ms > 0)
        AWAIT(nr_sleep_ms(self->ms));
    ASYNC_RETURN(7);
    ASYNC_FINALLY;
    YIELD_NOW();
    self->ends->ended += self->has_begun;
    ASYNC_END;
}

ASYNC_FN(int, join_status, ((JOIN_HANDLE(stroll), h), (int *, value)), int err;)
{
    ASYNC_BEGIN(join_status);
    AWAIT(self->err, JOIN_STATUS(self->h, self->value));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

void expect_ends_alike(const Ends &ends)
{
    EXPECT_EQ(ends.begun, ends.ended);
}

TEST(Races, AbortAgainstEnd)
{
    Runtime rt(2);
    Handle h(rt);
    Ends ends;
    for (int yields = 0; yields < 3; yields++) {
        int value = 0;
        JOIN_HANDLE(stroll)
        task = SPAWN_ON(h, stroll(yields, 0, &ends));
        ABORT(task);
        int err = BLOCK_ON(rt, join_status(task, &value));
        EXPECT_TRUE(err == -ECANCELED || (err == 0 && value == 7)) << err;
    }
    expect_ends_alike(ends);
}

TEST(Races, DetachAgainstEnd)
{
    Ends ends;
    {
        Runtime rt(2);
        Handle h(rt);
        for (int yields = 0; yields < 3; yields++)
            DETACH(SPAWN_ON(h, stroll(yields, 0, &ends)));
    }
    expect_ends_alike(ends);
}

TEST(Races, JoinAgainstEnd)
{
    Runtime rt(3);
    Handle h(rt);
    Ends ends;
    for (int yields = 0; yields < 4; yields++) {
        int value = 0;
        EXPECT_EQ(
            BLOCK_ON(
                rt, join_status(SPAWN_ON(h, stroll(yields, 0, &ends)), &value)),
            0);
        EXPECT_EQ(value, 7);
    }
    expect_ends_alike(ends);
}

TEST(Races, AbortOfASleepAgainstItsTimer)
{
    Runtime rt(2);
    Handle h(rt);
    Ends ends;
    JOIN_HANDLE(stroll)
    task = SPAWN_ON(h, stroll(0, 1, &ends));
    JOIN_HANDLE(stroll)
    other = SPAWN_ON(h, stroll(0, 1, &ends));
    int value = 0;
    BLOCK_ON(rt, join_status(other, &value));
    ABORT(task); // its timer fires about now
    int err = BLOCK_ON(rt, join_status(task, &value));
    EXPECT_TRUE(err == 0 || err == -ECANCELED) << err;
    expect_ends_alike(ends);
}

TEST(Races, SpawnsAgainstTheEndOfTheRuntime)
{
    Ends ends;
    nr_runtime *rt = runtime_of(2), *other = runtime_of(1);
    nr_handle *h = nr_runtime_handle(rt);
    std::vector<JOIN_HANDLE(stroll)> tasks;
    Thread spawner([&] {
        for (int i = 0; i < 6; i++)
            tasks.push_back(SPAWN_ON(h, stroll(i % 3, uint64_t(i % 2), &ends)));
    });
    nr_runtime_destroy(rt);
    spawner.join();
    for (auto task : tasks) {
        int value = 0;
        int err = BLOCK_ON(other, join_status(task, &value));
        EXPECT_TRUE(err == 0 || err == -ECANCELED) << err;
    }
    nr_handle_release(h);
    nr_runtime_destroy(other);
    expect_ends_alike(ends);
}

ASYNC_FN(int, wait_a_little, ((Event *, e)), int err;)
{
    ASYNC_BEGIN(wait_a_little);
    AWAIT(self->err, TIMEOUT_MS(1, event_wait(self->e)));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

ASYNC_FN(void, set_in_a_ms, ((Event *, e)))
{
    ASYNC_BEGIN(set_in_a_ms);
    AWAIT(nr_sleep_ms(1));
    self->e->set();
    ASYNC_END;
}

TEST(Races, TheDeadlineAgainstTheEvent)
{
    Event e;
    {
        Runtime rt(2);
        Handle h(rt);
        DETACH(SPAWN_ON(h, set_in_a_ms(&e)));
        int err = BLOCK_ON(rt, wait_a_little(&e));
        EXPECT_TRUE(err == 0 || err == -ETIMEDOUT) << err;
    }
    EXPECT_EQ(e.waker, nullptr);
}

TEST(Races, AWakeFromOutsideAgainstGoingToSleep)
{
    Runtime rt(3);
    Handle h(rt);
    for (int i = 0; i < 3; i++) {
        Event e;
        event_wait_future **task = SPAWN_ON(h, event_wait(&e));
        Thread setter([&] { e.set(); });
        setter.join();
        while (!IS_FINISHED(task))
            nr_sys_thread_yield();
        DETACH(task);
    }
}

// As many as a queue holds, less some, while the other worker is held; then
// some more than that, while it steals.
enum { HELD = 250, MANY = 270 };

struct Fill {
    std::atomic<bool> has_begun{false}, is_full{false};
    int runs[MANY] = {};
};

ASYNC_FN(void, hold_a_worker, ((Fill *, f)))
{
    ASYNC_BEGIN(hold_a_worker);
    self->f->has_begun = true;
    while (!self->f->is_full)
        nr_sys_thread_yield();
    ASYNC_END;
}

ASYNC_FN(void, count_one, ((int *, runs)))
{
    ASYNC_BEGIN(count_one);
    ++*self->runs;
    ASYNC_END;
}

ASYNC_FN(void, fill, ((Fill *, f)), nr_group g; int i;)
{
    ASYNC_BEGIN(fill);
    nr_group_init(&self->g);
    GROUP_SPAWN(&self->g, hold_a_worker(self->f));
    while (!self->f->has_begun)
        YIELD_NOW();
    for (self->i = 0; self->i < MANY; self->i++) {
        GROUP_SPAWN(&self->g, count_one(&self->f->runs[self->i]));
        if (self->i == HELD)
            self->f->is_full = true;
    }
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    nr_group_deinit(&self->g);
    ASYNC_END;
}

TEST(Races, StealsAgainstTheOverflowOfAQueue)
{
    Fill f;
    Runtime rt(2);
    BLOCK_ON(rt, fill(&f));
    for (int n : f.runs)
        EXPECT_EQ(n, 1);
}

} // namespace
