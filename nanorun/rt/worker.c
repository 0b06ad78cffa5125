/* SPDX-License-Identifier: MIT */

/*
 * What a worker runs next:
 *
 *   1. every 61st time: a look at the driver, then one of the injector
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

enum { INJECTOR_EVERY = 61, OLDEST_EVERY = 31 };

/* How long a searcher goes on while others run: PROBES_MAX looks, with waits
 * between that double up to HINTS_MAX spin hints; 20 to 40 us, as long as it
 * takes to wake a thread. */
enum { PROBES_MAX = 16, HINTS_MIN = 4, HINTS_MAX = 64, LONE_HINTS = 32 };

NR_THREAD_LOCAL nr_worker *nr_worker_current_;

int nr_worker_init(nr_worker *w, nr_runtime *rt, unsigned index, uint64_t seed)
{
    w->rt = rt;
    w->index = (uint16_t)index;
    w->due = OLDEST_EVERY;
    w->probes = PROBES_MAX;
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

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled", 2016. */
static uint32_t random_below(nr_worker *w, uint32_t bound)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return (uint32_t)((w->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % bound;
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

static nr_task *take_injected(nr_worker *w, size_t most)
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

/* Not the newest first, for once. */
static nr_task *take_due(nr_worker *w)
{
    uint32_t tick = nr_load_u32_relaxed(&w->tick);
    bool is_injectors = tick % INJECTOR_EVERY == 0;
    uint32_t oldest = tick + OLDEST_EVERY - tick % OLDEST_EVERY;
    uint32_t injected = tick + INJECTOR_EVERY - tick % INJECTOR_EVERY;
    w->due = oldest < injected ? oldest : injected;
    if (w->has_pushed)
        nr_deque_publish(&w->local);
    shrink(w, &w->local);
    shrink(w, &w->yielded);
    if (!is_injectors)
        return take_oldest(w);
    nr_worker_look(w);
    /* One: a share on top of what is queued would be the newest. */
    return take_injected(w, 1);
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
        task = take_injected(w, NR_DEQUE_BATCH);
    if (!task)
        task = take_yielded(w);
    return task;
}

/* ---- searching ---- */

static void spin(unsigned hints)
{
    while (hints-- > 0)
        nr_spin_hint();
}

/* Whether the worker comes to its next poll soon. */
static bool is_getting_on(const nr_worker *victim)
{
    uint32_t tick = nr_load_u32_relaxed(&victim->tick);
    spin(LONE_HINTS);
    return nr_load_u32_relaxed(&victim->tick) != tick;
}

/* What is alone in a queue its owner takes next, from its own cache, unless it
 * is in a long poll: then, or `at_last`, a thief does, and by then there may be
 * more. */
static nr_task *steal_from(nr_worker *w, nr_worker *victim, bool at_last)
{
    size_t n = nr_deque_count(&victim->local);
    size_t yielded = nr_deque_count(&victim->yielded);
    if (n + yielded == 0)
        return NULL;
    if (n + yielded == 1 && !at_last && is_getting_on(victim))
        return NULL;
    if (!at_last)
        w->probes = PROBES_MAX;
    nr_task *task = nr_deque_steal_half(&victim->local, &w->local);
    return task ? task : nr_deque_steal(&victim->yielded);
}

/* From those of the workers `from` to `to` - 1 that are awake. */
static nr_task *steal_from_awake(nr_worker *w, unsigned from, unsigned to,
                                 bool at_last)
{
    const nr_worker_set *awake = &w->rt->idle.awake;
    for (unsigned i = nr_worker_set_next(awake, from, to); i < to;
         i = nr_worker_set_next(awake, i + 1, to)) {
        nr_task *task =
            i == w->index ? NULL : steal_from(w, &w->rt->workers[i], at_last);
        if (task)
            return task;
    }
    return NULL;
}

static nr_task *probe(nr_worker *w, bool at_last)
{
    nr_task *task = NULL;
    unsigned count = w->rt->workers_count;
    if (nr_idle_sleepers(&w->rt->idle) + 1 < count) {
        unsigned start = random_below(w, count);
        task = steal_from_awake(w, start, count, at_last);
        if (!task)
            task = steal_from_awake(w, 0, start, at_last);
    }
    return task ? task : take_injected(w, NR_DEQUE_BATCH);
}

/* Work may come as long as somebody runs, and a thread that is here takes it
 * for less than one that is woken. Each time that none comes, or no more than
 * one task, it is given half as long, as where tasks wake each other one at a
 * time a second worker only costs; then it naps (park.c). The least is still
 * longer than a processor holds a store back. Sockets do not wait for it. */
static nr_task *search(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    if (!nr_idle_begin_search(&rt->idle, w, rt->workers_count))
        return NULL;
    unsigned hints = HINTS_MIN, probes = w->probes;
    if (nr_worker_could_drive(w))
        probes = NR_PROBES_MIN;
    while (probes > 1 && nr_idle_is_any_running(&rt->idle, rt->workers_count) &&
           nr_load_u32_relaxed(&rt->stopped) == 0) {
        nr_task *task = probe(w, false);
        if (task)
            return task;
        spin(hints);
        if (hints < HINTS_MAX)
            hints *= 2;
        else
            nr_sys_thread_yield(); /* who runs may be waiting for our core */
        probes--;
    }
    w->probes = w->probes > 2 * NR_PROBES_MIN ? w->probes / 2 : NR_PROBES_MIN;
    return probe(w, true);
}

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

/* ---- the loop ---- */

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
            task = search(w);
            has_rested = true;
        }
        if (!task) {
            rest(w);
            continue;
        }
        if (has_rested || w->searching)
            announce(w);
        has_rested = false;
        run(w, task);
    }
    nr_frame_cache_close();
    nr_sys_mutex_lock(&w->park_lock);
    w->exited = true;
    nr_sys_mutex_unlock(&w->park_lock);
    nr_worker_current_ = NULL;
    nr_runtime_worker_gone(rt);
}
