/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>
#include <signal.h>

#include "nanorun/sys/die.h"

namespace
{

TEST(DieDeathTest, DieEndsByAbort)
{
    EXPECT_EXIT(nr_sys_die("awaited twice", nullptr),
                testing::KilledBySignal(SIGABRT), "");
}

} // namespace
