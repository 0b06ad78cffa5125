/* SPDX-License-Identifier: MIT */

/*
 * A deadline earlier than what the waiting driver knows must interrupt its
 * wait. Before it waits, the driver visits each wheel (nr_timers_watch) and
 * leaves there, under the wheel's lock, who it is and the deadline it has seen.
 * Who arms an earlier one on this wheel, under the same lock, unparks that
 * worker. No wake-up is lost: an unpark that comes between the visit and the
 * wait makes the wait return at once. A worker that arms on its own wheel and
 * left the note itself is running, and will visit again before it waits.
 *
 * Ticks are rounded up from deadlines and down from the time, so nothing fires
 * early. Wakers are fired outside the lock, a batch at a time: what they wake
 * may disarm others.
 */

#include "nanorun/rt/internal/timers.h"

#include "nanorun/rt/future.h"
#include "nanorun/rt/internal/worker.h"

enum { NS_PER_TICK = 1000000, BATCH = 64 };

int nr_timers_init(nr_timers *t, uint64_t now_ns)
{
    nr_wheel_init(&t->wheel);
    t->origin_ns = now_ns;
    nr_store_size_relaxed(&t->armed, 0);
    t->driver = NULL;
    t->driver_tick = NR_WHEEL_NEVER;
    return nr_sys_mutex_init(&t->lock);
}

void nr_timers_deinit(nr_timers *t)
{
    nr_sys_mutex_deinit(&t->lock);
}

static uint64_t tick_before(const nr_timers *t, uint64_t time_ns)
{
    return time_ns > t->origin_ns ? (time_ns - t->origin_ns) / NS_PER_TICK : 0;
}

static uint64_t tick_after(const nr_timers *t, uint64_t time_ns)
{
    uint64_t tick = tick_before(t, time_ns);
    return t->origin_ns + tick * NS_PER_TICK < time_ns ? tick + 1 : tick;
}

void nr_timer_arm(nr_timer *timer, uint64_t deadline_ns, nr_waker *waker)
{
    nr_worker *self = nr_worker_current();
    nr_timers *t = nr_worker_timers(self);
    nr_worker *driver = NULL;
    timer->timers = t;
    timer->waker = nr_waker_clone(waker);
    nr_sys_mutex_lock(&t->lock);
    size_t armed = nr_load_size_relaxed(&t->armed);
    if (armed == 0) /* nothing to pass by: bring the time up at no cost */
        nr_wheel_advance(&t->wheel, tick_before(t, nr_worker_now_ns(self)),
                         &(unsigned){0});
    nr_wheel_insert(&t->wheel, &timer->entry, tick_after(t, deadline_ns));
    nr_store_size_relaxed(&t->armed, armed + 1);
    if (t->driver && nr_wheel_next(&t->wheel) < t->driver_tick) {
        driver = t->driver;
        t->driver = NULL; /* once is enough, it comes by before it waits */
    }
    nr_sys_mutex_unlock(&t->lock);
    if (driver && driver != self)
        nr_worker_unpark(driver);
}

void nr_timer_disarm(nr_timer *timer)
{
    nr_timers *t = timer->timers;
    if (!t)
        return;
    nr_sys_mutex_lock(&t->lock);
    nr_waker *waker = timer->waker;
    if (waker) {
        nr_wheel_remove(&t->wheel, &timer->entry);
        nr_store_size_relaxed(&t->armed, nr_load_size_relaxed(&t->armed) - 1);
        timer->waker = NULL;
    }
    nr_sys_mutex_unlock(&t->lock);
    timer->timers = NULL;
    nr_waker_drop(waker);
}

/* Takes up to BATCH wakers that are due. Returns whether there may be more. */
static bool take_due(nr_timers *t, uint64_t tick, nr_waker *due[BATCH],
                     unsigned *count)
{
    unsigned n = 0, moves = BATCH;
    nr_wheel_entry *e;
    nr_sys_mutex_lock(&t->lock);
    while (n < BATCH && (e = nr_wheel_advance(&t->wheel, tick, &moves))) {
        nr_timer *timer = (nr_timer *)(void *)e;
        due[n++] = timer->waker;
        timer->waker = NULL;
    }
    nr_store_size_relaxed(&t->armed, nr_load_size_relaxed(&t->armed) - n);
    nr_sys_mutex_unlock(&t->lock);
    *count = n;
    return n == BATCH || moves == 0;
}

unsigned nr_timers_fire(nr_timers *t, uint64_t now_ns)
{
    nr_waker *due[BATCH];
    unsigned total = 0, n;
    bool has_more = nr_load_size_relaxed(&t->armed) != 0;
    while (has_more) {
        has_more = take_due(t, tick_before(t, now_ns), due, &n);
        for (unsigned i = 0; i < n; i++) {
            nr_waker_wake(due[i]);
            nr_waker_drop(due[i]);
        }
        total += n;
    }
    return total;
}

uint64_t nr_timers_watch(nr_timers *t, nr_worker *driver)
{
    nr_sys_mutex_lock(&t->lock);
    uint64_t tick = nr_wheel_next(&t->wheel);
    t->driver = driver;
    t->driver_tick = tick;
    nr_sys_mutex_unlock(&t->lock);
    if (tick == NR_WHEEL_NEVER ||
        tick > (UINT64_MAX - t->origin_ns) / NS_PER_TICK)
        return NR_WHEEL_NEVER;
    return t->origin_ns + tick * NS_PER_TICK;
}
