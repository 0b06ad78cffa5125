// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "nanorun/rt/sim.h"
#include "tests/fuzz/program_run.h"

// The random programs of tests/fuzz, each in an order of its own: what is
// known of one holds in every order.

namespace
{

enum { LONGEST = 200, WORKERS_MAX = 3 };

int run_one(void *)
{
    uint8_t bytes[LONGEST];
    for (uint8_t &byte : bytes)
        byte = uint8_t(nr_sim_random(256));
    FuzzInput input(bytes, nr_sim_random(LONGEST + 1));
    Program program(&input);
    program_run(&program, 1 + nr_sim_random(WORKERS_MAX));
    return 0;
}

TEST(Programs, WhatIsKnownOfThemHoldsInEveryOrder)
{
    EXPECT_EQ(nr_sim_explore(nullptr, 5000, run_one, nullptr), 0);
}

} // namespace
