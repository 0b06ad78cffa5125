// SPDX-License-Identifier: MIT
#include "tests/rt/sync_in_c.h"
#include "tests/support/one_worker.h"

namespace
{

class SyncInC : public OneWorker
{
};

TEST_F(SyncInC, ChannelsPassStructs)
{
    EXPECT_EQ(BLOCK_ON(rt, pass_structs()), 0);
}

TEST_F(SyncInC, ChannelsPassPointersAlsoToFunctions)
{
    EXPECT_EQ(BLOCK_ON(rt, pass_pointers()), 0);
}

TEST_F(SyncInC, ChannelsPassArrays)
{
    EXPECT_EQ(BLOCK_ON(rt, pass_arrays()), 0);
}

TEST_F(SyncInC, CanonicalNamesDoTheSame)
{
    EXPECT_EQ(BLOCK_ON(rt, pass_by_canonical_names()), 0);
}

TEST_F(SyncInC, EveryArgumentIsEvaluatedOnce)
{
    EXPECT_EQ(BLOCK_ON(rt, chan_evaluations()), 11111111);
}

TEST_F(SyncInC, ChildrenKeepTheirResultsInTheFrameOfTheGroup)
{
    EXPECT_EQ(BLOCK_ON(rt, sum_in_group(16)), 240);
}

} // namespace
