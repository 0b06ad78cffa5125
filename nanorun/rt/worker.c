/* SPDX-License-Identifier: MIT */

/*
 * What a worker runs next:
 *
 *   1. once a millisecond, and at the latest every 61st time: a look at the
 *      driver, then one of the injector
 *   2. every 31st time: the oldest that has yielded or that is its own
 *   3. the newest of its own
 *   4. the injector
 *   5. the oldest that has yielded, once a look came after its yield
 *   6. half of another worker's own, or its oldest that has yielded
 *
 * 3 keeps what was just made in the cache; 1 and 2 bound how long anything
 * that can run waits, whatever else wakes whatever: in number of polls, by 31
 * times the length of this worker's queues. A task that yields, or that was
 * woken while it ran, goes to the yielded ones.
 */

#include "nanorun/rt/internal/worker.h"

#include <stdio.h>

#include "nanorun/rt/internal/frame.h"
#include "nanorun/rt/internal/runtime.h"
#include "nanorun/rt/internal/search.h"
#include "nanorun/sys/clock.h"

/* The injector's turn comes two polls after the look at the latest. */
enum {
    LOOK_EVERY_MAX = 59,
    LOOK_EVERY_FIRST = 8,
    OLDEST_EVERY = 31,
    LOOK_NS = 1000 * 1000
};

NR_THREAD_LOCAL nr_worker *nr_worker_current_;

