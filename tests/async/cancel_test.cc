/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/async/cleanup.h"
#include "tests/async/language.h"
#include "tests/support/one_worker.h"

namespace
{

/* Whether each frame that began (a capital letter) ended once (the small
 * letter), innermost first. */
bool is_nested(const std::string &journal)
{
    std::string open;
    for (char event : journal) {
        if (event >= 'A' && event <= 'Z') {
            open.push_back(event);
            continue;
        }
        if (open.empty() || open.back() != event - 'a' + 'A')
            return false;
        open.pop_back();
    }
    return open.empty();
}

/* The journal of `three` up to its hold number k, then the ends of the frames
 * that were open there. */
std::string journal_until(int k)
{
    const std::string all[] = {"A",       "AB",       "ABC",      "ABC",
                               "ABCc",    "ABCcb",    "ABCcbB",   "ABCcbBC",
                               "ABCcbBC", "ABCcbBCc", "ABCcbBCcb"};
    std::string journal = all[k];
    std::string open;
    for (char event : journal) {
        if (event < 'a')
            open.push_back(event);
        else
            open.pop_back();
    }
    for (; !open.empty(); open.pop_back())
        journal.push_back((char)(open.back() - 'A' + 'a'));
    return journal;
}

/* Stops `three` at each of its holds, in turn. */
class CancelAtEveryAwait : public OneWorker,
                           public testing::WithParamInterface<int>
{
  protected:
    CancelAtEveryAwait()
    {
        gate_init(&at.g);
        at.stop_at = GetParam();
    }

    ~CancelAtEveryAwait() override
    {
        destroy();
        EXPECT_EQ(gate_drops(&at.g), 1);
        gate_deinit(&at.g);
        EXPECT_EQ(journal_text(), journal_until(GetParam()));
        EXPECT_TRUE(is_nested(journal_text()));
    }

    holds at = {};
};

TEST_P(CancelAtEveryAwait, AbortRunsTheFinallyOfEachFrameEnteredOnce)
{
    JOIN_HANDLE(three) h = SPAWN_ON(handle, three(&at));
    gate_block_until_waiting(&at.g, 1);
    EXPECT_FALSE(IS_FINISHED(h));
    ABORT(h);
    ABORT(h);
    int got = -1;
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h, &got)), -ECANCELED);
    EXPECT_EQ(got, -1);
}

TEST_P(CancelAtEveryAwait, ATimeoutRunsTheFinallyOfEachFrameEnteredOnce)
{
    int got = -1;
    EXPECT_EQ(BLOCK_ON(rt, bounded_three(&at, &got)), -ETIMEDOUT);
    EXPECT_EQ(got, -1);
}

TEST_P(CancelAtEveryAwait, DestroyRunsTheFinallyOfEachFrameEnteredOnce)
{
    DETACH(SPAWN_ON(handle, three(&at)));
    gate_block_until_waiting(&at.g, 1);
    destroy();
}

INSTANTIATE_TEST_SUITE_P(Hold, CancelAtEveryAwait,
                         testing::Range(0, (int)HOLDS_OF_THREE));

class Cancel : public OneWorker
{
  protected:
    Cancel()
    {
        gate_init(&g);
    }

    ~Cancel() override
    {
        destroy();
        gate_deinit(&g);
    }

    gate g;
};

TEST_F(Cancel, WithoutACancelEachFinallyRunsOnceToo)
{
    holds at = {};
    at.stop_at = -1;
    EXPECT_EQ(BLOCK_ON(rt, three(&at)), 2);
    EXPECT_EQ(at.taken, (int)HOLDS_OF_THREE);
    EXPECT_STREQ(journal_text(), "ABCcbBCcba");
}

TEST_F(Cancel, AnAbortAfterTheEndChangesNothing)
{
    JOIN_HANDLE(step) h = SPAWN_ON(handle, step(3));
    JOIN_HANDLE(step) later = SPAWN_ON(handle, step(4));
    EXPECT_EQ(BLOCK_ON(rt, JOIN(later)), 4);
    while (!IS_FINISHED(h))
        BLOCK_ON(rt, step(0));
    ABORT(h);
    int got = 0;
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h, &got)), 0);
    EXPECT_EQ(got, 3);
}

TEST_F(Cancel, DroppingAFutureThatNeverStartedRunsNoFinally)
{
    nr_future_drop(&returning(&g)->base);
    nr_future_drop(NULL);
    EXPECT_STREQ(journal_text(), "");
    EXPECT_EQ(gate_polls(&g), 0);
}

TEST_F(Cancel, FinallyMayAwaitFunctionsThatAwait)
{
    JOIN_HANDLE(awaits_in_finally) h = SPAWN_ON(handle, awaits_in_finally(&g));
    gate_block_until_waiting(&g, 1);
    ABORT(h);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ECANCELED);
    EXPECT_STREQ(journal_text(), "f5");
    gate_open(&g);
    BLOCK_ON(rt, awaits_in_finally(&g));
    EXPECT_STREQ(journal_text(), "f5f5");
}

TEST_F(Cancel, AWakeUpEntersTheInnermostFrameOnly)
{
    counted_entries = 0;
    JOIN_HANDLE(counted) h = SPAWN_ON(handle, counted(999, &g));
    gate_block_until_waiting(&g, 1);
    for (int polls = 1; polls < 10; polls++) {
        gate_block_until_polls(&g, polls);
        gate_wake(&g);
    }
    gate_block_until_polls(&g, 10);
    gate_open(&g);
    EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), 999);
    EXPECT_EQ(counted_entries, 2000);
}

} // namespace
