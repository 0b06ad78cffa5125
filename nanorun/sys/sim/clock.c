/* SPDX-License-Identifier: MIT */

/* Calls: world, threads. */

#include "nanorun/sys/clock.h"

#include "nanorun/sys/sim/threads.h"
#include "nanorun/sys/sim/world.h"

uint64_t nr_sys_now_ns(void)
{
    nr_sim_point();
    return nr_sim_now_ns();
}
