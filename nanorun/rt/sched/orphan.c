/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/sched/orphan.h"

#include "nanorun/rt/sched/worker.h"

static nr_runtime orphan_runtime = {.wheels.token = &orphan_runtime.token};
static nr_worker orphan = {.rt = &orphan_runtime};

void nr_worker_orphan(void)
{
    nr_worker *w = nr_worker_current();
    if (!w)
        return;
    static nr_timers timers;
    nr_store_u32_relaxed(&w->rt->stopped, 1);
    nr_timers_init(&timers, &orphan_runtime.wheels, 0);
    orphan.timers = nr_timers_current_ = &timers;
    nr_scheduler_current_ = &orphan.scheduler;
}
