// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_RT_SYNC_STRESS_H
#define NANORUN_TESTS_RT_SYNC_STRESS_H

// What the stress tests of nanorun/rt/sync.h share: a seed that they print, how
// much of the work to do under a sanitizer, and a call to lose races with.

#include <cstdio>
#include <random>

#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"
#include "tests/rt/runtime_helpers.h"

enum { SHARE = NR_SYS_MEMORY_CHECKED ? 20 : 1 };

inline uint32_t seed_of_test()
{
    uint32_t seed = std::random_device{}();
    printf("seed %u\n", (unsigned)seed);
    testing::Test::RecordProperty("seed", std::to_string(seed));
    return seed;
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

ASYNC_FN(void, yield_times, ((uint32_t, n)), uint32_t i;)
{
    ASYNC_BEGIN(yield_times);
    for (self->i = 0; self->i < self->n; self->i++)
        YIELD_NOW();
    ASYNC_END;
}

#endif
