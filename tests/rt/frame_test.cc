// SPDX-License-Identifier: MIT
// The memory of frames: what a thread keeps, and for whom.
#include <gtest/gtest.h>

#include <vector>

#include "nanorun/rt/memory/frame_lists.h"
#include "nanorun/sys/memory.h"

namespace
{

struct small_future {
    nr_future base;
    int result;
};
struct large_future {
    nr_future base;
    int result;
    char bytes[4096];
};

const nr_future_ops small_ops =
    NR_FUTURE_OPS(small_future, nullptr, nullptr, nullptr);
const nr_future_ops large_ops =
    NR_FUTURE_OPS(large_future, nullptr, nullptr, nullptr);

template <class T> T *New(const nr_future_ops *ops)
{
    return NR_FUTURE_NEW(T, ops);
}

// Looks that every block is given back.
class Frame : public testing::Test
{
  protected:
    void SetUp() override
    {
        nr_frame_cache_open();
    }

    void TearDown() override
    {
        nr_frame_cache_close();
        EXPECT_EQ(nr_sys_alloc_live(), live_before);
    }

    uint64_t Blocks() const
    {
        return nr_sys_alloc_live() - live_before;
    }

    uint64_t live_before = nr_sys_alloc_live();
};

TEST_F(Frame, WhatWasFreedIsTakenAgainAndZeroed)
{
    small_future *f = New<small_future>(&small_ops);
    f->result = 4711;
    f->base.line = 4711;
    f->base.phase = NR_RETURNING_;
    f->base.resume = 4711;
    nr_frame_free(&f->base);
    small_future *again = New<small_future>(&small_ops);
    if (!NR_SYS_MEMORY_CHECKED) {
        EXPECT_EQ(again, f);
    }
    EXPECT_EQ(again->result, 0);
    EXPECT_EQ(again->base.ops, &small_ops);
    EXPECT_EQ(again->base.line, 0);
    EXPECT_EQ(again->base.phase, NR_NEW_);
    EXPECT_EQ(again->base.resume, 0);
    nr_future_free(&again->base);
}

TEST_F(Frame, AThreadKeepsABoundedNumber)
{
    std::vector<small_future *> all;
    for (int i = 0; i < 1000; i++)
        all.push_back(New<small_future>(&small_ops));
    EXPECT_EQ(Blocks(), 1000U);
    for (size_t i = 0; i < all.size(); i++) {
        if (i % 2)
            nr_frame_free(&all[i]->base);
        else
            nr_future_free(&all[i]->base);
    }
    EXPECT_LE(Blocks(), NR_SYS_MEMORY_CHECKED ? 0U : 64U);
}

TEST_F(Frame, WhatIsLargeIsNotKept)
{
    nr_frame_free(&New<large_future>(&large_ops)->base);
    EXPECT_EQ(Blocks(), 0U);
}

TEST_F(Frame, ASpawnedCallsRoomIsKeptWithIt)
{
    nr_spawn_begin_();
    small_future *f = New<small_future>(&small_ops);
    EXPECT_EQ(f->base.block, NR_BLOCK_ROOMY_);
    small_future *next = New<small_future>(&small_ops);
    EXPECT_NE(next->base.block, NR_BLOCK_ROOMY_);
    nr_frame_free(&f->base);
    nr_frame_free(&next->base);
    nr_spawn_begin_();
    small_future *again = New<small_future>(&small_ops);
    if (!NR_SYS_MEMORY_CHECKED) {
        EXPECT_EQ(again, f);
    }
    nr_future_free(&again->base);
}

TEST_F(Frame, AHeldFutureCanBeReadUntilItIsLetGo)
{
    small_future *f = New<small_future>(&small_ops);
    f->result = 4711;
    nr_frame_hold();
    nr_future_free(&f->base);
    EXPECT_EQ(f->result, 4711);
    EXPECT_EQ(Blocks(), 1U);
    nr_frame_let_go();
    EXPECT_EQ(Blocks(), NR_SYS_MEMORY_CHECKED ? 0U : 1U) << "it is kept";
}

TEST_F(Frame, AThreadThatKeepsNothingGivesBackAtOnce)
{
    small_future *f = New<small_future>(&small_ops);
    nr_frame_free(&f->base);
    nr_frame_cache_close();
    EXPECT_EQ(Blocks(), 0U);
    nr_frame_free(&New<small_future>(&small_ops)->base);
    EXPECT_EQ(Blocks(), 0U);
}

} // namespace
