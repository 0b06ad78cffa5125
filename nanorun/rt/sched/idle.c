/* SPDX-License-Identifier: MIT */

/*
 * No task is left in a queue while all workers sleep. Both sides store, then
 * look; all four accesses are seq_cst:
 *
 *   a thread that has made work     a worker that goes to sleep
 *   queue := work                   sleepers + 1, searchers - 1   (enter)
 *   look at sleepers, searchers     look at every queue
 *   none searches, one sleeps:      there is work:
 *     wake one                        wake one (it may be itself)
 *
 * The order forbids the outcome in which the first sees no sleeper and the
 * second sees no work. "Every queue" is the injector and the queues of the
 * workers in the set `awake`. The queues of a sleeper are empty, unless it
 * waits in the driver, which has filled them. Such a worker joins `awake` and
 * then looks at the sleepers, like any thread that has made work.
 *
 * For a worker's own queue the store is nr_deque_publish, or a pop that leaves
 * items; it comes once after each poll, not with each push. A push takes a
 * relaxed look at `state` (nr_worker_push). If that shows a sleeper or a
 * searcher, the push publishes and notifies at once, so the tasks that a long
 * poll makes find helpers. The look seldom misses a sleeper, because a worker
 * searches before it sleeps, for longer than a processor delays a store. What
 * it misses is made good after the poll.
 *
 * Work that is made while a worker searches wakes nobody: the searcher finds
 * it, either by a probe or by its look after it stopped searching. A searcher
 * that finds work stops searching; the last one to do so wakes another worker,
 * because there may be more work (nr_idle_end_search). So a burst of work wakes
 * workers one after the other, not all at once.
 *
 * Where each task makes the next one, there is always one task in a queue and
 * never one for a second worker. So a worker naps if it has searched in vain
 * several times while others made many polls: it sleeps for a millisecond at
 * most, or as long as the system's timers are coarse (park.c). While a worker
 * naps, a task that is alone in its pusher's queue wakes nobody: the owner
 * takes it after the poll, and if the poll is long, the napping worker does. A
 * second task in that queue wakes a sleeper.
 *
 * The thread that wakes a worker counts it as a searcher before it runs, so
 * that the next notify does not wake a second worker for the same work.
 */

#include "nanorun/rt/sched/idle.h"

#include "nanorun/rt/thread/spinlock.h"

enum { IDLE_SEARCHER = 1 };

void nr_idle_init(nr_idle *idle, unsigned workers)
{
    nr_list_init(&idle->sleepers);
    for (unsigned i = 0; i < workers; i++)
        nr_worker_set_add(&idle->awake, i);
}

bool nr_idle_is_any_running(const nr_idle *idle, unsigned workers)
{
    uint32_t state = nr_load_u32_relaxed(&idle->state);
    return (state & NR_IDLE_SEARCHERS) + state / NR_IDLE_SLEEPER < workers;
}

void nr_idle_wake_one(nr_idle *idle)
{
    nr_spin_lock(&idle->lock);
    nr_idler *w = NULL;
    if (nr_idle_wants_one(idle)) {
        w = NR_CONTAINER_OF(idle->sleepers.next, nr_idler, link);
        nr_list_remove(&w->link);
        w->is_asleep = false;
        w->is_searching = true; /* read by w after it has had the lock */
        nr_fetch_sub_u32_seq_cst(&idle->state, NR_IDLE_SLEEPER - IDLE_SEARCHER);
    }
    nr_spin_unlock(&idle->lock);
    if (w)
        nr_parker_unpark(w->parker);
}

bool nr_idle_begin_search(nr_idle *idle, nr_idler *w, unsigned workers)
{
    if (w->is_searching)
        return true;
    /* Relaxed: the limit is only about cost. */
    uint32_t state = nr_load_u32_relaxed(&idle->state);
    if (2 * (state & NR_IDLE_SEARCHERS) >= workers)
        return false;
    nr_fetch_add_u32_seq_cst(&idle->state, IDLE_SEARCHER);
    w->is_searching = true;
    return true;
}

void nr_idle_end_search(nr_idle *idle, nr_idler *w)
{
    w->is_searching = false;
    uint32_t old = nr_fetch_sub_u32_seq_cst(&idle->state, IDLE_SEARCHER);
    if ((old & NR_IDLE_SEARCHERS) == IDLE_SEARCHER)
        nr_idle_notify(idle);
}

void nr_idle_enter(nr_idle *idle, nr_idler *w)
{
    nr_spin_lock(&idle->lock);
    nr_list_prepend(&idle->sleepers, &w->link);
    w->is_asleep = true;
    nr_fetch_add_u32_seq_cst(&idle->state, w->is_searching
                                               ? NR_IDLE_SLEEPER - IDLE_SEARCHER
                                               : NR_IDLE_SLEEPER);
    w->is_searching = false;
    nr_worker_set_remove(&idle->awake, w->index);
    nr_spin_unlock(&idle->lock);
}

void nr_idle_leave(nr_idle *idle, nr_idler *w)
{
    nr_spin_lock(&idle->lock);
    if (w->is_asleep) {
        nr_list_remove(&w->link);
        w->is_asleep = false;
        nr_fetch_sub_u32_seq_cst(&idle->state, NR_IDLE_SLEEPER);
    }
    nr_worker_set_add(&idle->awake, w->index);
    nr_spin_unlock(&idle->lock);
}
