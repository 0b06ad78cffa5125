/* SPDX-License-Identifier: MIT */
#include "tests/async/misuse.h"

#include <gtest/gtest.h>

#include "tests/async/language.h"
#include "tests/support/one_worker.h"

namespace
{

/* Each child process starts over and runs its test only, for the threads of a
 * runtime do not survive a fork. */
class MisuseDeathTest : public OneWorker
{
  protected:
    MisuseDeathTest()
    {
        gate_init(&g);
    }

    ~MisuseDeathTest() override
    {
        destroy();
        gate_deinit(&g);
    }

    gate g;
};

TEST_F(MisuseDeathTest, BlockOnInsideATaskIsNamedWithItsPlace)
{
    EXPECT_DEATH(BLOCK_ON(rt, blocks_inside(rt)),
                 "^nanorun: BLOCK_ON inside a task.*misuse\\.c:.+\\)\n$");
}

TEST_F(MisuseDeathTest, RunInsideATaskIsNamedWithItsPlace)
{
    EXPECT_DEATH(BLOCK_ON(rt, runs_inside()),
                 "^nanorun: RUN inside a task.*misuse\\.c:.+\\)\n$");
}

TEST_F(MisuseDeathTest, SpawnOutsideATaskIsNamedWithItsPlace)
{
    EXPECT_DEATH(DETACH(SPAWN(step(1))),
                 "^nanorun: SPAWN outside a task.*misuse_test\\.cc:.+\\)\n$");
}

TEST_F(MisuseDeathTest, JoinOfAnAbortedTaskIsNamedWithItsPlace)
{
    EXPECT_DEATH(BLOCK_ON(rt, joins_aborted(&g)),
                 "^nanorun: .*JOIN.*abort.*misuse\\.c:.+\\)\n$");
}

/* Its own task waits at the gate when it is aborted, so that it cannot end
 * before. */
TEST_F(MisuseDeathTest, BlockOnOfAJoinOfAnAbortedTaskIsNamedWithItsPlace)
{
    EXPECT_DEATH(
        {
            JOIN_HANDLE(waits) h = SPAWN_ON(handle, waits(&g));
            gate_block_until_waiting(&g, 1);
            ABORT(h);
            BLOCK_ON(rt, JOIN(h));
        },
        "^nanorun: .*JOIN.*abort.*misuse_test\\.cc:.+\\)\n$");
}

TEST_F(MisuseDeathTest, BlockOnWithoutARuntimeIsNamed)
{
    nr_runtime *none = nullptr;
    EXPECT_DEATH(BLOCK_ON(none, step(1)),
                 "^nanorun: BLOCK_ON with a NULL runtime.*:.+\\)\n$");
}

/* A second consumer is only recognized in builds without NDEBUG. */
class ConsumedTwiceDeathTest : public MisuseDeathTest
{
  protected:
    void SetUp() override
    {
#ifdef NDEBUG
        GTEST_SKIP() << "NDEBUG: futures are not marked";
#endif
    }
};

#define EXPECT_CONSUMED_TWICE(call) \
    EXPECT_DEATH(                   \
        BLOCK_ON(rt, call),         \
        "^nanorun: a future is consumed twice \\(.*misuse\\.c:.+\\)\n$")

TEST_F(ConsumedTwiceDeathTest, AwaitOfAnAwaitedFuture)
{
    EXPECT_CONSUMED_TWICE(awaits_twice());
}

TEST_F(ConsumedTwiceDeathTest, DropOfADroppedFuture)
{
    if (NR_SYS_MEMORY_CHECKED)
        GTEST_SKIP() << "the tool reports the freed future first";
    EXPECT_CONSUMED_TWICE(drops_twice());
}

TEST_F(ConsumedTwiceDeathTest, AwaitOfASpawnedFuture)
{
    EXPECT_CONSUMED_TWICE(spawns_and_awaits());
}

TEST_F(ConsumedTwiceDeathTest, OneFutureInTwoBranches)
{
    EXPECT_CONSUMED_TWICE(combines_one_twice());
    EXPECT_CONSUMED_TWICE(bounds_and_keeps());
}

TEST_F(ConsumedTwiceDeathTest, AwaitOfTheFunctionItself)
{
    EXPECT_CONSUMED_TWICE(awaits_itself());
}

TEST_F(ConsumedTwiceDeathTest, BlockOnOfASpawnedFuture)
{
    EXPECT_DEATH(
        {
            waits_future *f = waits(&g);
            DETACH(SPAWN_ON(handle, f));
            BLOCK_ON(rt, f);
        },
        "^nanorun: a future is consumed twice "
        "\\(.*misuse_test\\.cc:.+\\)\n$");
}

} // namespace
