// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_SUPPORT_RANDOM_H
#define NANORUN_TESTS_SUPPORT_RANDOM_H

#include <cstdint>
#include <cstdio>
#include <random>

#ifdef NR_SYS_SIM
#include "nanorun/sys/simulation.h"
#endif

// A seed for one test, which prints it; a simulation draws it from its own.
inline uint32_t random_seed()
{
#ifdef NR_SYS_SIM
    return nr_sim_random(UINT32_MAX);
#else
    uint32_t seed = std::random_device()();
    printf("seed %u\n", (unsigned)seed);
    return seed;
#endif
}

// Marsaglia's xorshift32: one in each frame, so that tasks share none.
inline uint32_t random_next(uint32_t *state)
{
    uint32_t x = *state ? *state : 1;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

inline uint32_t random_below(uint32_t *state, uint32_t below)
{
    return (random_next(state) >> 4) % below;
}

#endif
