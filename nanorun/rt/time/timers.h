/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TIME_TIMERS_H
#define NANORUN_RT_TIME_TIMERS_H

/*
 * The timers of a runtime: a wheel a worker, each with its lock, so that
 * arming and disarming scale. Whoever holds the driver token fires them.
 */

#include "nanorun/async/poll.h"
#include "nanorun/rt/thread/parker.h"
#include "nanorun/rt/thread/worker_set.h"
#include "nanorun/rt/time/wheel.h"
#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_timer_wheels nr_timer_wheels;

/* The timers of a worker. */
typedef struct nr_timers {
    NR_OWN_LINE nr_timer_wheels *wheels; /* constant, as are index and parker */
    unsigned index;
    nr_parker *parker;    /* of the own worker */
    nr_wheel_link fresh;  /* armed in the poll under way; own thread */
    uint64_t read_ns;     /* a time that has been; own thread */
    nr_atomic_size armed; /* how many entries the wheel has */
    uint32_t lock;        /* spinlock.h; of what follows */
    nr_wheel wheel;       /* of sixteenths of a millisecond */
    nr_parker *driver;    /* who waits for `driver_tick`, or NULL */
    uint64_t driver_tick; /* what that worker knows of this wheel */
} nr_timers;

/* All wheels of a runtime. */
struct nr_timer_wheels {
    nr_timers
        *timers; /* by the index of the worker; constant, as are the next */
    unsigned count;
    const nr_driver_token *token;
    nr_worker_set armed; /* which wheels may have timers: timers.c */
};

/* The timers of the calling thread's worker. */
extern NR_THREAD_LOCAL nr_timers *nr_timers_current_;

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

/* Makes `count` wheels. Returns 0 or -ENOMEM. deinit: also of a zeroed one. */
int nr_timer_wheels_init(nr_timer_wheels *wheels, unsigned count,
                         const nr_driver_token *token);
void nr_timer_wheels_deinit(nr_timer_wheels *wheels);

/* One wheel of them, which is in use by no worker yet. */
void nr_timers_init(nr_timers *t, nr_timer_wheels *wheels, unsigned index);

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

/* Puts what the poll under way has armed into the wheel of the calling worker.
 * Before its task can be polled again. */
void nr_timers_settle(void);

/* Wakes what is due in the wheel, and returns how many that were. Holder of the
 * driver token, as are the next ones. */
unsigned nr_timers_fire(nr_timers *t, uint64_t now_ns);

/* Whether any wheel may have timers. Threads: any, as a hint. */
static inline bool nr_timer_wheels_any(const nr_timer_wheels *wheels)
{
    return nr_worker_set_next(&wheels->armed, 0, wheels->count) < wheels->count;
}

/* Wakes what is due in any wheel. */
void nr_timer_wheels_fire(nr_timer_wheels *wheels);

/* Tells all wheels that `driver` is going to wait until the time returned
 * (NR_WHEEL_NEVER: nothing is armed) and must be unparked for earlier ones. */
uint64_t nr_timer_wheels_watch(nr_timer_wheels *wheels, nr_parker *driver);

#ifdef __cplusplus
}
#endif

#endif
