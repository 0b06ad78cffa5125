/* SPDX-License-Identifier: MIT */

/*
 * The order in which a worker takes tasks:
 *
 *   1. once a millisecond, and at the latest every 61st round: a look at the
 *      driver, then one task of the injector
 *   2. every 31st round: the oldest task, by turns of the worker's own queue
 *      and of its queue of yielded tasks
 *   3. the newest task of its own queue
 *   4. a share of the injector
 *   5. the oldest yielded task, once a look has followed its yield
 *   6. half of another worker's queue, or its oldest yielded task (search.c)
 *
 * 3 keeps in the cache what was just made. 1 and 2 bound how long a task that
 * can run waits, whatever other tasks do: 31 polls times the length of this
 * worker's queues. A task that yields, or that is woken while it runs, goes to
 * the queue of yielded tasks.
 */

#include "nanorun/rt/sched/worker_loop.h"

#include <stdio.h>

#include "nanorun/rt/memory/frame_lists.h"
#include "nanorun/rt/sched/handle.h"
#include "nanorun/rt/sched/park.h"
#include "nanorun/rt/sched/search.h"
#include "nanorun/rt/sched/shared.h"
#include "nanorun/rt/thread/deadline.h"
#include "nanorun/rt/thread/fork.h"
#include "nanorun/sys/clock.h"

/* The injector's turn comes two polls after the look at the latest. */
enum {
    LOOP_LOOK_EVERY_MAX = 59,
    LOOP_OLDEST_EVERY = 31,
    LOOP_LOOK_NS = NR_NS_PER_MS
};

static nr_task *loop_take_yielded(nr_worker *w)
{
    size_t top = nr_load_size_relaxed(&w->yielded.top);
    size_t bottom = nr_load_size_relaxed(&w->yielded.bottom);
    if (top == bottom)
        return NULL;
    if ((ptrdiff_t)(w->looked_up_to - top) <= 0) {
        w->looked_up_to = bottom;
        nr_worker_look(w);
        nr_task *task = nr_deque_pop(&w->local);
        if (task)
            return task;
    }
    return nr_deque_steal(&w->yielded);
}

static nr_task *loop_take_oldest(nr_worker *w)
{
    bool yielded_first = nr_load_u32_relaxed(&w->tick) / LOOP_OLDEST_EVERY % 2;
    nr_task *task = nr_deque_steal(yielded_first ? &w->yielded : &w->local);
    if (!task)
        task = nr_deque_steal(yielded_first ? &w->local : &w->yielded);
    return task;
}

/* Sets look_tick so that the next look comes in about a millisecond, judging by
 * the time that the polls since the last look took. While every worker is busy,
 * a timer that is due waits for a look. The number of polls between looks at
 * most doubles each time, so that a few short polls before long ones do little
 * harm. */
static void loop_pace_looks(nr_worker *w, uint32_t tick)
{
    uint64_t now_ns = nr_sys_now_ns();
    if (w->look_ns != 0) {
        uint64_t took_ns = now_ns - w->look_ns + 1;
        uint64_t every = w->look_every * (uint64_t)LOOP_LOOK_NS / took_ns;
        if (every > 2 * w->look_every)
            every = 2 * w->look_every;
        if (every > LOOP_LOOK_EVERY_MAX)
            every = LOOP_LOOK_EVERY_MAX;
        w->look_every = every > 0 ? (uint32_t)every : 1;
    }
    w->look_ns = now_ns;
    w->look_tick = tick + w->look_every;
}

/* Called after a rest, when the pace is unknown and no task has waited long. */
static void loop_restart_looks(nr_worker *w)
{
    w->look_ns = 0;
    w->look_every = NR_LOOK_EVERY_FIRST;
    w->look_tick = nr_load_u32_relaxed(&w->tick) + NR_LOOK_EVERY_FIRST;
    w->due = w->look_tick;
}

/* Steps 1 and 2: a round in which the newest task is not next. Tasks that a
 * look brings are the newest then and run at once; the injector has its turn in
 * the round after the look. */
static nr_task *loop_take_due(nr_worker *w)
{
    nr_task *task = NULL;
    uint32_t tick = nr_load_u32_relaxed(&w->tick);
    if (w->has_pushed)
        nr_deque_publish(&w->local);
    nr_worker_shrink(w, &w->local);
    nr_worker_shrink(w, &w->yielded);
    if (tick % LOOP_OLDEST_EVERY == 0) {
        task = loop_take_oldest(w);
    } else if (w->owes_injected) {
        w->owes_injected = false;
        /* One task only: a larger share would be newer than what is queued. */
        task = nr_worker_take_injected(w, 1);
    } else if ((int32_t)(tick - w->look_tick) >= 0) {
        loop_pace_looks(w, tick);
        nr_worker_look(w);
        w->owes_injected = nr_injector_count(&w->rt->injector) != 0;
    }
    w->due = tick + LOOP_OLDEST_EVERY - tick % LOOP_OLDEST_EVERY;
    if (w->owes_injected || (int32_t)(w->look_tick - tick) <= 0)
        w->due = tick + 1;
    else if ((int32_t)(w->look_tick - w->due) < 0)
        w->due = w->look_tick;
    return task;
}

