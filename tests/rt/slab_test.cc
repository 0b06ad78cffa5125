// SPDX-License-Identifier: MIT
// The memory of frames that no thread keeps.
#include "nanorun/rt/memory/slab.h"

#include <string.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "nanorun/sys/memory.h"
#include "tests/support/alloc_failure.h"
#include "tests/support/random.h"
#include "tests/support/test_thread.h"

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
    AllocFailure failure(1);
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

// Fills a block but for its first bytes, where links are; or looks that it is
// still as it was filled.
void Fill(nr_future *f, size_t size)
{
    memset(&f->block, 0x5a, size - offsetof(nr_future, block));
}

bool IsFilled(const nr_future *f, size_t size)
{
    const unsigned char *at = &f->block;
    size -= offsetof(nr_future, block);
    return at[0] == 0x5a && memcmp(at, at + 1, size - 1) == 0;
}

// Trims until there is nothing to do. Returns how often it did.
int TrimToTheEnd(uint64_t *now_ns)
{
    int trims = 0;
    for (; nr_slab_is_idle() && trims < 1000; trims++)
        nr_slab_trim(*now_ns += TRIM_NS, false);
    return trims;
}

TEST_F(Slab, WhatLiesBetweenSurvivorsGoesBack)
{
    enum { KIND = 9, SIZE = KIND * NR_BLOCK_STEP_, ALL = 100000, EVERY = 1000 };
    uint64_t now_ns = 0;
    std::vector<nr_future *> survivors, others;
    for (nr_future *f : Take(KIND, ALL)) {
        Fill(f, SIZE);
        (survivors.size() * EVERY <= others.size() ? survivors : others)
            .push_back(f);
    }
    uint64_t gone_before = nr_slab_gone();
    Give(KIND, others);
    nr_slab_trim(now_ns += TRIM_NS, false);
    EXPECT_EQ(nr_slab_gone(), gone_before) << "it has just been used";
    TrimToTheEnd(&now_ns);
    EXPECT_FALSE(nr_slab_is_idle());
    // Each survivor may keep two units of 4 KiB, and each chunk one.
    uint64_t kept = survivors.size() * 2 * 4096 + (ALL * SIZE >> 18) * 4096;
    EXPECT_GE(nr_slab_gone() - gone_before + kept + (3 << 18), ALL * SIZE);
    for (nr_future *f : survivors)
        EXPECT_TRUE(IsFilled(f, SIZE));
    others = Take(KIND, ALL + (1 << 18) / SIZE);
    EXPECT_EQ(nr_slab_gone(), gone_before) << "it is used before new memory";
    Give(KIND, others);
    Give(KIND, survivors);
}

TEST_F(Slab, ChunksThatKeepChangingAreLeftAlone)
{
    uint64_t now_ns = 0;
    nr_future *survivor = Take(9, 1)[0];
    for (int i = 0; i < 10; i++) {
        Give(9, Take(9, 2000 + static_cast<size_t>(i)));
        std::vector<nr_future *> last = Take(9, 1);
        nr_slab_trim(now_ns += TRIM_NS, false);
        Give(9, last);
        EXPECT_EQ(nr_slab_gone(), 0U);
    }
    Give(9, {survivor});
}

// No block twice, and none that is taken loses what is in it.
TEST_F(Slab, WhatWentBackIsTakenAgainAtRandom)
{
    std::mt19937 random(random_seed());
    for (uint8_t block : {3, 7, 9, 12, 64}) {
        size_t size = static_cast<size_t>(block) * NR_BLOCK_STEP_;
        uint64_t now_ns = 0, most_gone = 0;
        std::vector<nr_future *> mine;
        for (int round = 0; round < 60; round++) {
            if (random() % 2) {
                for (nr_future *f : Take(block, random() % 15000)) {
                    Fill(f, size);
                    mine.push_back(f);
                }
            }
            std::shuffle(mine.begin(), mine.end(), random);
            size_t left = random() % 3 ? random() % 20 : mine.size() / 2;
            while (mine.size() > left) {
                ASSERT_TRUE(IsFilled(mine.back(), size));
                Give(block, {mine.back()});
                mine.pop_back();
            }
            if (random() % 2)
                TrimToTheEnd(&now_ns);
            most_gone = std::max(most_gone, nr_slab_gone());
        }
        EXPECT_GT(most_gone, 0U);
        Give(block, mine);
    }
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
