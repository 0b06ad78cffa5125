/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/die.h"

#include <gtest/gtest.h>

namespace
{

TEST(DieDeathTest, DiePrintsOneLineWithThePlace)
{
    EXPECT_DEATH(nr_sys_die("awaited twice", "main.c:7"),
                 testing::Eq("nanorun: awaited twice (main.c:7)\n"));
}

TEST(DieDeathTest, DiePrintsOneLineWithoutAPlace)
{
    EXPECT_DEATH(nr_sys_die("awaited twice", nullptr),
                 testing::Eq("nanorun: awaited twice\n"));
}

TEST(DieDeathTest, ABrokenInvariantStopsDebugBuilds)
{
    int two = 2;

#ifdef NDEBUG
    NR_ASSERT(++two == 2, "two is two");
    EXPECT_EQ(two, 2);
#else
    NR_ASSERT(two == 2, "two is two");
    EXPECT_DEATH(
        NR_ASSERT(two == 3, "two is three"),
        testing::Eq("nanorun: broken invariant: two is three (two == 3)\n"));
#endif
}

} // namespace
