// SPDX-License-Identifier: MIT
#include <errno.h>

#include <gmock/gmock.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/alloc_failure.h"

// Waiting for a task without joining it, and tasks that join each other.

namespace
{

ASYNC_FN(int, wait_event, ((Event *, e)))
{
    ASYNC_BEGIN(wait_event);
    AWAIT(event_wait(self->e));
    ASYNC_RETURN(3);
    ASYNC_END;
}

// ---- WAIT_FOR ----

ASYNC_FN(void, give_up_waiting, ((Event *, e)), JOIN_HANDLE(wait_event) h;
         int error, v;)
{
    ASYNC_BEGIN(give_up_waiting);
    self->h = SPAWN(wait_event(self->e));
    AWAIT(self->error, TIMEOUT_MS(1, WAIT_FOR(self->h)));
    EXPECT_EQ(self->error, -ETIMEDOUT);
    EXPECT_FALSE(IS_FINISHED(self->h));
    ABORT(self->h);
    AWAIT(WAIT_FOR(self->h));
    EXPECT_TRUE(IS_FINISHED(self->h));
    AWAIT(self->error, JOIN_STATUS(self->h, &self->v));
    EXPECT_EQ(self->error, -ECANCELED);
    ASYNC_END;
}

TEST(WaitFor, WaitForMayBeGivenUpAndFollowedByAbortAndJoin)
{
    Runtime rt(2);
    Event never;
    BLOCK_ON(rt, give_up_waiting(&never));
}

ASYNC_FN(void, wait_twice, ((Event *, e)), JOIN_HANDLE(wait_event) h; int v;)
{
    ASYNC_BEGIN(wait_twice);
    self->h = SPAWN(wait_event(self->e));
    self->e->set();
    AWAIT(WAIT_FOR(self->h));
    AWAIT(WAIT_FOR(self->h)); // at once
    AWAIT(self->v, JOIN(self->h));
    EXPECT_EQ(self->v, 3);
    ASYNC_END;
}

TEST(WaitFor, WaitForConsumesNothing)
{
    Runtime rt(2);
    Event e;
    BLOCK_ON(rt, wait_twice(&e));
}

ASYNC_FN(void, set_later, ((Event *, e)))
{
    ASYNC_BEGIN(set_later);
    AWAIT(nr_sleep_ms(5));
    self->e->set();
    ASYNC_END;
}

// The second branch gives up while the first one waits.
ASYNC_FN(void, wait_in_branches, ((Event *, e), (bool, joins)),
         JOIN_HANDLE(wait_event) h;
         int v, error;)
{
    ASYNC_BEGIN(wait_in_branches);
    self->h = SPAWN(wait_event(self->e));
    if (self->joins)
        AWAIT(ALL(INTO(&self->v, JOIN(self->h)),
                  INTO(&self->error, TIMEOUT_MS(1, WAIT_FOR(self->h))),
                  set_later(self->e)));
    else
        AWAIT(ALL(WAIT_FOR(self->h),
                  INTO(&self->error, TIMEOUT_MS(1, WAIT_FOR(self->h))),
                  set_later(self->e)));
    EXPECT_EQ(self->error, -ETIMEDOUT);
    if (!self->joins)
        AWAIT(self->v, JOIN(self->h));
    EXPECT_EQ(self->v, 3);
    ASYNC_END;
}

TEST(WaitFor, OneBranchGivesUpAndAnotherIsStillTold)
{
    Runtime rt(2);
    for (bool joins : {false, true}) {
        Event e;
        BLOCK_ON(rt, wait_in_branches(&e, joins));
    }
}

ASYNC_FN(void, wait_starved, (), JOIN_HANDLE(wait_event) h; int error;)
{
    ASYNC_BEGIN(wait_starved);
    {
        AllocFailure failure(0, AllocFailure::FROM_THERE_ON);
        self->h = SPAWN(wait_event(nullptr));
    }
    AWAIT(WAIT_FOR(self->h));
    AWAIT(self->error, JOIN_STATUS(self->h));
    ASYNC_END;
}

TEST(WaitFor, WaitForATaskThatThereWasNoMemoryForIsReady)
{
    Runtime rt(1);
    BLOCK_ON(rt, wait_starved());
}

ASYNC_FN(void, wait_for, ((JOIN_HANDLE(wait_event), h)))
{
    ASYNC_BEGIN(wait_for);
    AWAIT(WAIT_FOR(self->h));
    ASYNC_END;
}

ASYNC_FN(void, wait_from_two_tasks, ((Event *, e)), JOIN_HANDLE(wait_event) h;
         JOIN_HANDLE(wait_for) other;)
{
    ASYNC_BEGIN(wait_from_two_tasks);
    self->h = SPAWN(wait_event(self->e));
    self->other = SPAWN(wait_for(self->h));
    AWAIT(wait_for(self->h));
    AWAIT(JOIN(self->other));
    ASYNC_END;
}

TEST(WaitForDeathTest, WaitForByTwoTasksAtOnceStops)
{
    EXPECT_DEATH(
        {
            Runtime rt(1);
            Event never;
            BLOCK_ON(rt, wait_from_two_tasks(&never));
        },
        "^nanorun: two tasks wait for the same task at once "
        "\\(.*join_test.cc:.+\\)\n$");
}

// ---- a chain of tasks, each of which is a JOIN of the one before ----

ASYNC_FN(int, yield_once, ())
{
    ASYNC_BEGIN(yield_once);
    YIELD_NOW();
    ASYNC_RETURN(7);
    ASYNC_END;
}

ASYNC_FN(int, join_in_a_row, ((int, n)), JOIN_HANDLE(yield_once) h; int i, v;)
{
    ASYNC_BEGIN(join_in_a_row);
    self->h = SPAWN(yield_once());
    for (self->i = 0; self->i < self->n; self->i++)
        self->h = SPAWN(JOIN(self->h));
    AWAIT(self->v, JOIN(self->h));
    ASYNC_RETURN(self->v);
    ASYNC_END;
}

// The last that is freed holds all others, so this would take a C stack of tens
// of megabytes.
TEST(Join, AChainOf200000IsFreedOnTheStackOfOne)
{
    uint64_t live = nr_sys_alloc_live();
    {
        Runtime rt(1);
        EXPECT_EQ(BLOCK_ON(rt, join_in_a_row(200000)), 7);
    }
    EXPECT_EQ(nr_sys_alloc_live(), live);
}

// ---- joins that no result could come from ----

enum Way { BY_JOIN, BY_JOIN_STATUS, BY_WAIT_FOR, BY_DETACH };
struct Own;
ASYNC_DECLARE(void, wait_for_itself, ((Own *, own), (Way, way)));

struct Own {
    JOIN_HANDLE(wait_for_itself) handle;
    bool has_ended;
};

ASYNC_DEFINE(void, wait_for_itself, ((Own *, own), (Way, way)))
{
    ASYNC_BEGIN(wait_for_itself);
    if (self->way == BY_JOIN)
        AWAIT(JOIN(self->own->handle));
    else if (self->way == BY_JOIN_STATUS)
        AWAIT(JOIN_STATUS(self->own->handle));
    else if (self->way == BY_WAIT_FOR)
        AWAIT(WAIT_FOR(self->own->handle));
    else
        DETACH(self->own->handle);
    YIELD_NOW();
    self->own->has_ended = true;
    ASYNC_END;
}

// One worker, so the task runs once its handle is kept.
ASYNC_FN(bool, spawn_wait_for_itself, ((Way, way)), Own own;)
{
    ASYNC_BEGIN(spawn_wait_for_itself);
    self->own.handle = SPAWN(wait_for_itself(&self->own, self->way));
    while (!self->own.has_ended)
        YIELD_NOW();
    ASYNC_RETURN(true);
    ASYNC_END;
}

bool run_wait_for_itself(Way way)
{
    Runtime rt(1);
    return BLOCK_ON(rt, spawn_wait_for_itself(way));
}

TEST(JoinDeathTest, ATaskThatJoinsItselfStops)
{
    for (Way way : {BY_JOIN, BY_JOIN_STATUS, BY_WAIT_FOR})
        EXPECT_DEATH(run_wait_for_itself(way),
                     "^nanorun: a task waits for its own end "
                     "\\(.*join_test.cc:.+\\)\n$");
}

TEST(Join, ATaskMayDetachItself)
{
    EXPECT_TRUE(run_wait_for_itself(BY_DETACH));
}

#define EXPECT_RUNTIME_HAS_ENDED(statement)                                  \
    EXPECT_DEATH(statement, "^nanorun: JOIN of a task whose runtime has "    \
                            "ended, use JOIN_STATUS \\(.*join_test.cc:.+\\)" \
                            "\n$")

ASYNC_FN(int, join_refused, ((nr_handle *, ended)), JOIN_HANDLE(wait_event) h;
         int v;)
{
    ASYNC_BEGIN(join_refused);
    self->h = SPAWN_ON(self->ended, wait_event(nullptr));
    AWAIT(self->v, JOIN(self->h));
    ASYNC_RETURN(self->v);
    ASYNC_END;
}

TEST(JoinDeathTest, JoinOfARefusedTaskStops)
{
    nr_runtime *ended = runtime_of(1);
    Handle h(ended);
    nr_runtime_destroy(ended);
    EXPECT_RUNTIME_HAS_ENDED({
        Runtime rt(1);
        BLOCK_ON(rt, join_refused(h));
    });
    EXPECT_RUNTIME_HAS_ENDED({
        Runtime rt(1);
        BLOCK_ON(rt, JOIN(SPAWN_ON(h, wait_event(nullptr))));
    });
}

TEST(JoinDeathTest, JoinOfATaskThatEndsWithAnotherRuntimeStops)
{
    EXPECT_RUNTIME_HAS_ENDED({
        Event never;
        nr_runtime *ending = runtime_of(1);
        Handle h(ending);
        Runtime rt(1);
        JOIN_HANDLE(wait_event) j = SPAWN_ON(h, wait_event(&never));
        nr_runtime_destroy(ending);
        BLOCK_ON(rt, JOIN(j));
    });
}

ASYNC_FN(void, join_in_finally, ((Event *, never), (int *, got)),
         JOIN_HANDLE(wait_event) h;)
{
    ASYNC_BEGIN(join_in_finally);
    self->h = SPAWN(wait_event(self->never));
    AWAIT(nr_sleep_ms(3600000));
    ASYNC_FINALLY;
    AWAIT(*self->got, JOIN(self->h));
    ASYNC_END;
}

TEST(Join, JoinOfATaskThatEndsWithTheSameRuntimeIsUnwound)
{
    Event never;
    int got = -1;
    nr_runtime *rt = runtime_of(1);
    {
        Handle h(rt);
        DETACH(SPAWN_ON(h, join_in_finally(&never, &got)));
    }
    while (never.polls == 0)
        nr_sys_thread_yield();
    nr_runtime_destroy(rt);
    EXPECT_EQ(got, 0);
}

} // namespace
