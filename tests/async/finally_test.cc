/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <gtest/gtest.h>

#include "tests/async/cleanup.h"
#include "tests/support/one_worker.h"
#include "tests/support/runtime.h"
#include "tests/support/test_thread.h"

namespace
{

/* FINALLY sections that wait, at a gate that the test opens once it has seen
 * that nothing goes on before. */
class SlowFinally : public OneWorker
{
  protected:
    SlowFinally()
    {
        gate_init(&body);
        gate_init(&cleanup);
    }

    ~SlowFinally() override
    {
        destroy();
        gate_deinit(&cleanup);
        gate_deinit(&body);
    }

    gate body;
    gate cleanup;
    int got = -1;
};

TEST_F(SlowFinally, AReturnWaitsForASlowFinally)
{
    gate_open(&body);
    JOIN_HANDLE(slow) h = SPAWN_ON(handle, slow(1, &body, &cleanup));
    gate_block_until_waiting(&cleanup, 1);
    EXPECT_FALSE(IS_FINISHED(h));
    gate_open(&cleanup);
    EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), 1);
    EXPECT_STREQ(journal_text(), "aa");
}

TEST_F(SlowFinally, TheJoinOfAnAbortedTaskWaitsForASlowFinally)
{
    JOIN_HANDLE(slow) h = SPAWN_ON(handle, slow(1, &body, &cleanup));
    gate_block_until_waiting(&body, 1);
    ABORT(h);
    gate_block_until_waiting(&cleanup, 1);
    EXPECT_FALSE(IS_FINISHED(h));
    EXPECT_EQ(gate_drops(&body), 1);
    gate_open(&cleanup);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h, &got)), -ECANCELED);
    EXPECT_EQ(got, -1);
    EXPECT_STREQ(journal_text(), "aa");
}

TEST_F(SlowFinally, ASecondAbortDoesNotCancelASlowFinally)
{
    JOIN_HANDLE(slow) h = SPAWN_ON(handle, slow(1, &body, &cleanup));
    gate_block_until_waiting(&body, 1);
    ABORT(h);
    gate_block_until_waiting(&cleanup, 1);
    ABORT(h);
    gate_wake(&cleanup);
    gate_block_until_polls(&cleanup, 2);
    EXPECT_EQ(gate_drops(&cleanup), 0);
    gate_open(&cleanup);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ECANCELED);
    EXPECT_STREQ(journal_text(), "aa");
}

TEST_F(SlowFinally, ThreeNestedFinallysRunInnermostFirstEachToItsEnd)
{
    JOIN_HANDLE(slow) h = SPAWN_ON(handle, slow(3, &body, &cleanup));
    gate_block_until_waiting(&body, 1);
    ABORT(h);
    gate_block_until_waiting(&cleanup, 1);
    ABORT(h);
    gate_open(&cleanup);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ECANCELED);
    EXPECT_STREQ(journal_text(), "ccbbaa");
    EXPECT_EQ(gate_drops(&cleanup), 3);
}

TEST_F(SlowFinally, ATimeoutWaitsForASlowFinally)
{
    JOIN_HANDLE(bounded_slow)
    h = SPAWN_ON(handle, bounded_slow(3, &body, &cleanup, &got));
    gate_block_until_waiting(&cleanup, 1);
    EXPECT_FALSE(IS_FINISHED(h));
    gate_open(&cleanup);
    EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), -ETIMEDOUT);
    EXPECT_EQ(got, -1);
    EXPECT_STREQ(journal_text(), "ccbbaa");
}

TEST_F(SlowFinally, AnAbortedTimeoutWaitsForASlowFinally)
{
    JOIN_HANDLE(bounded_slow)
    h = SPAWN_ON(handle, bounded_slow(2, &body, &cleanup, &got));
    gate_block_until_waiting(&cleanup, 1);
    ABORT(h);
    gate_wake(&cleanup);
    gate_block_until_polls(&cleanup, 2);
    gate_open(&cleanup);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h, &got)), -ECANCELED);
    EXPECT_STREQ(journal_text(), "bbaa");
}

TEST_F(SlowFinally, DestroyWaitsForASlowFinally)
{
    DETACH(SPAWN_ON(handle, slow(3, &body, &cleanup)));
    gate_block_until_waiting(&body, 1);
    Thread opener([this] {
        gate_block_until_waiting(&cleanup, 1);
        gate_open(&cleanup);
    });
    destroy();
    opener.join();
    EXPECT_STREQ(journal_text(), "ccbbaa");
}

TEST_F(SlowFinally, ShutdownWaitsForASlowFinallyWithinItsBound)
{
    DETACH(SPAWN_ON(handle, slow(2, &body, &cleanup)));
    gate_block_until_waiting(&body, 1);
    gate_open(&cleanup);
    EXPECT_EQ(nr_runtime_shutdown(rt, UINT64_MAX), 0);
    rt = nullptr;
    EXPECT_STREQ(journal_text(), "bbaa");
}

TEST_F(SlowFinally, AShutdownWhoseBoundHasPassedFreesASlowFinally)
{
    DETACH(SPAWN_ON(handle, slow(3, &body, &cleanup)));
    gate_block_until_waiting(&body, 1);
    EXPECT_EQ(nr_runtime_shutdown(rt, 20), -ETIMEDOUT);
    rt = nullptr;
    nr_handle_release(handle);
    handle = nullptr;
    wait_until_live(live_before);
    EXPECT_LE(std::string(journal_text()).size(), 1u);
    EXPECT_EQ(gate_drops(&body), 1);
}

TEST_F(SlowFinally, AnAbortInTheOutermostFinallyKeepsTheResult)
{
    JOIN_HANDLE(returning) h = SPAWN_ON(handle, returning(&cleanup));
    gate_block_until_waiting(&cleanup, 1);
    ABORT(h);
    gate_wake(&cleanup);
    gate_block_until_polls(&cleanup, 2);
    gate_open(&cleanup);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h, &got)), 0);
    EXPECT_EQ(got, 7);
    EXPECT_STREQ(journal_text(), "rr");
}

TEST_F(SlowFinally, AnAbortInAnInnerFinallyUnwindsItsAwaiterThen)
{
    JOIN_HANDLE(awaits_returning)
    h = SPAWN_ON(handle, awaits_returning(&cleanup));
    gate_block_until_waiting(&cleanup, 1);
    ABORT(h);
    gate_open(&cleanup);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h, &got)), -ECANCELED);
    EXPECT_EQ(got, -1);
    EXPECT_STREQ(journal_text(), "rra");
}

} // namespace
