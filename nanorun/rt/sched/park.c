/* SPDX-License-Identifier: MIT */

/*
 * How workers wait. One of the idle workers holds the driver token and waits in
 * the driver, for readiness and the next deadline; the others wait on their own
 * conditions (thread/parker.h).
 *
 * A worker that is about to park or to look tries to take the token and never
 * waits for it. Events must not be left without a waiter while a worker sleeps
 * on its condition, so a worker that releases the token and goes on to run
 * wakes a sleeper (loop_announce). Both sides store, then look, seq_cst: the
 * one frees the token and looks for a sleeper; the other becomes a sleeper
 * (nr_idle_enter) and tries the token. At least one of them sees the other's
 * store.
 */

#include "nanorun/rt/sched/park.h"

#include "nanorun/rt/memory/slab.h"
#include "nanorun/rt/sched/shared.h"
#include "nanorun/rt/thread/deadline.h"
#include "nanorun/sys/clock.h"

/* The longest nap, and how many polls others must have made since the worker
 * last considered a nap. */
enum { PARK_NAP_NS = NR_NS_PER_MS, PARK_NAP_POLLS = 64 };

static void park_fire_timers(nr_runtime *rt)
{
    if (nr_timer_wheels_any(&rt->wheels))
        nr_timer_wheels_fire(&rt->wheels);
}

static bool park_is_any_watched(const nr_runtime *rt)
{
    return nr_load_u32_relaxed(&nr_runtime_driver(rt)->watched) != 0;
}

bool nr_worker_could_drive(const nr_worker *w)
{
    return park_is_any_watched(w->rt) && !nr_driver_token_holder(&w->rt->token);
}

static void park_wait_in(nr_driver *driver, nr_worker *w, uint64_t timeout_ns)
{
    int events = driver->ops->wait(driver, timeout_ns);
    w->look_due = nr_load_u32_relaxed(&w->tick) + (uint32_t)events;
}

/* Whether tasks of the last events are still queued. The tasks of newer events
 * would run before them, for many rounds, so the next look waits for as many
 * polls as there were events. */
static bool park_is_amid_batch(const nr_worker *w)
{
    return (int32_t)(w->look_due - nr_load_u32_relaxed(&w->tick)) > 0 &&
           nr_deque_count(&w->local) != 0;
}

static bool park_is_watching(const nr_worker *w)
{
    return park_is_any_watched(w->rt) && !park_is_amid_batch(w);
}

/* Not inline: the caller would save registers even if there is nothing to look
 * at. */
static NR_NOINLINE_ void park_look(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    if (!nr_driver_token_try(&rt->token, &w->parker))
        return;
    nr_driver *driver = nr_runtime_driver(rt);
    w->dispatching = true;
    if (park_is_watching(w))
        park_wait_in(driver, w, 0);
    park_fire_timers(rt);
    w->dispatching = false;
    nr_driver_token_release(&rt->token);
    nr_worker_announce(w);
}

void nr_worker_look(nr_worker *w)
{
    if (park_is_watching(w) || nr_timer_wheels_any(&w->rt->wheels))
        park_look(w);
}

/* How long the driver may wait, which is until the first deadline of any
 * wheel. */
static uint64_t park_timeout_of(nr_worker *w)
{
    nr_timer_wheels *wheels = &w->rt->wheels;
    if (!nr_timer_wheels_any(wheels))
        return UINT64_MAX;
    uint64_t first_ns = nr_timer_wheels_watch(wheels, &w->parker);
    if (first_ns == NR_WHEEL_NEVER)
        return UINT64_MAX;
    uint64_t now_ns = nr_sys_now_ns();
    return first_ns > now_ns ? first_ns - now_ns : 0;
}

/* Whether the worker found nothing to do while others made many polls. If the
 * others are in long polls it need not nap but sleeps: what they make wakes
 * it. */
static bool park_should_nap(nr_worker *w)
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
    return made > PARK_NAP_POLLS;
}

/* Waits in the driver; the worker holds the token. It reads the driver's
 * address before nr_parker_begin_drive. An unpark after that wakes the same
 * driver, or one that was installed since; then the installation wakes this
 * worker. In the opposite order an unpark could wake the old driver while the
 * worker waits in the new one. */
static void park_drive(nr_worker *w, uint64_t most_ns)
{
    uint64_t timeout_ns = park_timeout_of(w);
    if (nr_slab_is_idle()) {
        nr_slab_trim(nr_sys_now_ns(), false);
        if (timeout_ns > NR_SLAB_TRIM_NS)
            timeout_ns = NR_SLAB_TRIM_NS;
    }
    if (timeout_ns > most_ns)
        timeout_ns = most_ns;
    nr_driver *driver = nr_runtime_driver(w->rt);
    if (nr_parker_begin_drive(&w->parker)) {
        w->dispatching = true;
        park_wait_in(driver, w, timeout_ns);
        park_fire_timers(w->rt);
        w->dispatching = false;
    }
    nr_parker_end_drive(&w->parker);
}

void nr_worker_park(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    bool naps = park_should_nap(w) && nr_idle_begin_nap(&rt->idle);
    uint64_t most_ns = naps ? PARK_NAP_NS : UINT64_MAX;
    if (nr_driver_token_try(&rt->token, &w->parker)) {
        park_drive(w, most_ns);
        nr_driver_token_release(&rt->token);
    } else {
        nr_parker_wait(&w->parker,
                       naps ? nr_deadline_after_ns(nr_sys_now_ns(), most_ns)
                            : UINT64_MAX);
    }
    if (naps)
        nr_idle_end_nap(&rt->idle);
}
