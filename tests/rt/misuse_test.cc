// SPDX-License-Identifier: MIT
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/misuse.h"
#include "tests/support/test_thread.h"

// Mistakes stop the process with one line that names the mistake and the place.

namespace
{

// All that a process that died of `what` printed.
#define EXPECT_MISUSE(statement, what) \
    EXPECT_DEATH(statement, testing::Eq("nanorun: " what "\n"))
// The same, with the line of the statement as the place: where it stands in a
// macro of two lines, compilers name the one or the other.
#define EXPECT_MISUSE_HERE(statement, what)                                 \
    EXPECT_DEATH(statement, testing::AnyOf(MISUSE_LINE(what, __LINE__ - 1), \
                                           MISUSE_LINE(what, __LINE__)))

ASYNC_FN(int, one, ())
{
    ASYNC_BEGIN(one);
    ASYNC_RETURN(1);
    ASYNC_END;
}

ASYNC_FN(int, wait_for_ever, ((Event *, e)))
{
    ASYNC_BEGIN(wait_for_ever);
    AWAIT(event_wait(self->e));
    ASYNC_RETURN(1);
    ASYNC_END;
}

// The use that a compiler asks for.
void keep(void *)
{
}

TEST(MisuseDeathTest, SpawnOutsideATask)
{
    EXPECT_MISUSE_HERE(keep(SPAWN(one())),
                       "SPAWN outside a task, use SPAWN_ON");
}

TEST(MisuseDeathTest, SpawnOnANullHandle)
{
    EXPECT_MISUSE_HERE(keep(SPAWN_ON(nullptr, one())),
                       "SPAWN_ON with a NULL handle");
}

TEST(MisuseDeathTest, BlockOnANullRuntime)
{
    EXPECT_MISUSE_HERE(BLOCK_ON(nullptr, one()),
                       "BLOCK_ON with a NULL runtime");
}

// ---- inside a task ----

enum { BLOCK_ON_LINE = __LINE__ + 5 };

ASYNC_FN(int, block_inside, ((nr_runtime *, rt)))
{
    ASYNC_BEGIN(block_inside);
    ASYNC_RETURN(BLOCK_ON(self->rt, one()));
    ASYNC_END;
}

enum { RUN_LINE = __LINE__ + 5 };

ASYNC_FN(int, run_inside, ())
{
    ASYNC_BEGIN(run_inside);
    ASYNC_RETURN(RUN(one()));
    ASYNC_END;
}

void run_block_inside()
{
    Runtime rt(1);
    BLOCK_ON(rt, block_inside(rt));
}

TEST(MisuseDeathTest, BlockOnInsideATask)
{
    EXPECT_DEATH(run_block_inside(),
                 testing::Eq(MISUSE_LINE("BLOCK_ON inside a task, use AWAIT",
                                         BLOCK_ON_LINE)));
}

TEST(MisuseDeathTest, RunInsideATask)
{
    EXPECT_DEATH(
        RUN(run_inside()),
        testing::Eq(MISUSE_LINE("RUN inside a task, use AWAIT", RUN_LINE)));
}

enum { DESTROY_LINE = __LINE__ + 5 };

ASYNC_FN(void, destroy_own, ((nr_runtime *, rt)))
{
    ASYNC_BEGIN(destroy_own);
    nr_runtime_destroy(self->rt);
    ASYNC_END;
}

enum { SHUTDOWN_LINE = __LINE__ + 5 };

ASYNC_FN(void, shut_down_own, ((nr_runtime *, rt)))
{
    ASYNC_BEGIN(shut_down_own);
    nr_runtime_shutdown(self->rt, 1);
    ASYNC_END;
}

void end_own(bool destroys)
{
    nr_runtime *rt = runtime_of(2);
    if (destroys)
        BLOCK_ON(rt, destroy_own(rt));
    else
        BLOCK_ON(rt, shut_down_own(rt));
}

TEST(MisuseDeathTest, EndOfTheOwnRuntimeInsideATask)
{
    const char *what = "a runtime is ended by one of its own tasks";
    EXPECT_DEATH(end_own(true), testing::Eq(MISUSE_LINE(what, DESTROY_LINE)));
    EXPECT_DEATH(end_own(false), testing::Eq(MISUSE_LINE(what, SHUTDOWN_LINE)));
}

// ---- handles ----

enum { JOIN_LINE = __LINE__ + 8 };

ASYNC_FN(int, join_aborted, ((Event *, e)), JOIN_HANDLE(wait_for_ever) h;
         int v;)
{
    ASYNC_BEGIN(join_aborted);
    self->h = SPAWN(wait_for_ever(self->e));
    ABORT(self->h);
    AWAIT(self->v, JOIN(self->h));
    ASYNC_RETURN(self->v);
    ASYNC_END;
}

void run_join_aborted()
{
    Event e;
    Runtime rt(2);
    BLOCK_ON(rt, join_aborted(&e));
}

TEST(MisuseDeathTest, JoinOfAnAbortedTask)
{
    EXPECT_DEATH(
        run_join_aborted(),
        testing::Eq(MISUSE_LINE(
            "JOIN of a task that was aborted, use JOIN_STATUS", JOIN_LINE)));
}

enum { ABORTED_LINE = __LINE__ + 9 };

void block_on_aborted()
{
    Event e;
    Runtime rt(2);
    Handle h(rt);
    JOIN_HANDLE(wait_for_ever) j = SPAWN_ON(h, wait_for_ever(&e));
    ABORT(j);
    BLOCK_ON(rt, JOIN(j));
}

TEST(MisuseDeathTest, BlockOnTheJoinOfAnAbortedTask)
{
    EXPECT_DEATH(
        block_on_aborted(),
        testing::Eq(MISUSE_LINE(
            "JOIN of a task that was aborted, use JOIN_STATUS", ABORTED_LINE)));
}

enum { IN_BRANCH_LINE = __LINE__ + 9 };

// The join is the outermost future of a branch, and waits before it finds out.
ASYNC_FN(void, join_aborted_in_branch, ((Event *, e)),
         JOIN_HANDLE(wait_for_ever) h;)
{
    ASYNC_BEGIN(join_aborted_in_branch);
    self->h = SPAWN(wait_for_ever(self->e));
    ABORT(self->h);
    AWAIT(ALL(nr_sleep_ms(3600000), TIMEOUT_MS(3600000, JOIN(self->h))));
    ASYNC_END;
}

void run_join_aborted_in_branch()
{
    Event e;
    Runtime rt(1);
    BLOCK_ON(rt, join_aborted_in_branch(&e));
}

TEST(MisuseDeathTest, JoinOfAnAbortedTaskInABranch)
{
    EXPECT_DEATH(run_join_aborted_in_branch(),
                 testing::Eq(MISUSE_LINE(
                     "JOIN of a task that was aborted, use JOIN_STATUS",
                     IN_BRANCH_LINE)));
}

// As a task of its own; `place` is what the macro makes of the place.
void run_join_aborted_at(const char *place)
{
    Event e;
    Runtime rt(1);
    Handle h(rt);
    JOIN_HANDLE(wait_for_ever) j = SPAWN_ON(h, wait_for_ever(&e));
    ABORT(j);
    auto join =
        static_cast<wait_for_ever_future *>(nr_join_(NR_TASK_(j), place));
    BLOCK_ON(rt, JOIN(SPAWN_ON(h, join)));
}

TEST(MisuseDeathTest, JoinOfAnAbortedTaskNamesAPlaceAtAnyAddress)
{
    alignas(2) static const char at_even[] = "?\nfile.c:1";
    alignas(2) static const char at_odd[] = "\nfile.c:2";
    EXPECT_MISUSE(
        run_join_aborted_at(at_even + 1),
        "JOIN of a task that was aborted, use JOIN_STATUS (file.c:1)");
    EXPECT_MISUSE(
        run_join_aborted_at(at_odd),
        "JOIN of a task that was aborted, use JOIN_STATUS (file.c:2)");
}

TEST(MisuseDeathTest, ANullHandle)
{
    JOIN_HANDLE(one) h = nullptr;
    EXPECT_MISUSE_HERE(nr_future_drop(&JOIN(h)->base), "a join handle is NULL");
    EXPECT_MISUSE_HERE(nr_future_drop(&JOIN_STATUS(h)->base),
                       "a join handle is NULL");
    EXPECT_MISUSE_HERE(DETACH(h), "a join handle is NULL");
    EXPECT_MISUSE_HERE(ABORT(h), "a join handle is NULL");
    EXPECT_MISUSE_HERE((void)IS_FINISHED(h), "a join handle is NULL");
}

TEST(MisuseDeathTest, AHandleThatIsConsumedTwice)
{
    Event e;
    nr_runtime *rt = runtime_of(1);
    Handle h(rt);
    JOIN_HANDLE(wait_for_ever) j = SPAWN_ON(h, wait_for_ever(&e));
    wait_for_ever_future *join = JOIN(j);
    EXPECT_MISUSE_HERE(nr_future_drop(&JOIN(j)->base),
                       "a join handle is consumed twice");
    EXPECT_MISUSE_HERE(nr_future_drop(&JOIN_STATUS(j)->base),
                       "a join handle is consumed twice");
    EXPECT_MISUSE_HERE(DETACH(j), "a join handle is consumed twice");
    EXPECT_MISUSE_HERE(ABORT(j), "ABORT of a join handle that was consumed");
    EXPECT_MISUSE_HERE((void)IS_FINISHED(j),
                       "IS_FINISHED of a join handle that was consumed");
    nr_future_drop(&join->base);
    nr_runtime_destroy(rt);
}

TEST(MisuseDeathTest, AHandleToATaskThatWasFreed)
{
    if (NR_SYS_MEMORY_CHECKED)
        GTEST_SKIP() << "the tool reports the freed task first";
    Event e;
    nr_runtime *rt = runtime_of(1);
    Handle h(rt);
    JOIN_HANDLE(wait_for_ever) j = SPAWN_ON(h, wait_for_ever(&e));
    DETACH(j);
    e.set();
    nr_runtime_destroy(rt);
    EXPECT_MISUSE_HERE(nr_future_drop(&JOIN_STATUS(j)->base),
                       "a join handle is consumed twice");
    EXPECT_MISUSE_HERE(ABORT(j), "ABORT of a join handle that was consumed");
}

// ---- no result ----

enum { CANCELLED_LINE = __LINE__ + 11 };

void end_what_is_blocked_on()
{
    Event e;
    nr_runtime *rt = runtime_of(1);
    Thread ender([&] {
        while (e.polls == 0)
            nr_sys_thread_yield();
        nr_runtime_destroy(rt);
    });
    BLOCK_ON(rt, wait_for_ever(&e));
    ender.join();
}

TEST(MisuseDeathTest, BlockOnWhatTheEndOfItsRuntimeCancels)
{
    EXPECT_DEATH(end_what_is_blocked_on(),
                 testing::Eq(MISUSE_LINE(
                     "BLOCK_ON: the call was cancelled, it has no result",
                     CANCELLED_LINE)));
}

ASYNC_FN(int, starve, ())
{
    ASYNC_BEGIN(starve);
    nr_sys_alloc_fail(0, 1);
    AWAIT(one());
    ASYNC_END;
}

enum { STARVING_LINE = __LINE__ + 5 };

void block_on_starving()
{
    Runtime rt(1);
    BLOCK_ON(rt, starve());
}

TEST(MisuseDeathTest, BlockOnWhatRunsOutOfMemory)
{
    Runtime rt(1);
    EXPECT_MISUSE_HERE((nr_sys_alloc_fail(0, 1), BLOCK_ON(rt, one())),
                       "BLOCK_ON: out of memory");
    EXPECT_DEATH(
        block_on_starving(),
        testing::Eq(MISUSE_LINE("BLOCK_ON: out of memory", STARVING_LINE)));
}

TEST(MisuseDeathTest, RunWithoutMemoryForARuntime)
{
    EXPECT_MISUSE_HERE((nr_sys_alloc_fail(0, 1), RUN(one())),
                       "RUN: no runtime could be made");
}

enum { STARVED_LINE = __LINE__ + 6 };

ASYNC_FN(int, join_starved, (), JOIN_HANDLE(starve) h; int v;)
{
    ASYNC_BEGIN(join_starved);
    self->h = SPAWN(starve());
    AWAIT(self->v, JOIN(self->h));
    ASYNC_RETURN(self->v);
    ASYNC_END;
}

void run_join_starved()
{
    Runtime rt(1);
    BLOCK_ON(rt, join_starved());
}

JOIN_HANDLE(one) spawn_starved(nr_handle *h)
{
    nr_sys_alloc_fail(0, 1);
    return SPAWN_ON(h, one());
}

TEST(MisuseDeathTest, JoinOfATaskThatRanOutOfMemory)
{
    auto what = "JOIN of a task that ran out of memory, use JOIN_STATUS";
    EXPECT_DEATH(run_join_starved(),
                 testing::Eq(MISUSE_LINE(what, STARVED_LINE)));
    Runtime rt(1);
    Handle h(rt);
    EXPECT_MISUSE_HERE(nr_future_drop(&JOIN(spawn_starved(h))->base), what);
}

} // namespace
