/* SPDX-License-Identifier: MIT */

#include "nanorun/rt/sched/worker.h"

#include "nanorun/rt/sched/shared.h"

int nr_worker_init(nr_worker *w, nr_runtime *rt, unsigned index, uint64_t seed)
{
    w->rt = rt;
    w->index = (uint16_t)index;
    w->due = w->look_tick = w->look_every = NR_LOOK_EVERY_FIRST;
    w->probes = NR_PROBES_MAX;
    w->random = (seed + index + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    int error = nr_parker_init(&w->parker, &rt->driver);
    if (error)
        return error;
    w->idler.parker = &w->parker;
    w->idler.index = index;
    w->timers = &rt->wheels.timers[index];
    w->timers->parker = &w->parker;
    nr_tasklist_init(&w->scheduler.tasks);
    w->scheduler.settle = nr_timers_settle;
    w->scheduler.wheels = &rt->wheels;
    w->scheduler.closing = &rt->closing;
    return 0;
}

void nr_worker_deinit(nr_worker *w)
{
    nr_deque_deinit(&w->local);
    nr_deque_deinit(&w->yielded);
    nr_parker_deinit(&w->parker);
}

/* ---- queueing ---- */

/* Replaces the ring of a queue, and frees the old ones if no worker searches:
 * only searchers steal (idle.c). The new ring was stored by a seq_cst store, so
 * a search that begins after the load in nr_idle_is_any_searching finds it.
 * That load acquires from the searches that have ended. */
static bool worker_resize(nr_worker *w, nr_deque *queue, size_t size)
{
    bool is_resized = nr_deque_resize(queue, size);
    if (!nr_idle_is_any_searching(&w->rt->idle))
        nr_deque_free_outgrown(queue);
    return is_resized;
}

void nr_worker_push_to_full_(nr_worker *w, nr_deque *queue, nr_task *task)
{
    if (worker_resize(w, queue, 2 * nr_deque_size(queue)))
        nr_deque_push(queue, task);
    else
        nr_injector_relieve(&w->rt->injector, queue, task);
}

/* Gives the memory of a burst back after its tasks. */
void nr_worker_shrink_(nr_worker *w, nr_deque *queue)
{
    size_t size = nr_deque_size(queue), count = nr_deque_count(queue);
    if (count >= size / 8)
        return;
    while (size > NR_DEQUE_SIZE && count < size / 4)
        size /= 2;
    worker_resize(w, queue, size);
}

void nr_worker_announce(nr_worker *w)
{
    w->has_pushed = false;
    nr_deque_publish(&w->local);
    nr_idle_notify(&w->rt->idle);
}

void nr_worker_push(nr_worker *w, nr_task *task)
{
    nr_worker_push_to(w, &w->local, task);
    if (w->dispatching)
        return; /* the whole batch is announced after it */
    /* If all workers run, the next one to go idle searches and finds the task.
     * If one naps, it will find a lone task. In both cases the task is
     * announced when this poll has ended (idle.c). */
    const nr_idle *idle = &w->rt->idle;
    w->has_pushed = nr_idle_none(idle) || (nr_idle_is_any_napping(idle) &&
                                           nr_deque_count(&w->local) == 1);
    if (!w->has_pushed)
        nr_worker_announce(w);
}

/* Takes a fair share of the injector, `most` tasks at most. Returns the oldest
 * and pushes the others to the worker's own queue. */
nr_task *nr_worker_take_share_(nr_worker *w, size_t most)
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
        nr_worker_push_to(w, &w->local, batch[--n]);
    /* A worker that was woken for them may have looked while they were in no
     * queue. */
    nr_worker_announce(w);
    return batch[0];
}
