/* SPDX-License-Identifier: MIT */

/*
 * Store, then look, on both sides; all four are seq_cst:
 *
 *   who has made work               a worker that goes to sleep
 *   queue := work                   sleepers + 1, searchers - 1   (enter)
 *   look at sleepers, searchers     look at every queue
 *   none searches, one sleeps:      there is work:
 *     wake one                        wake one (it may be itself)
 *
 * Their order forbids that the first sees no sleeper and the second no work.
 * A look at every queue is one at the injector and at the queues of the workers
 * that are awake. The queues of a sleeper are empty, unless it waits in the
 * driver, which has filled them: then it joins the set `awake` and looks at the
 * sleepers, like any worker that has made work.
 * For a worker's own queue the store is nr_deque_publish, or a pop that leaves
 * something behind: once a poll, after it, not once a push. A push is followed
 * by a relaxed look only, mostly right, as who searches does so for longer than
 * a store is late (nr_worker_push, search.c): so work that a long poll makes
 * finds helpers at once, or soon where one naps, and what is missed is made
 * good when the poll ends.
 *
 * Work that is made while somebody searches wakes nobody: the searcher finds
 * it, or it is that worker's look after it stopped searching that does. A
 * searcher that finds work stops searching; the last that does wakes another,
 * as there may be more where that came from (nr_idle_end_search). So a burst
 * wakes workers one by one, each by the one before, and no herd.
 *
 * Where tasks make each other one at a time, there is always one in a queue and
 * never one for a second worker. So who has searched in vain some times, while
 * many polls were made, naps: it sleeps for a millisecond at most, if the
 * system's timers are as fine (park.c). As long as it does, a task that is
 * alone in the queue of who pushes it wakes nobody: when the poll ends its
 * owner takes it, and of a long poll the napper does. A second one wakes a
 * sleeper.
 *
 * A woken worker is counted as a searcher by who wakes it, before it runs, so
 * that the next notify does not wake a second one for the same work.
 */

#include "nanorun/rt/sched/idle.h"

#include "nanorun/rt/thread/spinlock.h"

enum { IDLE_SEARCHER = 1 };

void nr_idle_init(nr_idle *idle, unsigned workers)
{
    for (unsigned i = 0; i < workers; i++)
        nr_worker_set_add(&idle->awake, i);
}

bool nr_idle_is_any_running(const nr_idle *idle, unsigned workers)
{
    uint32_t state = nr_load_u32_relaxed(&idle->state);
    return (state & NR_IDLE_SEARCHERS) + state / NR_IDLE_SLEEPER < workers;
}

static void idle_unlink_sleeper(nr_idle *idle, nr_idler *w)
{
    if (w->prev)
        w->prev->next = w->next;
    else
        idle->sleepers = w->next;
    if (w->next)
        w->next->prev = w->prev;
    w->is_asleep = false;
}

void nr_idle_wake_one(nr_idle *idle)
{
    nr_spin_lock(&idle->lock);
    nr_idler *w = nr_idle_wants_one(idle) ? idle->sleepers : NULL;
    if (w) {
        idle_unlink_sleeper(idle, w);
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
    w->prev = NULL;
    w->next = idle->sleepers;
    if (idle->sleepers)
        idle->sleepers->prev = w;
    idle->sleepers = w;
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
        idle_unlink_sleeper(idle, w);
        nr_fetch_sub_u32_seq_cst(&idle->state, NR_IDLE_SLEEPER);
    }
    nr_worker_set_add(&idle->awake, w->index);
    nr_spin_unlock(&idle->lock);
}