int nr_worker_init(nr_worker *w, nr_runtime *rt, unsigned index, uint64_t seed)
{
    w->rt = rt;
    w->index = (uint16_t)index;
    w->due = w->look_tick = w->look_every = LOOK_EVERY_FIRST;
    w->probes = NR_PROBES_MAX;
    w->random = (seed + index + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    if (nr_sys_mutex_init(&w->park_lock))
        goto fail;
    if (nr_sys_cond_init(&w->park_wake))
        goto fail_lock;
    nr_timers_init(&w->timers);
    nr_tasklist_init(&w->scheduler.tasks);
    w->scheduler.schedule = nr_runtime_schedule;
    w->scheduler.closing = &rt->closing;
    return 0;
fail_lock:
    nr_sys_mutex_deinit(&w->park_lock);
fail:
    return -1;
}

void nr_worker_deinit(nr_worker *w)
{
    nr_deque_deinit(&w->local);
    nr_deque_deinit(&w->yielded);
    nr_sys_cond_deinit(&w->park_wake);
    nr_sys_mutex_deinit(&w->park_lock);
}

/* ---- queueing ---- */

/* Thieves are searchers (idle.c). The ring of a queue was replaced by a seq_cst
 * store, and who begins to search after this load finds the new one. The load
 * acquires from those that have ended their search. */
static bool resize(nr_worker *w, nr_deque *queue, size_t size)
{
    bool is_resized = nr_deque_resize(queue, size);
    if (!nr_idle_is_any_searching(&w->rt->idle))
        nr_deque_free_outgrown(queue);
    return is_resized;
}

static void push(nr_worker *w, nr_deque *queue, nr_task *task)
{
    if (nr_deque_push(queue, task))
        return;
    if (resize(w, queue, 2 * nr_deque_size(queue)))
        nr_deque_push(queue, task);
    else
        nr_injector_relieve(&w->rt->injector, queue, task);
}

/* So that the memory of a burst goes with its tasks. */
static void shrink(nr_worker *w, nr_deque *queue)
{
    if (!queue->rings)
        return;
    size_t size = nr_deque_size(queue), count = nr_deque_count(queue);
    if (count >= size / 8)
        return;
    while (size > NR_DEQUE_SIZE && count < size / 4)
        size /= 2;
    resize(w, queue, size);
}

void nr_worker_announce(nr_worker *w)
{
    w->has_pushed = false;
    nr_deque_publish(&w->local);
    nr_idle_notify(&w->rt->idle);
}

void nr_worker_push(nr_worker *w, nr_task *task)
{
    push(w, &w->local, task);
    if (w->dispatching)
        return; /* the whole batch is announced after it */
    /* Where all run, who stops will search and find it; one task who naps
     * finds. For certain it is announced when this poll has ended (idle.c). */
    const nr_idle *idle = &w->rt->idle;
    w->has_pushed = nr_idle_none(idle) || (nr_idle_is_any_napping(idle) &&
                                           nr_deque_count(&w->local) == 1);
    if (!w->has_pushed)
        nr_worker_announce(w);
}

/* The oldest of the injector; of a fair share of it, `most` at most, the others
 * go to the own queue. */
static nr_task *take_share(nr_worker *w, size_t most)
{
    nr_injector *q = &w->rt->injector;
    size_t n = nr_injector_count(q) / w->rt->workers_count + 1;
    if (n > most)
        n = most;
    nr_task *batch[NR_DEQUE_BATCH];
    n = nr_injector_pop(q, batch, n);
    if (n == 0)
        return NULL;
    if (n == 1)
        return batch[0];
    while (n > 1) /* the oldest comes last, to be popped first */
        push(w, &w->local, batch[--n]);
    /* Who was woken for them may have looked while they were in no queue. */
    nr_worker_announce(w);
    return batch[0];
}

nr_task *nr_worker_take_injected(nr_worker *w, size_t most)
{
    return nr_injector_count(&w->rt->injector) == 0 ? NULL
                                                    : take_share(w, most);
}

/* ---- what runs next ---- */

static nr_task *take_yielded(nr_worker *w)
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

static nr_task *take_oldest(nr_worker *w)
{
    bool yielded_first = nr_load_u32_relaxed(&w->tick) / OLDEST_EVERY % 2;
    nr_task *task = nr_deque_steal(yielded_first ? &w->yielded : &w->local);
    if (!task)
        task = nr_deque_steal(yielded_first ? &w->local : &w->yielded);
    return task;
}

/* Sets look_tick so that the next look comes in about a millisecond, by the
 * time that the polls since the last one took: a timer that is due waits for a
 * look while every worker is busy. The number of polls grows to twice as many
 * at most, so that some short polls before long ones do little harm. */
static void worker_pace_looks(nr_worker *w, uint32_t tick)
{
    uint64_t now_ns = nr_sys_now_ns();
    if (w->look_ns != 0) {
        uint64_t took_ns = now_ns - w->look_ns + 1;
        uint64_t every = w->look_every * (uint64_t)LOOK_NS / took_ns;
        if (every > 2 * w->look_every)
            every = 2 * w->look_every;
        if (every > LOOK_EVERY_MAX)
            every = LOOK_EVERY_MAX;
        w->look_every = every > 0 ? (uint32_t)every : 1;
    }
    w->look_ns = now_ns;
    w->look_tick = tick + w->look_every;
}

/* After a rest the pace is not known, the driver has just been asked, and
 * nothing is old. */
static void worker_restart_looks(nr_worker *w)
{
    w->look_ns = 0;
    w->look_every = LOOK_EVERY_FIRST;
    w->look_tick = nr_load_u32_relaxed(&w->tick) + LOOK_EVERY_FIRST;
    w->due = w->look_tick;
}

/* The turn of another than the newest. What a look has brought is the newest
 * then, and runs at once; the turn of the injector is the one after it. */
static nr_task *take_due(nr_worker *w)
{
    nr_task *task = NULL;
    uint32_t tick = nr_load_u32_relaxed(&w->tick);
    if (w->has_pushed)
        nr_deque_publish(&w->local);
    shrink(w, &w->local);
    shrink(w, &w->yielded);
    if (tick % OLDEST_EVERY == 0) {
        task = take_oldest(w);
    } else if (w->owes_injected) {
        w->owes_injected = false;
        /* One: a share on top of what is queued would be the newest. */
        task = nr_worker_take_injected(w, 1);
    } else if ((int32_t)(tick - w->look_tick) >= 0) {
        worker_pace_looks(w, tick);
        nr_worker_look(w);
        w->owes_injected = nr_injector_count(&w->rt->injector) != 0;
    }
    w->due = tick + OLDEST_EVERY - tick % OLDEST_EVERY;
    if (w->owes_injected || (int32_t)(w->look_tick - tick) <= 0)
        w->due = tick + 1;
    else if ((int32_t)(w->look_tick - w->due) < 0)
        w->due = w->look_tick;
    return task;
}

static nr_task *next(nr_worker *w)
{
    nr_task *task = NULL;
    uint32_t tick = nr_load_u32_relaxed(&w->tick) + 1;
    nr_store_u32_relaxed(&w->tick, tick);
    if (tick == w->due)
        task = take_due(w);
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
        task = take_yielded(w);
    return task;
}

/* ---- the loop ---- */

/* The injector first, what has yielded last: it is not announced, but is put
 * there before its worker takes something else. So who does not find that any
 * more finds what has yielded. */
static bool any_work(const nr_runtime *rt)
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

static void run(nr_worker *w, nr_task *task)
{
    w->task = task;
    nr_task_outcome outcome = nr_task_run(task, &w->scheduler);
    w->task = NULL;
    switch (outcome) {
    case NR_TASK_WAITS:
        break;
    case NR_TASK_AGAIN:
    case NR_TASK_YIELDS:
        /* Not announced: if there is something else, that was (any_work). */
        push(w, &w->yielded, task);
        break;
    case NR_TASK_ENDS:
        /* Release: pairs with the sum in runtime.c. */
        nr_store_size_release(&w->ended, nr_load_size_relaxed(&w->ended) + 1);
        break;
    }
}

static void rest(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    nr_idle_enter(&rt->idle, w);
    shrink(w, &w->local);
    shrink(w, &w->yielded);
    if (any_work(rt))
        nr_idle_notify(&rt->idle);
    if (nr_load_u32_relaxed(&rt->closing))
        nr_runtime_worker_idle(rt);
    if (nr_load_u32_acquire(&rt->stopped) == 0)
        nr_worker_park(w);
    nr_idle_leave(&rt->idle, w);
}

/* Before a worker runs what it found after a search or a sleep: there may be
 * more for others, and the driver token is free for one of them. */
static void announce(nr_worker *w)
{
    if (w->searching)
        nr_idle_end_search(&w->rt->idle, w);
    else
        nr_worker_announce(w);
}

void nr_worker_main(void *worker)
{
    nr_worker *w = worker;
    nr_runtime *rt = w->rt;
    char name[16];
    snprintf(name, sizeof name, "nanorun-%u", (unsigned)w->index);
    nr_sys_thread_name(name);
    nr_sys_thread_wait_exactly();
    nr_worker_current_ = w;
    nr_frame_cache_open();
    bool has_rested = false;
    while (nr_load_u32_acquire(&rt->stopped) == 0) {
        nr_task *task = next(w);
        if (!task) {
            task = nr_worker_search(w);
            has_rested = true;
        }
        if (!task) {
            rest(w);
            worker_restart_looks(w);
            continue;
        }
        if (has_rested || w->searching)
            announce(w);
        has_rested = false;
        run(w, task);
    }
    if (nr_worker_current() != w)
        nr_sys_die(NR_FORK_IN_TASK, NULL);
    nr_frame_cache_close();
    nr_sys_mutex_lock(&w->park_lock);
    w->exited = true;
    nr_sys_mutex_unlock(&w->park_lock);
    nr_worker_current_ = NULL;
    nr_runtime_worker_gone(rt);
}
