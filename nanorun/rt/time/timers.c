/* SPDX-License-Identifier: MIT */

/*
 * The stages of a timer:
 *
 *   idle   zeroed, or disarmed
 *   FRESH  armed in the poll under way: in the list `fresh` of its worker,
 *          which no other thread reads
 *   ARMED  settled after that poll: in the wheel, under the wheel's lock
 *   DUE    taken out of the wheel by the driver, which marks the task next
 *   GONE   released by the driver, which does not touch the timer any more
 *
 * The stage is in the lowest bits of the word that holds the waker. "The
 * driver" is the worker that holds the driver token.
 *
 * A timer wakes the task that armed it, which cannot run again before its poll
 * is over. So timers need not be in the wheel before that, and a timer that is
 * armed and disarmed in one poll never takes the lock.
 *
 * The waker is borrowed: a future disarms before its task ends, and disarming
 * takes the wheel's lock unless it finds GONE. A task that the driver marks
 * under the lock does not end before the driver has pushed it, outside of the
 * lock (task/wake.h). DUE is set before the mark, so that the poll which
 * follows the mark finds it. A poll that finds DUE earlier may end the wait;
 * its disarm then waits for the lock, under which the driver sets GONE.
 *
 * A deadline that is earlier than the one that the waiting driver knows must
 * end its wait. The set `armed` has the wheels that may have timers. Before it
 * waits, the driver visits those wheels (timers_watch) and leaves a note in
 * each, under the wheel's lock: its parker and the deadline that it has seen. A
 * worker that adds an earlier deadline, under the same lock, unparks that
 * driver. A worker whose wheel is not in the set adds it to the set and unparks
 * the holder of the driver token:
 *
 *     a worker that arms             the driver
 *     the wheel is in the set        the token is mine
 *     somebody has the token:        look at the set
 *       unpark that worker
 *
 * All four are seq_cst. This forbids the outcome in which the first sees no
 * holder and the second does not see the wheel. An unpark between the visit and
 * the wait makes the wait return at once. If the note is the worker's own, the
 * worker is running and will visit again before it waits. The driver removes a
 * wheel that it finds empty from the set, under the wheel's lock. Rejected: to
 * remove it at the last disarm, which would cost a worker with one timer at a
 * time two ordered instructions for each.
 *
 * Deadlines are rounded up to ticks and the time is rounded down, so no timer
 * fires early. A deadline TIMERS_FAR_NS or more ahead is rounded up to a whole
 * millisecond, so that many timers share a wake-up. All wheels count from the
 * clock's origin, so their ticks coincide.
 *
 * The lock is a spin lock: its holder moves, fires or inserts TIMERS_BATCH
 * timers at most.
 */

#include "nanorun/rt/time/timers.h"

#include <errno.h>

#include "nanorun/rt/task/task.h"
#include "nanorun/rt/thread/spinlock.h"
#include "nanorun/sys/clock.h"
#include "nanorun/sys/memory.h"

enum {
    TIMERS_NS_PER_TICK = 62500,
    TIMERS_TICKS_PER_MS = 16,
    TIMERS_FAR_NS = 16000000,
    TIMERS_BATCH = 32
};

NR_THREAD_LOCAL nr_timers *nr_timers_current_;

void nr_timers_init(nr_timers *t, nr_timer_wheels *wheels, unsigned index)
{
    t->wheels = wheels;
    t->index = index;
    t->parker = NULL;
    nr_list_init(&t->fresh);
    t->read_ns = 0;
    nr_store_size_relaxed(&t->armed, 0);
    t->lock = 0;
    nr_wheel_init(&t->wheel);
    t->driver = NULL;
    t->driver_tick = NR_WHEEL_NEVER;
}

static uint64_t timers_tick_before(uint64_t time_ns)
{
    return time_ns / TIMERS_NS_PER_TICK;
}

/* The tick at which a timer for `deadline_ns` fires. */
static uint64_t timers_tick_for(uint64_t deadline_ns, uint64_t now_ns)
{
    uint64_t tick = timers_tick_before(deadline_ns);
    tick += tick * TIMERS_NS_PER_TICK < deadline_ns;
    if (deadline_ns < now_ns + TIMERS_FAR_NS)
        return tick;
    return (tick + TIMERS_TICKS_PER_MS - 1) / TIMERS_TICKS_PER_MS *
           TIMERS_TICKS_PER_MS;
}

