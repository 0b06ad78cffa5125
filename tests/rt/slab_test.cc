// SPDX-License-Identifier: MIT
// The memory of frames that no thread keeps.
#include "nanorun/rt/internal/slab.h"

#include <string.h>

#include <mutex>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "nanorun/sys/memory.h"
#include "tests/support/thread.h"

namespace
{

const uint64_t TRIM_NS = NR_SLAB_TRIM_NS;

// Takes one at a time: a test watches, so more are not given at once.
std::vector<nr_future *> Take(uint8_t block, size_t n)
{
    std::vector<nr_future *> all;
    while (all.size() < n) {
        nr_future *f = nr_slab_take(block, 32);
        EXPECT_NE(f, nullptr);
        for (; f; f = f->awaiter)
            all.push_back(f);
    }
    return all;
}

void Give(uint8_t block, const std::vector<nr_future *> &all)
{
    nr_future *list = nullptr;
    for (nr_future *f : all) {
        f->awaiter = list;
        list = f;
    }
    nr_slab_give(block, list);
}

class Slab : public testing::Test
{
  protected:
    void SetUp() override
    {
        nr_slab_trim(0, true);
    }

    void TearDown() override
    {
        nr_sys_alloc_fail(UINT64_MAX, 0);
        EXPECT_EQ(nr_sys_alloc_live(), live_before);
        nr_slab_trim(0, true);
        EXPECT_FALSE(nr_slab_is_idle());
    }

    uint64_t live_before = nr_sys_alloc_live();
};

TEST_F(Slab, BlocksAreApartAndAligned)
{
    for (int kind = NR_BLOCK_SMALL_; kind < NR_BLOCK_KINDS_; kind++) {
        uint8_t block = static_cast<uint8_t>(kind);
        size_t size = static_cast<size_t>(kind) * NR_BLOCK_STEP_;
        // The lowest bit of the size, up to the most that a type may need.
        size_t align = (size | NR_ALIGN_MAX_) & (0 - (size | NR_ALIGN_MAX_));
        std::vector<nr_future *> all = Take(block, 1000);
        std::set<uintptr_t> places;
        for (nr_future *f : all) {
            memset(static_cast<void *>(f), kind, size);
            places.insert(reinterpret_cast<uintptr_t>(f));
        }
        EXPECT_EQ(places.size(), all.size());
        uintptr_t end = 0;
        for (uintptr_t place : places) {
            EXPECT_GE(place, end);
            EXPECT_EQ(place % align, 0U);
            end = place + size;
        }
        Give(block, all);
    }
}

TEST_F(Slab, WhatCameBackIsTakenAgain)
{
    std::vector<nr_future *> all = Take(5, 20000);
    std::set<nr_future *> places(all.begin(), all.end());
    Give(5, all);
    for (nr_future *f : all = Take(5, 20000))
        places.insert(f);
    EXPECT_LT(places.size(), 30000U);
    Give(5, all);
}

TEST_F(Slab, EachBlockCountsAsAllocated)
{
    std::vector<nr_future *> all = Take(7, 100);
    EXPECT_EQ(nr_sys_alloc_live(), live_before + all.size());
    Give(7, all);
}

TEST_F(Slab, ABlockThatIsNotAdmittedIsNotTaken)
{
    nr_sys_alloc_fail(1, 0);
    std::vector<nr_future *> all = Take(7, 1);
    EXPECT_EQ(nr_slab_take(7, 32), nullptr);
    Give(7, all);
}

TEST_F(Slab, WhatIsNotUsedForATimeGoesBack)
{
    Give(9, Take(9, 50000));
    EXPECT_TRUE(nr_slab_is_idle());
    nr_slab_trim(TRIM_NS, false);
    EXPECT_TRUE(nr_slab_is_idle()) << "it was used since the last time";
    nr_slab_trim(2 * TRIM_NS - 1, false);
    EXPECT_TRUE(nr_slab_is_idle()) << "it is too early";
    nr_slab_trim(2 * TRIM_NS, false);
    EXPECT_FALSE(nr_slab_is_idle());
}

TEST_F(Slab, WhatIsUsedNowAndThenStays)
{
    for (uint64_t i = 1; i < 10; i++) {
        Give(9, Take(9, 50000));
        nr_slab_trim(i * TRIM_NS, false);
        EXPECT_TRUE(nr_slab_is_idle());
    }
}

TEST_F(Slab, AChunkInUseStays)
{
    std::vector<nr_future *> all = Take(9, 50000);
    nr_future *last = all.back();
    memset(static_cast<void *>(last), 0x5a, 9 * NR_BLOCK_STEP_);
    all.pop_back();
    Give(9, all);
    nr_slab_trim(0, true);
    EXPECT_FALSE(nr_slab_is_idle());
    for (int i = 0; i < 9 * NR_BLOCK_STEP_; i++)
        EXPECT_EQ(reinterpret_cast<char *>(last)[i], 0x5a);
    Give(9, {last});
}

// Each thread fills what it takes, and gives back what another took.
TEST_F(Slab, ThreadsShareIt)
{
    const int ROUNDS = 200;
    Mutex lock;
    std::vector<nr_future *> shared;
    auto run = [&](int id) {
        uint8_t block = static_cast<uint8_t>(NR_BLOCK_SMALL_ + id % 2);
        for (int i = 0; i < ROUNDS; i++) {
            std::vector<nr_future *> mine = Take(block, 64);
            for (nr_future *f : mine)
                f->block = block;
            {
                std::lock_guard<Mutex> guard(lock);
                shared.insert(shared.begin(), mine.begin(), mine.end());
                mine.assign(shared.end() - 64, shared.end());
                shared.resize(shared.size() - 64);
            }
            for (nr_future *f : mine)
                Give(f->block, {f});
            nr_slab_trim(0, i % 16 == 0);
        }
    };
    std::vector<Thread> threads;
    for (int id = 0; id < 4; id++)
        threads.emplace_back([&run, id] { run(id); });
    for (Thread &t : threads)
        t.join();
}

} // namespace
