// SPDX-License-Identifier: MIT
#include "tests/sys/atomic_in_c.h"

#include <gtest/gtest.h>

#include <thread>

namespace
{

TEST(Atomic, AWordOf32BitsDoesAllInEveryOrder)
{
    EXPECT_STREQ(try_u32(), nullptr);
}

TEST(Atomic, ASizeDoesAllInEveryOrder)
{
    EXPECT_STREQ(try_size(), nullptr);
}

TEST(Atomic, APointerDoesAllInEveryOrder)
{
    EXPECT_STREQ(try_ptr(), nullptr);
}

TEST(Atomic, TwoThreadsLoseNoCount)
{
    constexpr unsigned times = 100000;
    nr_atomic_u32 added = {0};
    nr_atomic_size swapped = {0};

    std::thread other([&] {
        count_by_add(&added, times);
        count_by_cas(&swapped, times);
    });
    count_by_cas(&swapped, times);
    count_by_add(&added, times);
    other.join();
    EXPECT_EQ(added.value, 2 * times);
    EXPECT_EQ(swapped.value, 2 * times);
}

TEST(Bits, EveryBitIsFoundFromBothEnds)
{
    EXPECT_STREQ(try_bits(), nullptr);
}

} // namespace
