// SPDX-License-Identifier: MIT
#include <errno.h>

#include <memory>
#include <vector>

#include "nanorun/rt/memory/slab.h"
#include "nanorun/rt/sched/handle.h"
#include "nanorun/sys/memory.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/test_thread.h"

// Runtimes: making them, references to them, waiting from outside, several at
// once.

namespace
{

ASYNC_FN(int, add, ((int, a), (int, b)))
{
    ASYNC_BEGIN(add);
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

ASYNC_FN(int, add_after_yields, ((int, a), (int, b), (int, yields)), int i;)
{
    ASYNC_BEGIN(add_after_yields);
    for (self->i = 0; self->i < self->yields; self->i++)
        YIELD_NOW();
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

// ---- making ----

TEST(RuntimeCreate, ARuntimeHasAnyNumberOfWorkers)
{
    for (unsigned workers : {1u, 2u, 8u, 64u}) {
        Runtime rt(workers);
        EXPECT_EQ(BLOCK_ON(rt, add(1, 2)), 3);
    }
}

TEST(RuntimeCreate, MoreWorkersThanTheMaximumAreRefused)
{
    nr_runtime_options options = {};
    options.workers = NR_WORKERS_MAX + 1;
    errno = 0;
    EXPECT_EQ(nr_runtime_create(&options), nullptr);
    EXPECT_EQ(errno, EINVAL);
    options.workers = ~0u;
    errno = 0;
    EXPECT_EQ(nr_runtime_create(&options), nullptr);
    EXPECT_EQ(errno, EINVAL);
}

TEST(RuntimeCreate, ARuntimeRunsOnDefaults)
{
    nr_runtime *rt = nr_runtime_create(nullptr);
    ASSERT_NE(rt, nullptr);
    EXPECT_EQ(rt->workers_count, nr_sys_cpu_count());
    EXPECT_EQ(BLOCK_ON(rt, add(3, 4)), 7);
    nr_runtime_destroy(rt);
}

TEST(RuntimeCreate, ZeroWorkersAreOneACpu)
{
    Runtime rt(0);
    EXPECT_EQ(static_cast<nr_runtime *>(rt)->workers_count, nr_sys_cpu_count());
}

// What a worker draws its victims from, before it has drawn any.
uint64_t start_of(unsigned index, uint64_t seed)
{
    nr_pool_options pool = {};
    nr_runtime *rt = nr_runtime_allocate(index + 1, seed, &pool);
    uint64_t random = rt->workers[index].random;
    nr_runtime_release(rt);
    return random;
}

TEST(RuntimeCreate, TheSameSeedDrawsTheSameVictims)
{
    EXPECT_EQ(start_of(0, 42), start_of(0, 42));
    EXPECT_NE(start_of(0, 42), start_of(0, 43));
    EXPECT_NE(start_of(0, 42), start_of(1, 42));
    nr_runtime_options options = {};
    options.workers = 2;
    options.seed = 42;
    nr_runtime *rt = nr_runtime_create(&options);
    EXPECT_EQ(BLOCK_ON(rt, add(1, 2)), 3);
    nr_runtime_destroy(rt);
}

TEST(RuntimeCreate, RunMakesARuntimeOfItsOwn)
{
    EXPECT_EQ(RUN(add(5, 6)), 11);
    EXPECT_EQ(RUN(add_after_yields(5, 6, 100)), 11);
}

// ---- waiting from outside ----

TEST(BlockOn, BlockOnServesManyThreadsAtOnce)
{
    for (unsigned workers : {1u, 2u, 8u}) {
        Runtime rt(workers);
        std::atomic<int> sum{0};
        std::vector<Thread> threads;
        for (int t = 0; t < 16; t++) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 50; i++)
                    sum += BLOCK_ON(rt, add_after_yields(t, i, i % 5));
            });
        }
        for (auto &t : threads)
            t.join();
        EXPECT_EQ(sum, 50 * 120 + 16 * 1225);
    }
}

TEST(BlockOn, BlockOnJoinsATaskFromOutside)
{
    Runtime rt(2);
    Handle h(rt);
    JOIN_HANDLE(add_after_yields) j = SPAWN_ON(h, add_after_yields(1, 2, 9));
    EXPECT_EQ(BLOCK_ON(rt, JOIN(j)), 3);
}

