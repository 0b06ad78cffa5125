/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <gtest/gtest.h>
#include <string.h>

#include <algorithm>
#include <string>

#include "tests/async/starved.h"
#include "tests/support/one_worker.h"

namespace
{

class OutOfMemory : public OneWorker
{
  protected:
    /* The journal's events that are one of `events`. */
    static long count(const char *events)
    {
        const std::string text = journal_text();
        return std::count_if(text.begin(), text.end(), [=](char event) {
            return strchr(events, event) != nullptr;
        });
    }

    /* On a new runtime, which has kept no memory of the run before. Its end
     * is waited for: a spawned task whose join was skipped is still going. */
    trial run(uint64_t after, bool and_all)
    {
        destroy();
        create();
        trial t = {};
        t.after = after;
        t.and_all = and_all;
        journal_clear();
        BLOCK_ON(rt, try_all(&t));
        destroy();
        return t;
    }

    /* Every frame that began has had its FINALLY, awaits there included or
     * skipped, and the result says what was lost. */
    void check(const trial &t)
    {
        EXPECT_EQ(count("A"), count("a")) << journal_text();
        EXPECT_EQ(count("T"), count("t")) << journal_text();
        EXPECT_EQ(count("T"), count("04")) << journal_text();
        EXPECT_TRUE(t.joined == 0 || t.joined == -ENOMEM) << t.joined;
        EXPECT_EQ(t.joined == -ENOMEM, t.got == -1);
    }
};

TEST_F(OutOfMemory, WantOfMemoryAtAnyOneAllocationEndsATaskInGoodOrder)
{
    long skipped = 0;
    int unwound = 0;
    int lost_pet = 0;
    int lost_bounded = 0;
    uint64_t after = 0;
    trial t = run(after, false);
    while (t.joined != 0 || t.got != FED || count("0") != 0) {
        SCOPED_TRACE(after);
        check(t);
        skipped += count("0");
        unwound += t.joined == -ENOMEM;
        lost_pet += t.joined == 0 && t.got == FED - PET_STARVED;
        lost_bounded += t.joined == 0 && t.got == FED - BOUNDED_STARVED;
        ASSERT_LT(after, 100u);
        t = run(++after, false);
    }
    check(t);
    EXPECT_EQ(count("T"), 3);
    EXPECT_GE(after, 10u);
    /* The FINALLY of each of three calls of tidy was short once. */
    EXPECT_EQ(skipped, 3);
    EXPECT_GE(unwound, 3);
    EXPECT_GE(lost_pet, 1);
    EXPECT_GE(lost_bounded, 1);
}

TEST_F(OutOfMemory, WantOfMemoryFromAnyAllocationOnEndsATaskInGoodOrder)
{
    uint64_t after = 0;
    trial t = run(after, true);
    EXPECT_EQ(t.joined, -ENOMEM);
    while (t.joined != 0 || t.got != FED || count("0") != 0) {
        SCOPED_TRACE(after);
        check(t);
        ASSERT_LT(after, 100u);
        t = run(++after, true);
    }
    check(t);
}

TEST_F(OutOfMemory, SpawnWithoutMemoryGivesAHandleThatJoinsWithIt)
{
    trial t = {};
    t.after = 0;
    t.and_all = true;
    BLOCK_ON(rt, try_spawn(&t));
    EXPECT_EQ(t.joined, -ENOMEM);
    EXPECT_EQ(t.got, -1);
    t.after = UINT64_MAX;
    BLOCK_ON(rt, try_spawn(&t));
    EXPECT_EQ(t.joined, 0);
    EXPECT_EQ(t.got, 4);
}

} // namespace
