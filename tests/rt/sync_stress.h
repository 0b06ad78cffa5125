// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_RT_SYNC_STRESS_H
#define NANORUN_TESTS_RT_SYNC_STRESS_H

// What the stress tests of nanorun/rt/sync.h share: how much of the work to do
// under a sanitizer, and a call to lose races with.

#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"
#include "tests/rt/runtime_helpers.h"

enum { SHARE = NR_SYS_MEMORY_CHECKED ? 20 : 1 };

ASYNC_FN(void, yield_times, ((uint32_t, n)), uint32_t i;)
{
    ASYNC_BEGIN(yield_times);
    for (self->i = 0; self->i < self->n; self->i++)
        YIELD_NOW();
    ASYNC_END;
}

#endif
