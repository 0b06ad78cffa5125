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

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_worker nr_worker;

typedef struct nr_timers {
    nr_wheel_link fresh;  /* armed in the poll under way; own thread */
    uint64_t read_ns;     /* a time that has been; own thread */
    nr_atomic_size armed; /* how many entries the wheel has */
    uint32_t lock;        /* spinlock.h; of what follows */
    nr_wheel wheel;       /* of sixteenths of a millisecond */
    nr_worker *driver;    /* who waits for `driver_tick`, or NULL */
    uint64_t driver_tick; /* what that worker knows of this wheel */
} nr_timers;

/* What may become of a timer that is not idle: timers.c. */
enum nr_timer_stage {
    NR_TIMER_FRESH,
    NR_TIMER_ARMED,
    NR_TIMER_DUE,
    NR_TIMER_GONE,
    NR_TIMER_STAGES /* a power of two, which tasks are aligned to */
};

/* Part of a future that waits for a time. Zeroed, it is idle. Only its future's
 * task touches it, but for the driver while it is in a wheel. */
typedef struct nr_timer {
    nr_wheel_entry entry; /* the lock of that wheel; idle: its future's */
    nr_atomic_size word;  /* the waker, borrowed, and the stage; 0: idle */
} nr_timer;

void nr_timers_init(nr_timers *t);

/* Makes `timer`, which is idle, wake the task under way when `deadline_ns` has
 * come. `now_ns` is a time that has been read in this poll. Returns whose wheel
 * it is for, the index of a worker. */
uint16_t nr_timer_arm(nr_timer *timer, uint64_t now_ns, uint64_t deadline_ns,
                      nr_context *cx);

static inline bool nr_timer_is_idle(const nr_timer *timer)
{
    return nr_load_size_relaxed(&timer->word) == 0;
}

/* Whether it was armed, or skipped, and its time has come. Relaxed: the poll
 * that follows the mark sees it by that, and to an earlier one it says nothing
 * but the time. */
static inline bool nr_timer_is_due(const nr_timer *timer)
{
    return nr_load_size_relaxed(&timer->word) % NR_TIMER_STAGES >= NR_TIMER_DUE;
}

/* Makes one that is idle due, with nothing to wait for. */
static inline void nr_timer_skip(nr_timer *timer)
{
    nr_store_size_relaxed(&timer->word, NR_TIMER_GONE);
}

/* Ends that; nothing where it is idle. `wheel` is what arming it returned. Any
 * thread. */
void nr_timer_disarm(nr_timer *timer, uint16_t wheel);

/* Puts what the poll under way has armed into the wheel. Before its task can
 * be polled again. */
void nr_timers_settle(void);

/* Wakes what is due in the wheel of `w`, and returns how many that were. Holder
 * of the driver token. */
unsigned nr_timers_fire(nr_worker *w, uint64_t now_ns);

/* Tells the wheel that `driver` is going to wait until the time returned
 * (NR_WHEEL_NEVER: nothing is armed) and must be told of earlier ones. Holder
 * of the driver token. */
uint64_t nr_timers_watch(nr_timers *t, nr_worker *driver);

#ifdef __cplusplus
}
#endif

#endif
