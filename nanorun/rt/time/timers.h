/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TIME_TIMERS_H
#define NANORUN_RT_TIME_TIMERS_H

/*
 * The timers of a runtime. Each worker has a wheel with a lock of its own, so
 * that arming and disarming scale. The holder of the driver token fires the
 * timers of all wheels.
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
    nr_parker *parker;    /* of the worker */
    nr_link fresh;        /* armed in the poll under way; own thread */
    uint64_t read_ns;     /* a recent reading of the clock; own thread */
    nr_atomic_size armed; /* how many entries the wheel has */
    uint32_t lock;        /* spinlock.h; guards what follows */
    nr_wheel wheel;       /* its tick is 1/16 ms */
    nr_parker *driver;    /* waits until `driver_tick` at most; or NULL */
    uint64_t driver_tick; /* the wheel's first deadline when it was visited */
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

/* The stages of a timer that is not idle: timers.c. */
enum nr_timer_stage {
    NR_TIMER_FRESH,
    NR_TIMER_ARMED,
    NR_TIMER_DUE,
    NR_TIMER_GONE,
    NR_TIMER_STAGES /* a power of two, which tasks are aligned to */
};

/* Part of a future that waits for a time. Zeroed, it is idle. Only its future's
 * task touches it, and while it is in a wheel the driver. */
typedef struct nr_timer {
    nr_wheel_entry entry; /* the lock of that wheel; idle: its future's */
    nr_atomic_size word;  /* the waker, borrowed, and the stage; 0: idle */
} nr_timer;

/* init creates `count` wheels and returns 0 or -ENOMEM. deinit accepts a zeroed
 * object. */
int nr_timer_wheels_init(nr_timer_wheels *wheels, unsigned count,
                         const nr_driver_token *token);
void nr_timer_wheels_deinit(nr_timer_wheels *wheels);

/* Initializes one wheel, which no worker uses yet. */
void nr_timers_init(nr_timers *t, nr_timer_wheels *wheels, unsigned index);

/* Makes `timer`, which is idle, wake the running task when `deadline_ns` has
 * come. `now_ns` is a time that was read in this poll. Returns the index of the
 * worker whose wheel the timer will be in. */
uint16_t nr_timer_arm(nr_timer *timer, uint64_t now_ns, uint64_t deadline_ns,
                      nr_context *cx);

static inline bool nr_timer_is_idle(const nr_timer *timer)
{
    return nr_load_size_relaxed(&timer->word) == 0;
}

/* Whether the timer was armed and its time has come, or it was skipped.
 * Relaxed: the poll that follows the mark sees DUE by the mark, and an earlier
 * poll needs no other write of the driver. */
static inline bool nr_timer_is_due(const nr_timer *timer)
{
    return nr_load_size_relaxed(&timer->word) % NR_TIMER_STAGES >= NR_TIMER_DUE;
}

/* Makes an idle timer due at once, without arming it. */
static inline void nr_timer_skip(nr_timer *timer)
{
    nr_store_size_relaxed(&timer->word, NR_TIMER_GONE);
}

/* Makes the timer idle, whatever its stage; after that no other thread touches
 * it. `wheel` is what nr_timer_arm returned. Any thread. */
void nr_timer_disarm(nr_timer *timer, uint16_t wheel);

/* Puts the timers that were armed in the poll into the wheel of the calling
 * worker. Called before the task can be polled again. */
void nr_timers_settle(void);

/* Fires the timers of the wheel that are due, and returns their number. This
 * function and those below, except nr_timer_wheels_any, are for the holder of
 * the driver token. */
unsigned nr_timers_fire(nr_timers *t, uint64_t now_ns);

/* Whether any wheel may have timers. Threads: any, as a hint. */
static inline bool nr_timer_wheels_any(const nr_timer_wheels *wheels)
{
    return nr_worker_set_next(&wheels->armed, 0, wheels->count) < wheels->count;
}

/* Fires the timers of all wheels that are due. */
void nr_timer_wheels_fire(nr_timer_wheels *wheels);

/* Returns the first deadline of all wheels, or NR_WHEEL_NEVER, and leaves a
 * note in the wheels that `driver` is going to wait until then and has to be
 * unparked for an earlier one. */
uint64_t nr_timer_wheels_watch(nr_timer_wheels *wheels, nr_parker *driver);

#ifdef __cplusplus
}
#endif

#endif
