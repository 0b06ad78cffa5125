/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_TIMERS_H
#define NANORUN_RT_INTERNAL_TIMERS_H

/*
 * The timers of a runtime: a wheel a worker, each with its lock, so that
 * arming and disarming scale. Whoever holds the driver token fires them.
 */

#include "nanorun/async/future.h"
#include "nanorun/rt/internal/wheel.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_worker nr_worker;

typedef struct nr_timers {
    nr_sys_mutex lock;
    nr_wheel wheel;       /* of milliseconds since `origin_ns`; lock */
    uint64_t origin_ns;   /* constant */
    nr_atomic_size armed; /* how many entries there are */
    nr_worker *driver;    /* who waits for `driver_tick`, or NULL; lock */
    uint64_t driver_tick; /* what that worker knows of this wheel; lock */
} nr_timers;

/* Part of a future that waits for a time. Zeroed, it is disarmed. Only its
 * future's task touches it, but for the fields under the lock. */
typedef struct nr_timer {
    nr_wheel_entry entry; /* first; the lock of `timers` */
    nr_timers *timers;    /* NULL: was never armed */
    nr_waker *waker;      /* until it has fired; the lock */
} nr_timer;

/* Returns 0 or -ENOMEM. */
int nr_timers_init(nr_timers *t, uint64_t now_ns);
void nr_timers_deinit(nr_timers *t);

/* Makes `timer` wake a clone of `waker` when `deadline_ns` has come, on the
 * wheel of the worker that runs this. Disarmed only. */
void nr_timer_arm(nr_timer *timer, uint64_t deadline_ns, nr_waker *waker);

/* Takes the waker back; nothing where it has fired or was never armed. Any
 * thread. */
void nr_timer_disarm(nr_timer *timer);

/* Wakes what is due, and returns how many that were. */
unsigned nr_timers_fire(nr_timers *t, uint64_t now_ns);

/* Tells the wheel that `driver` is going to wait until the time returned
 * (NR_WHEEL_NEVER: nothing is armed) and must be told of earlier ones. */
uint64_t nr_timers_watch(nr_timers *t, nr_worker *driver);

#ifdef __cplusplus
}
#endif

#endif