static unsigned timers_stage_of(size_t word)
{
    return word % NR_TIMER_STAGES;
}

static nr_waker *timers_waker_of(size_t word)
{
    return (nr_waker *)(uintptr_t)(word - timers_stage_of(word));
}

/* ---- the task's side ---- */

uint16_t nr_timer_arm(nr_timer *timer, uint64_t now_ns, uint64_t deadline_ns,
                      nr_context *cx)
{
    nr_timers *self = nr_timers_current_;
    self->read_ns = now_ns;
    timer->entry.tick = deadline_ns;
    nr_list_append(&self->fresh, &timer->entry.link);
    nr_store_size_relaxed(&timer->word, (uintptr_t)cx->waker + NR_TIMER_FRESH);
    cx->armed = true;
    return (uint16_t)self->index;
}

static void timers_leave_wheel(nr_timer *timer, nr_waker *waker, uint16_t wheel)
{
    /* The waker's task is the one that disarms, so it and its runtime exist. */
    nr_task *task = (nr_task *)(void *)waker;
    nr_timers *t = &nr_task_scheduler(task)->wheels->timers[wheel];
    nr_spin_lock(&t->lock);
    if (timers_stage_of(nr_load_size_relaxed(&timer->word)) == NR_TIMER_ARMED) {
        nr_wheel_remove(&t->wheel, &timer->entry);
        nr_store_size_relaxed(&t->armed, nr_load_size_relaxed(&t->armed) - 1);
    }
    nr_spin_unlock(&t->lock);
}

void nr_timer_disarm(nr_timer *timer, uint16_t wheel)
{
    /* Acquire: pairs with the release of NR_TIMER_GONE, the driver's last
     * access. */
    size_t word = nr_load_size_acquire(&timer->word);
    if (word == 0)
        return;
    if (timers_stage_of(word) == NR_TIMER_FRESH) {
        nr_list_remove(&timer->entry.link);
    } else if (timers_stage_of(word) != NR_TIMER_GONE) {
        timers_leave_wheel(timer, timers_waker_of(word), wheel);
    }
    nr_store_size_relaxed(&timer->word, 0);
}

/* ---- the wheel ---- */

/* Inserts up to TIMERS_BATCH fresh timers into the wheel. Returns whether there
 * are more. */
static bool timers_settle_some(nr_timers *t)
{
    nr_link *link = t->fresh.next;
    size_t n = 0;
    for (; link != &t->fresh && n < TIMERS_BATCH; n++) {
        nr_timer *timer = NR_CONTAINER_OF(link, nr_timer, entry.link);
        nr_wheel_entry *e = &timer->entry;
        link = link->next;
        nr_wheel_insert(&t->wheel, e, timers_tick_for(e->tick, t->read_ns));
        nr_atomic_size *word = &timer->word;
        nr_store_size_relaxed(word, nr_load_size_relaxed(word) +
                                        NR_TIMER_ARMED - NR_TIMER_FRESH);
    }
    t->fresh.next = link;
    link->prev = &t->fresh;
    nr_store_size_relaxed(&t->armed, nr_load_size_relaxed(&t->armed) + n);
    return link != &t->fresh;
}

void nr_timers_settle(void)
{
    nr_timers *t = nr_timers_current_;
    nr_worker_set *armed = &t->wheels->armed;
    bool has_more = !nr_list_is_empty(&t->fresh);
    while (has_more) {
        nr_parker *driver = NULL;
        nr_spin_lock(&t->lock);
        if (nr_load_size_relaxed(&t->armed) == 0)
            /* An empty wheel moves its time forward at no cost. */
            nr_wheel_advance(&t->wheel, timers_tick_before(t->read_ns),
                             &(unsigned){0});
        has_more = timers_settle_some(t);
        if (!nr_worker_set_has(armed, t->index)) {
            nr_worker_set_add(armed, t->index);
            driver = nr_driver_token_holder(t->wheels->token);
        } else if (t->driver && nr_wheel_next(&t->wheel) < t->driver_tick) {
            driver = t->driver;
            t->driver = NULL; /* it visits again before its next wait */
        }
        nr_spin_unlock(&t->lock);
        if (driver && driver != t->parker)
            nr_parker_unpark(driver);
    }
}

/* ---- the driver's side ---- */

/* Fires up to TIMERS_BATCH timers that are due; *fired becomes their number.
 * The caller has to push the *count tasks in `tasks`. Returns whether there may
 * be more. */