static nr_task *loop_next(nr_worker *w)
{
    nr_task *task = NULL;
    uint32_t tick = nr_load_u32_relaxed(&w->tick) + 1;
    nr_store_u32_relaxed(&w->tick, tick);
    if (tick == w->due)
        task = loop_take_due(w);
    if (!task)
        task = nr_deque_pop(&w->local);
    if (w->has_pushed) {
        w->has_pushed = false; /* the pop has published what it left */
        if (nr_idle_wants_one(&w->rt->idle) &&
            nr_deque_count(&w->local) + nr_deque_count(&w->yielded) != 0)
            nr_idle_wake_one(&w->rt->idle);
    }
    if (!task)
        task = nr_worker_take_injected(w, NR_DEQUE_BATCH);
    if (!task)
        task = loop_take_yielded(w);
    return task;
}

/* ---- the loop ---- */

/* The injector comes first and yielded tasks come last. A yielded task is not
 * announced, but it is queued before its worker takes another task. So a worker
 * that no longer finds that other task in its queue finds the yielded one. */
static bool loop_any_work(const nr_runtime *rt)
{
    const nr_worker_set *awake = &rt->idle.awake;
    unsigned count = rt->workers_count;
    if (nr_injector_count(&rt->injector) != 0)
        return true;
    if (nr_idle_sleepers(&rt->idle) == count)
        return false;
    for (unsigned i = nr_worker_set_next(awake, 0, count); i < count;
         i = nr_worker_set_next(awake, i + 1, count)) {
        const nr_worker *w = &rt->workers[i];
        if (nr_deque_count(&w->local) != 0 || nr_deque_count(&w->yielded) != 0)
            return true;
    }
    return false;
}

static void loop_run(nr_worker *w, nr_task *task)
{
    w->task = task;
    nr_task_outcome outcome = nr_task_run(task, &w->scheduler);
    w->task = NULL;
    switch (outcome) {
    case NR_TASK_WAITS:
        break;
    case NR_TASK_AGAIN:
    case NR_TASK_YIELDS:
        /* Not announced: loop_any_work says why.
         */
        nr_worker_push_to(w, &w->yielded, task);
        break;
    case NR_TASK_ENDS:
        /* Release: pairs with runtime_is_drained. */
        nr_store_size_release(&w->ended, nr_load_size_relaxed(&w->ended) + 1);
        break;
    }
}

static void loop_rest(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    nr_idle_enter(&rt->idle, &w->idler);
    nr_worker_shrink(w, &w->local);
    nr_worker_shrink(w, &w->yielded);
    if (loop_any_work(rt))
        nr_idle_notify(&rt->idle);
    if (nr_load_u32_relaxed(&rt->closing))
        nr_runtime_worker_idle(rt);
    if (nr_load_u32_acquire(&rt->stopped) == 0)
        nr_worker_park(w);
    nr_idle_leave(&rt->idle, &w->idler);
}

/* Called before a worker runs a task that it found by a search or after a
 * sleep: there may be work for other workers, and the driver token is free for
 * one of them. */
static void loop_announce(nr_worker *w)
{
    if (w->idler.is_searching)
        nr_idle_end_search(&w->rt->idle, &w->idler);
    else
        nr_worker_announce(w);
}

void nr_worker_main(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    char name[16];
    snprintf(name, sizeof name, "nanorun-%u", (unsigned)w->index);
    nr_sys_thread_name(name);
    nr_sys_thread_wait_exactly();
    nr_scheduler_current_ = &w->scheduler;
    nr_timers_current_ = w->timers;
    nr_frame_cache_open();
    bool has_rested = false;
    while (nr_load_u32_acquire(&rt->stopped) == 0) {
        nr_task *task = loop_next(w);
        if (!task) {
            task = nr_worker_search(w);
            has_rested = true;
        }
        if (!task) {
            loop_rest(w);
            loop_restart_looks(w);
            continue;
        }
        if (has_rested || w->idler.is_searching)
            loop_announce(w);
        has_rested = false;
        loop_run(w, task);
    }
    if (nr_worker_current() != w)
        nr_sys_die(NR_FORK_IN_TASK, NULL);
    nr_frame_cache_close();
    nr_parker_exit(&w->parker);
    nr_scheduler_current_ = NULL;
    nr_timers_current_ = NULL;
}
