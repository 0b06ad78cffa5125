/* SPDX-License-Identifier: MIT */

/* Calls: threads. */

#include "nanorun/sys/futex.h"

#include "nanorun/sys/sim/threads.h"
#include "nanorun/sys/sim/world.h"

void nr_sys_futex_wait(const nr_atomic_u32 *word, uint32_t value)
{
    nr_sim_point();
    if (word->value == value)
        nr_sim_wait(word, "a word", NR_SIM_NEVER);
}

void nr_sys_futex_wake_all(const nr_atomic_u32 *word)
{
    nr_sim_wake_all(word);
    nr_sim_point();
}

/* One thread runs at a time, and sees all that was done before. */
void nr_sys_fence_all_threads(void)
{
}
