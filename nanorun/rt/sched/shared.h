/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_SHARED_H
#define NANORUN_RT_SCHED_SHARED_H

/*
 * The part of a runtime that its workers share. It does not depend on the
 * contents of a worker. handle.h says how long it lives.
 */

#include "nanorun/rt/pool/pool.h"
#include "nanorun/rt/sched/idle.h"
#include "nanorun/rt/sched/injector.h"
#include "nanorun/rt/thread/fork.h"
#include "nanorun/rt/thread/parker.h"
#include "nanorun/rt/time/timers.h"
#include "nanorun/sys/die.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The driver of a runtime without sockets: wake-ups and deadlines. */
typedef struct nr_park_driver {
    nr_driver base; /* first */
    nr_sys_mutex lock;
    nr_sys_cond wake;
    bool is_woken; /* lock */
} nr_park_driver;

struct nr_runtime {
    /* Read in each round, and rarely written. */
    unsigned workers_count; /* constant, as is workers */
    struct nr_worker *workers;
    uint8_t generation;    /* of the process that made it; constant */
    nr_atomic_u32 closing; /* its end has begun */
    nr_atomic_u32 stopped; /* workers end after the poll under way */
    nr_atomic_ptr driver;  /* nr_driver; replaced once at most */

    NR_OWN_LINE nr_atomic_u32 references;
    nr_atomic_size entered; /* twice the number of tasks that other threads
                               spawned, plus 1 once the end has begun */
    NR_OWN_LINE nr_injector injector;
    NR_OWN_LINE nr_idle idle;
    NR_OWN_LINE nr_driver_token token;
    nr_timer_wheels wheels; /* one a worker */
    nr_park_driver park_driver;
    nr_pool pool; /* its own lock, which is taken before the one below */

    nr_sys_mutex lock;   /* of what follows */
    nr_sys_cond changed; /* a worker is idle, or a thread has ended */
    size_t let_in;       /* what `entered` was when it was closed */
    unsigned running;    /* threads of workers and of the pool */
    bool is_abandoned;   /* the last thread to end frees the rest */
};

/* What a worker waits in. Acquires what was done before it was installed. */
static inline nr_driver *nr_runtime_driver(const nr_runtime *rt)
{
    return (nr_driver *)nr_load_ptr_acquire(&rt->driver);
}

/* Initializes the driver of a runtime without sockets: driver.c. Returns 0 or
 * -ENOMEM. */
int nr_park_driver_init(nr_park_driver *d);

/* Stops the process if it is a child of the process that made the runtime. */
static inline void nr_runtime_check_process(const nr_runtime *rt,
                                            const char *place)
{
    if (rt->generation != nr_fork_generation())
        nr_sys_die("a runtime made before fork is used in the child", place);
}

/* Counts a task that is spawned by a thread other than the runtime's workers.
 * Returns false if the end of the runtime has begun. */
static inline bool nr_runtime_enter(nr_runtime *rt)
{
    /* Relaxed: only the order of changes of this word matters. */
    return !(nr_fetch_add_size_relaxed(&rt->entered, 2) & 1);
}

#ifdef __cplusplus
}
#endif

#endif