static bool timers_fire_some(nr_timers *t, uint64_t tick,
                             nr_task *tasks[TIMERS_BATCH], unsigned *count,
                             unsigned *fired)
{
    unsigned moves = TIMERS_BATCH, n = 0;
    *count = 0;
    nr_spin_lock(&t->lock);
    while (n < TIMERS_BATCH) {
        nr_wheel_entry *e = nr_wheel_advance(&t->wheel, tick, &moves);
        if (!e)
            break;
        nr_atomic_size *word = &NR_CONTAINER_OF(e, nr_timer, entry)->word;
        size_t armed = nr_load_size_relaxed(word);
        n++;
        nr_store_size_relaxed(word, armed + NR_TIMER_DUE - NR_TIMER_ARMED);
        nr_task *task = nr_waker_mark(timers_waker_of(armed));
        if (task)
            tasks[(*count)++] = task;
        /* Release: pairs with the acquire of nr_timer_disarm, after which the
         * timer may be freed. */
        nr_store_size_release(word, armed + NR_TIMER_GONE - NR_TIMER_ARMED);
    }
    size_t left = nr_load_size_relaxed(&t->armed) - n;
    nr_store_size_relaxed(&t->armed, left);
    if (left == 0) {
        t->driver = NULL;
        nr_worker_set_remove(&t->wheels->armed, t->index);
    }
    nr_spin_unlock(&t->lock);
    *fired = n;
    return n == TIMERS_BATCH || moves == 0;
}

unsigned nr_timers_fire(nr_timers *t, uint64_t now_ns)
{
    nr_task *tasks[TIMERS_BATCH];
    unsigned count, fired, total = 0;
    bool has_more;
    do {
        has_more = timers_fire_some(t, timers_tick_before(now_ns), tasks,
                                    &count, &fired);
        for (unsigned i = 0; i < count; i++)
            nr_task_push(tasks[i]);
        total += fired;
    } while (has_more);
    return total;
}

/* Leaves the driver's note in the wheel, and returns the wheel's first
 * deadline. */
static uint64_t timers_watch(nr_timers *t, nr_parker *driver)
{
    nr_spin_lock(&t->lock);
    uint64_t tick = NR_WHEEL_NEVER; /* saves nr_wheel_next if it is empty */
    if (nr_load_size_relaxed(&t->armed) != 0)
        tick = nr_wheel_next(&t->wheel);
    t->driver = driver;
    t->driver_tick = tick;
    nr_spin_unlock(&t->lock);
    return tick > UINT64_MAX / TIMERS_NS_PER_TICK ? NR_WHEEL_NEVER
                                                  : tick * TIMERS_NS_PER_TICK;
}

/* ---- all wheels ---- */

int nr_timer_wheels_init(nr_timer_wheels *wheels, unsigned count,
                         const nr_driver_token *token)
{
    *wheels = (nr_timer_wheels){.count = count, .token = token};
    wheels->timers =
        nr_sys_aligned_alloc(count * sizeof *wheels->timers, NR_CACHE_LINE);
    if (!wheels->timers)
        return -ENOMEM;
    for (unsigned i = 0; i < count; i++)
        nr_timers_init(&wheels->timers[i], wheels, i);
    return 0;
}

void nr_timer_wheels_deinit(nr_timer_wheels *wheels)
{
    nr_sys_aligned_free(wheels->timers);
}

/* The first wheel from `from` on that may have timers, or NULL. */
static nr_timers *timers_next_armed(const nr_timer_wheels *wheels,
                                    unsigned from)
{
    unsigned i = nr_worker_set_next(&wheels->armed, from, wheels->count);
    return i < wheels->count ? &wheels->timers[i] : NULL;
}

void nr_timer_wheels_fire(nr_timer_wheels *wheels)
{
    uint64_t now_ns = nr_sys_now_ns();
    for (nr_timers *t = timers_next_armed(wheels, 0); t;
         t = timers_next_armed(wheels, t->index + 1))
        nr_timers_fire(t, now_ns);
}

uint64_t nr_timer_wheels_watch(nr_timer_wheels *wheels, nr_parker *driver)
{
    uint64_t first_ns = NR_WHEEL_NEVER;
    for (nr_timers *t = timers_next_armed(wheels, 0); t;
         t = timers_next_armed(wheels, t->index + 1)) {
        uint64_t next_ns = timers_watch(t, driver);
        if (next_ns < first_ns)
            first_ns = next_ns;
    }
    return first_ns;
}
