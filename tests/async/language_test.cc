/* SPDX-License-Identifier: MIT */
#include "tests/async/language.h"

#include <gtest/gtest.h>

#include "tests/support/one_worker.h"
#include "tests/support/stack.h"

namespace
{

class Language : public OneWorker
{
};

TEST_F(Language, AwaitInNestedLoopsKeepsTheirCounters)
{
    EXPECT_EQ(BLOCK_ON(rt, loops()), 499500);
}

#ifndef NR_LOWER_BY_SWITCH
TEST_F(Language, AwaitInASwitchOfTheUserResumesInItsCase)
{
    EXPECT_EQ(BLOCK_ON(rt, in_switch(1)), 3);
    EXPECT_EQ(BLOCK_ON(rt, in_switch(2)), 2);
    EXPECT_EQ(BLOCK_ON(rt, in_switch(3)), 4);
}
#endif

TEST_F(Language, SeveralAwaitsMayStandOnOneLine)
{
    EXPECT_EQ(BLOCK_ON(rt, on_one_line()), 12);
}

TEST_F(Language, AwaitMayComeFromAMacroOfTheUser)
{
    EXPECT_EQ(BLOCK_ON(rt, in_macro()), 1234);
}

TEST_F(Language, AwaitMayBeTheOnlyStatementOfIfAndElse)
{
    EXPECT_EQ(BLOCK_ON(rt, unbraced(true, true)), 11);
    EXPECT_EQ(BLOCK_ON(rt, unbraced(true, false)), 12);
    EXPECT_EQ(BLOCK_ON(rt, unbraced(false, true)), 21);
    EXPECT_EQ(BLOCK_ON(rt, unbraced(false, false)), 22);
}

TEST_F(Language, AFunctionMayAwaitItself)
{
    EXPECT_EQ(BLOCK_ON(rt, fib(20)), 6765u);
}

TEST_F(Language, TwoFunctionsInTwoFilesMayAwaitEachOther)
{
    EXPECT_TRUE(BLOCK_ON(rt, is_even(1000)));
    EXPECT_FALSE(BLOCK_ON(rt, is_even(1001)));
}

TEST_F(Language, AMillionCallsDeepUseTheStackOfOne)
{
    stack_clear();
    EXPECT_EQ(BLOCK_ON(rt, deep(1000000)), 1000000u);
    EXPECT_LT(stack_span(), 16384u);
}

TEST_F(Language, TenThousandTasksThatJoinEachOtherUseTheStackOfOne)
{
    stack_clear();
    EXPECT_EQ(BLOCK_ON(rt, spawn_chain(10000)), 10000);
    EXPECT_LT(stack_span(), 16384u);
}

TEST_F(Language, AResultMayBeAStruct)
{
    block64 got = BLOCK_ON(rt, block(5));
    for (uint64_t i = 0; i < 8; i++)
        EXPECT_EQ(got.words[i], 5 + i);
    EXPECT_EQ(BLOCK_ON(rt, block_last(5)), 12u);
}

TEST_F(Language, AVoidFunctionReturnsOrFallsOffItsEnd)
{
    int sum = 1;
    BLOCK_ON(rt, add(&sum, 2, true));
    BLOCK_ON(rt, add(&sum, 4, false));
    EXPECT_EQ(sum, 7);
}

TEST_F(Language, ThereMayBeUpToEightParameters)
{
    EXPECT_EQ(BLOCK_ON(rt, sum0()), 0);
    EXPECT_EQ(BLOCK_ON(rt, sum1(1)), 1);
    EXPECT_EQ(BLOCK_ON(rt, sum2(1, 2)), 3);
    EXPECT_EQ(BLOCK_ON(rt, sum3(1, 2, 4)), 7);
    EXPECT_EQ(BLOCK_ON(rt, sum4(1, 2, 4, 8)), 15);
    EXPECT_EQ(BLOCK_ON(rt, sum5(1, 2, 4, 8, 16)), 31);
    EXPECT_EQ(BLOCK_ON(rt, sum6(1, 2, 4, 8, 16, 32)), 63);
    EXPECT_EQ(BLOCK_ON(rt, sum7(1, 2, 4, 8, 16, 32, 64)), 127);
    EXPECT_EQ(BLOCK_ON(rt, sum8(1, 2, 4, 8, 16, 32, 64, 128)), 255);
}

TEST_F(Language, EachCallExpressionIsEvaluatedOnce)
{
    EXPECT_EQ(BLOCK_ON(rt, evaluations()), 1111);
    int n = 0;
    EXPECT_EQ(BLOCK_ON(rt, step(n++)), 0);
    EXPECT_EQ(n, 1);
    JOIN_HANDLE(step) h = SPAWN_ON(handle, step(n++));
    EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), 1);
    EXPECT_EQ(n, 2);
}

TEST_F(Language, LocalsStartZeroedInMemoryUsedBefore)
{
    for (int round = 0; round < 20; round++)
        EXPECT_EQ(BLOCK_ON(rt, dirty_locals()), 0);
}

TEST_F(Language, CanonicalNamesNeedNoShortOnes)
{
    EXPECT_EQ(BLOCK_ON(rt, canonical()), 1234);
}

TEST_F(Language, RunMakesARuntimeForTheOccasion)
{
    EXPECT_EQ(RUN(fib(10)), 55u);
}

/* The header that every call pays, beside its result, parameters, locals. */
TEST(FrameSize, TheHeaderOfAFrameIsThreeWords)
{
    EXPECT_LE(sizeof(nr_future), 24u);
    EXPECT_LE(sizeof(step_future), sizeof(nr_future) + 2 * sizeof(int));
}

TEST(FrameSize, AVoidCallHasNoRoomForAResult)
{
    if (unit_size() != 0)
        GTEST_SKIP() << "an empty struct takes room";
    int to = 0;
    add_future *f = add(&to, 12, true);
    EXPECT_EQ(sizeof *f, sizeof(nr_future) + sizeof(int *) + 2 * sizeof(int));
    EXPECT_EQ(f->base.ops->size, sizeof *f);
    EXPECT_EQ(f->to, &to);
    EXPECT_EQ(f->n, 12);
    nr_future_drop(&f->base);
}

} // namespace
