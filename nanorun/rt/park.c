/* SPDX-License-Identifier: MIT */

/*
 * Where workers wait. One of those that have nothing to do takes the driver
 * token and waits in the driver, for readiness and the next deadline; the
 * others wait on their own condition. park_state of each is EMPTY, or
 *
 *   PARKED, DRIVING  set by the worker, if still EMPTY, just before it waits
 *   NOTIFIED         set by unpark, which then ends the wait it replaced; a
 *                    worker that finds it does not wait
 *
 * The token is never waited for, only tried, by whoever is about to park or to
 * look. So that events are not left without a waiter while a worker sleeps on
 * its condition, whoever lets go of the token and goes on to run wakes one
 * (announce). Store then look, seq_cst: "token free, then any sleeper?"
 * against "I sleep (nr_idle_enter), then token free?"; both cannot see the old.
 */

#include "nanorun/rt/internal/runtime.h"
#include "nanorun/rt/internal/search.h"

#include "nanorun/rt/internal/slab.h"
#include "nanorun/sys/clock.h"
#include "nanorun/sys/die.h"

enum { EMPTY, PARKED, DRIVING, NOTIFIED };

/* How long a nap is at most, and of how many polls of others since the last
 * time it may save the wake-ups. */
#define NAP_NS UINT64_C(1000000)
enum { NAP_POLLS = 64 };

static uint64_t deadline_after(uint64_t timeout_ns)
{
    uint64_t now_ns = nr_sys_now_ns();
    return timeout_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + timeout_ns;
}

static bool try_token(nr_worker *w)
{
    uint32_t nobody = 0;
    /* seq_cst: see above, and timers.c; acquires what the last holder did. */
    return nr_cas_u32_seq_cst(&w->rt->token, &nobody, 1u + w->index);
}

nr_worker *nr_worker_of_token(nr_runtime *rt)
{
    uint32_t holder = nr_load_u32_seq_cst(&rt->token);
    return holder ? &rt->workers[holder - 1] : NULL;
}

static void release_token(nr_runtime *rt)
{
    nr_store_u32_seq_cst(&rt->token, 0);
}

static nr_driver *driver_of(const nr_runtime *rt)
{
    return nr_load_ptr_acquire(&rt->driver); /* pairs with its install */
}

static void fire_timers(nr_runtime *rt)
{
    unsigned count = rt->workers_count;
    unsigned i = nr_worker_set_next(&rt->armed, 0, count);
    if (i == count)
        return;
    uint64_t now_ns = nr_sys_now_ns();
    for (; i < count; i = nr_worker_set_next(&rt->armed, i + 1, count))
        nr_timers_fire(&rt->workers[i], now_ns);
}

static bool any_timer(const nr_runtime *rt)
{
    unsigned count = rt->workers_count;
    return nr_worker_set_next(&rt->armed, 0, count) < count;
}

static bool is_any_watched(const nr_runtime *rt)
{
    return nr_load_u32_relaxed(&driver_of(rt)->watched) != 0;
}

bool nr_worker_could_drive(const nr_worker *w)
{
    return is_any_watched(w->rt) && nr_load_u32_relaxed(&w->rt->token) == 0;
}

static void wait_in(nr_driver *driver, nr_worker *w, uint64_t timeout_ns)
{
    int events = driver->ops->wait(driver, timeout_ns);
    w->look_due = nr_load_u32_relaxed(&w->tick) + (uint32_t)events;
}

/* Newer events would run before those that are still in the queue, and these
 * could wait for many rounds. So first as many polls as there were events. */
static bool is_amid_batch(const nr_worker *w)
{
    return (int32_t)(w->look_due - nr_load_u32_relaxed(&w->tick)) > 0 &&
           nr_deque_count(&w->local) != 0;
}

static bool is_watching(const nr_worker *w)
{
    return is_any_watched(w->rt) && !is_amid_batch(w);
}

/* Not inline: its registers would be saved where there is nothing to see. */
static NR_NOINLINE_ void look(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    if (!try_token(w))
        return;
    nr_driver *driver = driver_of(rt);
    w->dispatching = true;
    if (is_watching(w))
        wait_in(driver, w, 0);
    fire_timers(rt);
    w->dispatching = false;
    release_token(rt);
    nr_worker_announce(w);
}

void nr_worker_look(nr_worker *w)
{
    if (is_watching(w) || any_timer(w->rt))
        look(w);
}

/* How long the driver may wait: until the first deadline of any worker. */
static uint64_t timeout_of(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    unsigned count = rt->workers_count;
    uint64_t first_ns = NR_WHEEL_NEVER;
    for (unsigned i = nr_worker_set_next(&rt->armed, 0, count); i < count;
         i = nr_worker_set_next(&rt->armed, i + 1, count)) {
        uint64_t next_ns = nr_timers_watch(&rt->workers[i].timers, w);
        if (next_ns < first_ns)
            first_ns = next_ns;
    }
    if (first_ns == NR_WHEEL_NEVER)
        return UINT64_MAX;
    uint64_t now_ns = nr_sys_now_ns();
    return first_ns > now_ns ? first_ns - now_ns : 0;
}

/* Whether there was nothing to do while others made many polls. Where one is in
 * a long poll it may sleep: what that makes wakes it. */
static bool should_nap(nr_worker *w)
{
    const nr_runtime *rt = w->rt;
    if (w->probes > NR_PROBES_MIN ||
        !nr_idle_is_any_running(&rt->idle, rt->workers_count))
        return false;
    uint32_t polls = 0;
    for (unsigned i = 0; i < rt->workers_count; i++) {
        if (i != w->index)
            polls += nr_load_u32_relaxed(&rt->workers[i].tick);
    }
    uint32_t made = polls - w->polls_seen;
    w->polls_seen = polls;
    return made > NAP_POLLS;
}