TEST(BlockOn, BlockOnTriesToJoinATaskFromOutside)
{
    Runtime rt(2);
    Handle h(rt);
    int v = 0;
    JOIN_HANDLE(add_after_yields) j = SPAWN_ON(h, add_after_yields(1, 2, 9));
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(j, &v)), 0);
    EXPECT_EQ(v, 3);
}

TEST(BlockOn, BlockOnTakesALeaf)
{
    Runtime rt(1);
    Event e;
    e.set();
    BLOCK_ON(rt, event_wait(&e));
    EXPECT_EQ(e.polls, 1);
    BLOCK_ON(rt, nr_sleep_ms(1));
}

ASYNC_FN(void, sleep_for, ((uint64_t, ms)))
{
    ASYNC_BEGIN(sleep_for);
    AWAIT(nr_sleep_ms(self->ms));
    ASYNC_END;
}

TEST(BlockOn, BlockOnBoundsACallFromOutside)
{
    Runtime rt(1);
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(1, sleep_for(1000000))), -ETIMEDOUT);
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(1000000, sleep_for(1))), 0);
}

TEST(BlockOn, BlockOnDropsALeafBeforeItReturns)
{
    Runtime rt(2);
    for (int i = 0; i < 500; i++) {
        Event e;
        e.set();
        BLOCK_ON(rt, event_wait(&e));
        ASSERT_EQ(e.drops, 1);
    }
}

// The timer of a call that was in time is armed still when its task ends.
TEST(BlockOn, ABoundedCallThatWasInTimeLeavesNothingBehind)
{
    uint64_t blocks = nr_sys_alloc_live();
    {
        Runtime rt(1);
        Handle h(rt);
        EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(1000000, sleep_for(1))), 0);
        DETACH(SPAWN_ON(h, TIMEOUT_MS(1000000, sleep_for(1))));
        nr_timeout_future **j = SPAWN_ON(h, TIMEOUT_MS(1000000, sleep_for(1)));
        EXPECT_EQ(BLOCK_ON(rt, JOIN(j)), 0);
    }
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

// ---- references ----

ASYNC_FN(nr_handle *, current, ())
{
    ASYNC_BEGIN(current);
    ASYNC_RETURN(nr_handle_clone(nr_handle_current()));
    ASYNC_END;
}

TEST(HandleOfARuntime, ATaskHasTheHandleOfItsRuntime)
{
    Runtime one(1), two(2);
    for (nr_runtime *rt : {(nr_runtime *)one, (nr_runtime *)two}) {
        Handle h(rt);
        nr_handle *inside = BLOCK_ON(rt, current());
        EXPECT_EQ(inside, h);
        nr_handle_release(inside);
    }
}

TEST(HandleOfARuntime, ThereIsNoHandleOutsideATask)
{
    Runtime rt(1);
    EXPECT_EQ(nr_handle_current(), nullptr);
    BLOCK_ON(rt, add(1, 2));
    EXPECT_EQ(nr_handle_current(), nullptr);
    nr_handle_release(nullptr);
}

TEST(HandleOfARuntime, ClonesOfAHandleOutliveTheRuntime)
{
    nr_runtime *rt = runtime_of(2);
    nr_handle *h = nr_runtime_handle(rt);
    std::vector<Thread> threads;
    for (int t = 0; t < 8; t++) {
        threads.emplace_back([g = nr_handle_clone(h)] {
            for (int i = 0; i < 100; i++)
                nr_handle_release(nr_handle_clone(g));
            nr_handle_release(g);
        });
    }
    nr_runtime_destroy(rt);
    for (auto &t : threads)
        t.join();
    nr_handle_release(h);
}

// ---- several ----

