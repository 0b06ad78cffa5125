// SPDX-License-Identifier: MIT
#include <errno.h>

#include <vector>

#include "nanorun/rt/sched/worker.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"

// The end of a runtime: what still runs is unwound, within the bound if there
// is one, nothing is left, and what refers to it stays usable.

namespace
{

// Counts of what happened to tasks.
struct Ends {
    std::atomic<int> started{0}, finished{0};
    Count running; // the same as started, to be waited for
};

ASYNC_FN(int, wait_for_ever, ((Event *, e), (Ends *, ends)))
{
    ASYNC_BEGIN(wait_for_ever);
    self->ends->started++;
    self->ends->running.add();
    AWAIT(event_wait(self->e));
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    YIELD_NOW();
    AWAIT(nr_sleep_ms(1));
    self->ends->finished++;
    ASYNC_END;
}

ASYNC_FN(int, join_status, ((JOIN_HANDLE(wait_for_ever), h), (int *, v)),
         int e;)
{
    ASYNC_BEGIN(join_status);
    AWAIT(self->e, JOIN_STATUS(self->h, self->v));
    ASYNC_RETURN(self->e);
    ASYNC_END;
}

TEST(Shutdown, ShutdownOfNullIsFine)
{
    nr_runtime_destroy(nullptr);
    EXPECT_EQ(nr_runtime_shutdown(nullptr, 0), 0);
    EXPECT_EQ(nr_runtime_shutdown(nullptr, 1000), 0);
}

TEST(Shutdown, ShutdownRunsTheFinallyOfWhatStillWaits)
{
    for (unsigned workers : {1u, 2u, 8u}) {
        Ends ends;
        std::vector<Event> events(50);
        nr_runtime *rt = runtime_of(workers);
        Handle h(rt);
        for (Event &e : events)
            DETACH(SPAWN_ON(h, wait_for_ever(&e, &ends)));
        ends.running.wait_for(50);
        nr_runtime_destroy(rt);
        EXPECT_EQ(ends.finished, 50);
    }
}

// Holds its worker in one poll until the end of the runtime has begun.
ASYNC_FN(void, hold_until_the_end, ((nr_runtime *, rt), (Ends *, ends)))
{
    ASYNC_BEGIN(hold_until_the_end);
    self->ends->running.add();
    while (!nr_load_u32_relaxed(&self->rt->closing))
        nr_sys_thread_yield();
    ASYNC_END;
}

TEST(Shutdown, ShutdownRunsTheFinallyOfWhatNeverBegan)
{
    uint64_t blocks = nr_sys_alloc_live();
    Ends ends;
    std::vector<Event> events(100);
    nr_runtime *rt = runtime_of(1);
    {
        Handle h(rt);
        DETACH(SPAWN_ON(h, hold_until_the_end(rt, &ends)));
        ends.running.wait_for(1);
        for (Event &e : events)
            DETACH(SPAWN_ON(h, wait_for_ever(&e, &ends)));
    }
    nr_runtime_destroy(rt);
    EXPECT_EQ(ends.started, 0);
    EXPECT_EQ(ends.finished, 100);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

TEST(Shutdown, ShutdownResolvesHandlesThatAreKept)
{
    Runtime other(1);
    Ends ends;
    Event waits, is_set;
    nr_runtime *rt = runtime_of(2);
    Handle h(rt);
    int v = 7;
    is_set.set();
    JOIN_HANDLE(wait_for_ever)
    ended = SPAWN_ON(h, wait_for_ever(&is_set, &ends));
    while (!IS_FINISHED(ended))
        nr_sys_thread_yield();
    JOIN_HANDLE(wait_for_ever)
    waiting = SPAWN_ON(h, wait_for_ever(&waits, &ends));
    EXPECT_FALSE(IS_FINISHED(waiting));
    nr_runtime_destroy(rt);
    EXPECT_TRUE(IS_FINISHED(waiting));
    ABORT(waiting);
    EXPECT_EQ(BLOCK_ON(other, join_status(waiting, &v)), -ECANCELED);
    EXPECT_EQ(v, 7);
    EXPECT_EQ(BLOCK_ON(other, join_status(ended, &v)), 0);
    EXPECT_EQ(v, 1);
}

TEST(Shutdown, ShutdownWakesJoinersOnOtherRuntimes)
{
    Runtime other(1);
    Handle elsewhere(other);
    Ends ends;
    Event e;
    nr_runtime *rt = runtime_of(2);
    Handle h(rt);
    int v = 7;
    JOIN_HANDLE(wait_for_ever) j = SPAWN_ON(h, wait_for_ever(&e, &ends));
    JOIN_HANDLE(join_status) joiner = SPAWN_ON(elsewhere, join_status(j, &v));
    ends.running.wait_for(1);
    nr_runtime_destroy(rt);
    EXPECT_EQ(BLOCK_ON(other, JOIN(joiner)), -ECANCELED);
    EXPECT_EQ(v, 7);
}

TEST(Shutdown, SpawnsAfterAShutdownAreRefused)
{
    Runtime other(1);
    Ends ends;
    Event e;
    nr_runtime *rt = runtime_of(2);
    nr_handle *h = nr_runtime_handle(rt);
    nr_runtime_destroy(rt);
    JOIN_HANDLE(wait_for_ever) j = SPAWN_ON(h, wait_for_ever(&e, &ends));
    EXPECT_TRUE(IS_FINISHED(j));
    EXPECT_EQ(BLOCK_ON(other, JOIN_STATUS(j)), -ECANCELED);
    DETACH(SPAWN_ON(h, wait_for_ever(&e, &ends)));
    event_wait_future **leaf = SPAWN_ON(h, event_wait(&e));
    EXPECT_EQ(e.drops, 1);
    EXPECT_EQ(BLOCK_ON(other, JOIN_STATUS(leaf)), -ECANCELED);
    nr_handle_release(h);
    EXPECT_EQ(ends.started, 0);
    EXPECT_EQ(e.polls, 0);
}

ASYNC_FN(void, spawn_in_finally,
         ((Event *, never), (Ends *, ends), (int *, err)),
         JOIN_HANDLE(wait_for_ever) h;)
{
    ASYNC_BEGIN(spawn_in_finally);
    self->ends->running.add();
    AWAIT(event_wait(self->never));
    ASYNC_FINALLY;
    self->h = SPAWN(wait_for_ever(self->never, self->ends));
    AWAIT(*self->err, JOIN_STATUS(self->h));
    ASYNC_END;
}

// Whichever worker runs the FINALLY, and whichever lists that comes from.
TEST(Shutdown, SpawnsOfAFinallyInAShutdownAreRefused)
{
    uint64_t blocks = nr_sys_alloc_live();
    for (int round = 0; round < 200; round++) {
        Ends ends;
        Event events[8];
        int err[8] = {};
        nr_runtime *rt = runtime_of(4);
        {
            Handle h(rt);
            for (int i = 0; i < 8; i++)
                DETACH(
                    SPAWN_ON(h, spawn_in_finally(&events[i], &ends, &err[i])));
        }
        ends.running.wait_for(8);
        nr_runtime_destroy(rt);
        for (int e : err)
            EXPECT_EQ(e, -ECANCELED);
        ASSERT_EQ(ends.started, 0);
    }
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

struct Cycle;
ASYNC_DECLARE(void, join_other, ((Cycle *, c)));

struct Cycle {
    Event go;
    Count *running;
    JOIN_HANDLE(join_other) other;
};

ASYNC_DEFINE(void, join_other, ((Cycle *, c)))
{
    ASYNC_BEGIN(join_other);
    AWAIT(event_wait(&self->c->go));
    self->c->running->add();
    AWAIT(JOIN(self->c->other));
    ASYNC_END;
}

TEST(Shutdown, ShutdownFreesTasksThatJoinEachOther)
{
    uint64_t blocks = nr_sys_alloc_live();
    Count running;
    Cycle a, b;
    a.running = b.running = &running;
    nr_runtime *rt = runtime_of(2);
    {
        Handle h(rt);
        b.other = SPAWN_ON(h, join_other(&a));
        a.other = SPAWN_ON(h, join_other(&b));
    }
    a.go.set();
    b.go.set();
    running.wait_for(2);
    nr_runtime_destroy(rt);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

ASYNC_FN(void, yield_for_ever, ((Ends *, ends)))
{
    ASYNC_BEGIN(yield_for_ever);
    self->ends->running.add();
    for (;;)
        YIELD_NOW();
    ASYNC_FINALLY;
    self->ends->finished++;
    ASYNC_END;
}

TEST(Shutdown, ShutdownUnwindsWhatYieldsForEver)
{
    Ends ends;
    nr_runtime *rt = runtime_of(2);
    Handle h(rt);
    for (int i = 0; i < 5; i++)
        DETACH(SPAWN_ON(h, yield_for_ever(&ends)));
    ends.running.wait_for(5);
    nr_runtime_destroy(rt);
    EXPECT_EQ(ends.finished, 5);
}

ASYNC_FN(void, lend_and_wait,
         ((nr_waker **, kept), (Event *, e), (Ends *, ends)))
{
    ASYNC_BEGIN(lend_and_wait);
    AWAIT(lend_waker(self->kept));
    self->ends->running.add();
    AWAIT(event_wait(self->e));
    ASYNC_END;
}

TEST(Shutdown, WakersDoNothingAfterAShutdown)
{
    uint64_t blocks = nr_sys_alloc_live();
    Ends ends;
    Event e;
    nr_waker *kept = nullptr;
    nr_runtime *rt = runtime_of(2);
    {
        Handle h(rt);
        DETACH(SPAWN_ON(h, lend_and_wait(&kept, &e, &ends)));
    }
    ends.running.wait_for(1);
    nr_runtime_destroy(rt);
    nr_waker *copy = nr_waker_clone(kept);
    nr_waker_wake(kept);
    nr_waker_drop(kept);
    nr_waker_wake(copy);
    nr_waker_drop(copy);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

} // namespace
