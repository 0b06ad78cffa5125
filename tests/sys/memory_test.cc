/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/memory.h"

#include <gtest/gtest.h>
#include <string.h>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace
{

// How many of `tries` allocations fail from here on.
int CountFailures(int tries)
{
    int failures = 0;

    for (int i = 0; i < tries; i++) {
        void *block = nr_sys_alloc(16);
        failures += block == nullptr;
        nr_sys_free(block);
    }
    return failures;
}

class Memory : public testing::Test
{
  protected:
    void TearDown() override
    {
        nr_sys_alloc_fail(UINT64_MAX, 0);
    }
};

TEST_F(Memory, BlocksAreAlignedForAnything)
{
    for (size_t size : {16u, 17u, 100u, 5000u}) {
        void *block = nr_sys_alloc(size);

        ASSERT_NE(block, nullptr);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignof(max_align_t),
                  0u);
        nr_sys_free(block);
    }
}

TEST_F(Memory, BlocksAreAlignedAsAskedFor)
{
    uint64_t before = nr_sys_alloc_live();

    for (size_t align : {0u, 4u, 8u, 16u, 32u, 64u}) {
        std::vector<void *> blocks;

        for (size_t size = 24; size < 1000; size += 24) {
            void *block = nr_sys_aligned_alloc(size, align);

            ASSERT_NE(block, nullptr);
            EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % (align ? align : 1),
                      0u);
            memset(block, 0x5a, size);
            blocks.push_back(block);
        }
        EXPECT_EQ(nr_sys_alloc_live(), before + blocks.size());
        for (void *block : blocks)
            nr_sys_aligned_free(block);
        EXPECT_EQ(nr_sys_alloc_live(), before);
    }
    nr_sys_aligned_free(nullptr);
}

TEST_F(Memory, AnAlignedAllocationFailsLikeTheOthers)
{
    uint64_t before = nr_sys_alloc_live();

    for (size_t align : {8u, 64u}) {
        nr_sys_alloc_fail(0, 0);
        EXPECT_EQ(nr_sys_aligned_alloc(1000, align), nullptr);
        EXPECT_EQ(nr_sys_alloc_live(), before);
    }
}

TEST_F(Memory, ADiscardLosesNoOtherPart)
{
    const size_t SIZE = 1 << 18, PART = SIZE / NR_SYS_PAGES_UNITS;
    const uint64_t UNITS = UINT64_C(0xf00000f0ff00f002);
    unsigned count = 1;
    char *pages = static_cast<char *>(nr_sys_pages_alloc(SIZE, &count));

    ASSERT_NE(pages, nullptr);
    memset(pages, 0x5a, SIZE);
    nr_sys_pages_discard(pages, SIZE, UNITS);
    for (size_t i = 0; i < SIZE; i++) {
        if (!(UNITS >> i / PART & 1)) {
            ASSERT_EQ(pages[i], 0x5a) << i;
        }
    }
    memset(pages, 0x33, SIZE);
    nr_sys_pages_free(pages, SIZE);
}

TEST_F(Memory, LiveCountsBlocks)
{
    uint64_t before = nr_sys_alloc_live();
    void *a = nr_sys_alloc(1);
    void *b = nr_sys_alloc(1);

    EXPECT_EQ(nr_sys_alloc_live(), before + 2);
    nr_sys_free(a);
    nr_sys_free(nullptr);
    EXPECT_EQ(nr_sys_alloc_live(), before + 1);
    nr_sys_free(b);
    EXPECT_EQ(nr_sys_alloc_live(), before);
}

TEST_F(Memory, OneAllocationFailsAfterSoMany)
{
    nr_sys_alloc_fail(3, 0);
    EXPECT_EQ(CountFailures(3), 0);
    EXPECT_EQ(CountFailures(1), 1);
    EXPECT_EQ(CountFailures(100), 0);
}

TEST_F(Memory, EveryAllocationFailsAfterSoMany)
{
    nr_sys_alloc_fail(3, 1);
    EXPECT_EQ(CountFailures(3), 0);
    EXPECT_EQ(CountFailures(100), 100);
    nr_sys_alloc_fail(UINT64_MAX, 0);
    EXPECT_EQ(CountFailures(100), 0);
}

TEST_F(Memory, AFailedAllocationIsNotLive)
{
    uint64_t before = nr_sys_alloc_live();

    nr_sys_alloc_fail(0, 0);
    EXPECT_EQ(nr_sys_alloc(1), nullptr);
    EXPECT_EQ(nr_sys_alloc_live(), before);
}

TEST_F(Memory, ThreadsShareTheCountOfAllocations)
{
    uint64_t before = nr_sys_alloc_live();
    std::vector<std::thread> threads;
    std::atomic<int> failures{0};

    nr_sys_alloc_fail(5000, 0);
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&] { failures += CountFailures(2000); });
    for (auto &t : threads)
        t.join();
    EXPECT_EQ(failures.load(), 1);
    EXPECT_EQ(nr_sys_alloc_live(), before);
}

} // namespace
