// SPDX-License-Identifier: MIT

// Runs a GoogleTest program as simulations of NR_SIM_SEEDS seeds, each of them
// all of its tests.

#include <gtest/gtest.h>

#include "nanorun/rt/sim.h"

static int run_all(void *)
{
    return RUN_ALL_TESTS();
}

int main(int argc, char **argv)
{
    testing::GTEST_FLAG(brief) = true;
    testing::GTEST_FLAG(filter) = "-*Death*"; // a run has no child processes
    testing::InitGoogleTest(&argc, argv);
    nr_sim_config config = {};
    config.seed = 1;
    config.max_steps = 1000000000;
    return nr_sim_explore(&config, 100, run_all, nullptr);
}