/* Waits in the driver; holds the token. The driver is read before DRIVING is
 * set: who sees that wakes the same one, or the one installed since, and then
 * the installation wakes this one. The other way round a worker could wait in
 * the new driver while the old one is woken for it. */
static void drive(nr_worker *w, uint64_t most_ns)
{
    uint64_t timeout_ns = timeout_of(w);
    if (nr_slab_is_idle()) {
        nr_slab_trim(nr_sys_now_ns(), false);
        if (timeout_ns > NR_SLAB_TRIM_NS)
            timeout_ns = NR_SLAB_TRIM_NS;
    }
    if (timeout_ns > most_ns)
        timeout_ns = most_ns;
    nr_driver *driver = driver_of(w->rt);
    uint32_t expected = EMPTY;
    if (nr_cas_u32_seq_cst(&w->park_state, &expected, DRIVING)) {
        w->dispatching = true;
        wait_in(driver, w, timeout_ns);
        fire_timers(w->rt);
        w->dispatching = false;
    }
    /* Acquires what who notified did before. */
    nr_exchange_u32_seq_cst(&w->park_state, EMPTY);
}

/* Waits on the worker's own condition. */
static void wait_parked(nr_worker *w, uint64_t most_ns)
{
    uint64_t deadline_ns = deadline_after(most_ns);
    nr_sys_mutex_lock(&w->park_lock);
    uint32_t expected = EMPTY;
    if (nr_cas_u32_seq_cst(&w->park_state, &expected, PARKED)) {
        while (
            nr_load_u32_acquire(&w->park_state) != NOTIFIED &&
            nr_sys_cond_wait_until(&w->park_wake, &w->park_lock, deadline_ns)) {
        }
    }
    nr_exchange_u32_seq_cst(&w->park_state, EMPTY);
    nr_sys_mutex_unlock(&w->park_lock);
}

void nr_worker_park(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    bool naps = should_nap(w) && nr_idle_begin_nap(&rt->idle);
    uint64_t most_ns = naps ? NAP_NS : UINT64_MAX;
    if (try_token(w)) {
        drive(w, most_ns);
        release_token(rt);
    } else {
        wait_parked(w, most_ns);
    }
    if (naps)
        nr_idle_end_nap(&rt->idle);
}

void nr_worker_unpark(nr_worker *w)
{
    /* seq_cst: releases what the caller did, and acquires the wait that it
     * replaces. */
    uint32_t old = nr_exchange_u32_seq_cst(&w->park_state, NOTIFIED);
    if (old != PARKED && old != DRIVING)
        return;
    /* The lock: a worker between its exchange and its wait has it, and one
     * that has exited is out of a driver that may be gone. */
    nr_sys_mutex_lock(&w->park_lock);
    if (old == PARKED) {
        nr_sys_cond_signal(&w->park_wake);
    } else if (!w->exited) {
        nr_driver *driver = driver_of(w->rt);
        driver->ops->wake(driver);
    }
    nr_sys_mutex_unlock(&w->park_lock);
}

/* ---- the driver without sockets ---- */

static int park_wait(nr_driver *driver, uint64_t timeout_ns)
{
    nr_park_driver *d = (nr_park_driver *)driver;
    uint64_t deadline_ns = deadline_after(timeout_ns);
    nr_sys_mutex_lock(&d->lock);
    while (!d->is_woken && timeout_ns > 0) {
        if (!nr_sys_cond_wait_until(&d->wake, &d->lock, deadline_ns))
            break;
    }
    d->is_woken = false;
    nr_sys_mutex_unlock(&d->lock);
    return 0;
}

static void park_wake(nr_driver *driver)
{
    nr_park_driver *d = (nr_park_driver *)driver;
    nr_sys_mutex_lock(&d->lock);
    d->is_woken = true;
    nr_sys_cond_signal(&d->wake);
    nr_sys_mutex_unlock(&d->lock);
}

static void park_destroy(nr_driver *driver)
{
    nr_park_driver *d = (nr_park_driver *)driver;
    nr_sys_cond_deinit(&d->wake);
    nr_sys_mutex_deinit(&d->lock);
}

static const nr_driver_ops park_driver_ops = {park_wait, park_wake,
                                              park_destroy};

int nr_park_driver_init(nr_park_driver *d)
{
    d->base.ops = &park_driver_ops;
    nr_store_u32_relaxed(&d->base.watched, 0);
    d->is_woken = false;
    int error = nr_sys_mutex_init(&d->lock);
    if (error)
        return error;
    error = nr_sys_cond_init(&d->wake);
    if (error)
        nr_sys_mutex_deinit(&d->lock);
    return error;
}

/* ---- the hook of io ---- */

nr_driver *nr_driver_installed(void)
{
    nr_worker *w = nr_worker_current();
    if (!w->task)
        nr_sys_die(NR_FORK_IN_TASK, NULL);
    nr_runtime *rt = w->rt;
    nr_driver *driver = driver_of(rt);
    return driver == &rt->park_driver.base ? NULL : driver;
}

nr_driver *nr_driver_install(nr_driver *driver)
{
    nr_runtime *rt = nr_worker_current()->rt;
    void *expected = &rt->park_driver;
    /* seq_cst: releases the driver to driver_of; acquires the one that was
     * first. */
    if (!nr_cas_ptr_seq_cst(&rt->driver, &expected, driver))
        return expected;
    /* Who waits in the first driver comes back to wait in the new one. */
    rt->park_driver.base.ops->wake(&rt->park_driver.base);
    return driver;
}

void nr_driver_check_task(const char *what, const char *place)
{
    nr_worker *w = nr_worker_current();
    if (!w || !w->task)
        nr_sys_die(what, place);
}