ASYNC_FN(int, join_there, ((nr_handle *, h), (int, n)),
         JOIN_HANDLE(add_after_yields) j;
         int i, v, sum;)
{
    ASYNC_BEGIN(join_there);
    for (self->i = 0; self->i < self->n; self->i++) {
        self->j = SPAWN_ON(self->h, add_after_yields(self->i, 1, self->i % 3));
        AWAIT(self->v, JOIN(self->j));
        self->sum += self->v;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

TEST(Runtimes, RuntimesJoinEachOthersTasks)
{
    for (unsigned workers : {1u, 2u}) {
        Runtime one(workers), two(workers);
        Handle h1(one), h2(two);
        Thread other(
            [&] { EXPECT_EQ(BLOCK_ON(two, join_there(h1, 200)), 20100); });
        EXPECT_EQ(BLOCK_ON(one, join_there(h2, 200)), 20100);
        other.join();
    }
}

ASYNC_FN(int, use_a_runtime, ((unsigned, workers)), nr_runtime *rt;
         nr_handle * h; int v;)
{
    ASYNC_BEGIN(use_a_runtime);
    self->rt = runtime_of(self->workers);
    self->h = nr_runtime_handle(self->rt);
    EXPECT_NE(self->h, nr_handle_current());
    AWAIT(self->v, JOIN(SPAWN_ON(self->h, join_there(self->h, 10))));
    ASYNC_FINALLY;
    nr_handle_release(self->h);
    nr_runtime_destroy(self->rt);
    self->result = self->v;
    ASYNC_END;
}

TEST(Runtimes, RuntimesAreMadeAndEndedInsideATaskOfAnother)
{
    Runtime rt(2);
    for (int i = 0; i < 20; i++)
        EXPECT_EQ(BLOCK_ON(rt, use_a_runtime(2)), 55);
}

// ---- very many tasks ----

ASYNC_FN(long, spawn_very_many, ((long, n)), JOIN_HANDLE(add) h[100];
         long i, sum; int k, v;)
{
    ASYNC_BEGIN(spawn_very_many);
    for (self->i = 0; self->i < self->n; self->i += 100) {
        for (self->k = 0; self->k < 100; self->k++)
            self->h[self->k] = SPAWN(add(self->k, 1));
        for (self->k = 0; self->k < 100; self->k++) {
            AWAIT(self->v, JOIN(self->h[self->k]));
            self->sum += self->v;
        }
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

TEST(Runtimes, ARuntimeRunsAMillionTasks)
{
    Runtime rt(2);
    EXPECT_EQ(BLOCK_ON(rt, spawn_very_many(1000000)), 50500000);
}

// Workers that park see to it; the memory of this stays in use.
ASYNC_FN(void, sleep_until_given_back, ())
{
    ASYNC_BEGIN(sleep_until_given_back);
    while (nr_slab_is_idle())
        AWAIT(nr_sleep_ms(10));
    ASYNC_END;
}

TEST(Runtimes, TheMemoryOfABurstIsGivenBack)
{
    Runtime rt(2);
    Handle h(rt);
    std::vector<JOIN_HANDLE(add)> burst;
    for (int i = 0; i < 50000; i++)
        burst.push_back(SPAWN_ON(h, add(i, 1)));
    for (JOIN_HANDLE(add) handle : burst)
        DETACH(handle);
    BLOCK_ON(rt, sleep_until_given_back());
}

ASYNC_FN(void, sleep_if, ((bool, survives)))
{
    ASYNC_BEGIN(sleep_if);
    if (self->survives)
        AWAIT(nr_sleep_ms(UINT64_MAX));
    ASYNC_END;
}

// On one worker all are there before the first one runs.
ASYNC_FN(void, spawn_some_that_survive, (), int i;)
{
    ASYNC_BEGIN(spawn_some_that_survive);
    for (self->i = 0; self->i < 50000; self->i++)
        DETACH(SPAWN(sleep_if(self->i % 1000 == 0)));
    ASYNC_END;
}

TEST(Runtimes, TheMemoryBetweenSurvivorsIsGivenBack)
{
    Runtime rt(1);
    BLOCK_ON(rt, spawn_some_that_survive());
    BLOCK_ON(rt, sleep_until_given_back());
    if (!NR_SYS_MEMORY_CHECKED) {
        EXPECT_GT(nr_slab_gone(), 2000000U);
    }
}

// ---- when leaves are dropped ----

TEST(Join, JoinOfALeafComesAfterItsDrop)
{
    Runtime rt(2);
    Handle h(rt);
    for (int i = 0; i < 2000; i++) {
        auto e = std::make_unique<Event>();
        e->set();
        event_wait_future **j = SPAWN_ON(h, event_wait(e.get()));
        BLOCK_ON(rt, JOIN(j));
        EXPECT_EQ(e->drops, 1);
    }
}

ASYNC_FN(int, await_a_leaf, ((Event *, e)))
{
    ASYNC_BEGIN(await_a_leaf);
    AWAIT(event_wait(self->e));
    ASYNC_RETURN(self->e->drops);
    ASYNC_END;
}

TEST(Await, AwaitDropsALeafBeforeItGoesOn)
{
    Runtime rt(1);
    Event e;
    e.set();
    EXPECT_EQ(BLOCK_ON(rt, await_a_leaf(&e)), 1);
}

} // namespace
