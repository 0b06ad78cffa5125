/* SPDX-License-Identifier: MIT */

/*
 * A worker whose queues are empty probes the queues of the other workers, from
 * a random one on, and the injector, before it parks. A searcher takes new work
 * at a lower cost than a thread that has to be woken for it, and work may come
 * as long as any worker runs.
 *
 * A second worker only costs where tasks wake each other one at a time. So if
 * the probes of a search found nothing, or nothing but a lone task in its last
 * probe, the next search makes half as many. After searches of the smallest
 * number a worker naps instead of sleeping (park.c). Even the shortest search
 * takes longer than a processor delays a store (idle.c). A search is also short
 * while there are sockets and no worker waits in the driver for them.
 */

#include "nanorun/rt/sched/search.h"

#include "nanorun/rt/sched/park.h"
#include "nanorun/rt/sched/shared.h"

/* The waits between two probes double up to SEARCH_HINTS_MAX spin hints.
 * NR_PROBES_MAX probes take 20 to 40 us, which is about the time that it takes
 * to wake a thread. */
enum { SEARCH_HINTS_MIN = 4, SEARCH_HINTS_MAX = 64, SEARCH_LONE_HINTS = 32 };

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled", 2016. */
static uint32_t search_random_below(nr_worker *w, uint32_t bound)
{
    w->random ^= w->random >> 12;
    w->random ^= w->random << 25;
    w->random ^= w->random >> 27;
    return (uint32_t)((w->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % bound;
}

static void search_spin(unsigned hints)
{
    while (hints-- > 0)
        nr_spin_hint();
}

/* Whether the worker begins its next poll within SEARCH_LONE_HINTS spin
 * hints. */
static bool search_is_getting_on(const nr_worker *victim)
{
    uint32_t tick = nr_load_u32_relaxed(&victim->tick);
    search_spin(SEARCH_LONE_HINTS);
    return nr_load_u32_relaxed(&victim->tick) != tick;
}

/* Steals half of the tasks of `victim`. A lone task is left to the queue's
 * owner, whose cache is warm, unless the owner is in a long poll or this is the
 * last probe. */
static nr_task *search_steal_from(nr_worker *w, nr_worker *victim, bool at_last)
{
    size_t n = nr_deque_count(&victim->local);
    size_t yielded = nr_deque_count(&victim->yielded);
    if (n + yielded == 0)
        return NULL;
    if (n + yielded == 1 && !at_last && search_is_getting_on(victim))
        return NULL;
    if (!at_last)
        w->probes = NR_PROBES_MAX;
    nr_task *task = nr_deque_steal_half(&victim->local, &w->local);
    return task ? task : nr_deque_steal(&victim->yielded);
}

/* Steals from the workers `from` to `to` - 1, from those that are awake. */
static nr_task *search_steal_from_awake(nr_worker *w, unsigned from,
                                        unsigned to, bool at_last)
{
    const nr_worker_set *awake = &w->rt->idle.awake;
    for (unsigned i = nr_worker_set_next(awake, from, to); i < to;
         i = nr_worker_set_next(awake, i + 1, to)) {
        nr_task *task = i == w->index
                            ? NULL
                            : search_steal_from(w, &w->rt->workers[i], at_last);
        if (task)
            return task;
    }
    return NULL;
}

static nr_task *search_probe(nr_worker *w, bool at_last)
{
    nr_task *task = NULL;
    unsigned count = w->rt->workers_count;
    if (nr_idle_sleepers(&w->rt->idle) + 1 < count) {
        unsigned start = search_random_below(w, count);
        task = search_steal_from_awake(w, start, count, at_last);
        if (!task)
            task = search_steal_from_awake(w, 0, start, at_last);
    }
    return task ? task : nr_worker_take_injected(w, NR_DEQUE_BATCH);
}

nr_task *nr_worker_search(nr_worker *w)
{
    nr_runtime *rt = w->rt;
    if (!nr_idle_begin_search(&rt->idle, &w->idler, rt->workers_count))
        return NULL;
    unsigned hints = SEARCH_HINTS_MIN, probes = w->probes;
    if (nr_worker_could_drive(w))
        probes = NR_PROBES_MIN;
    while (probes > 1 && nr_idle_is_any_running(&rt->idle, rt->workers_count) &&
           nr_load_u32_relaxed(&rt->stopped) == 0) {
        nr_task *task = search_probe(w, false);
        if (task)
            return task;
        search_spin(hints);
        if (hints < SEARCH_HINTS_MAX)
            hints *= 2;
        else
            nr_sys_thread_yield(); /* a busy worker may wait for this core */
        probes--;
    }
    w->probes = w->probes > 2 * NR_PROBES_MIN ? w->probes / 2 : NR_PROBES_MIN;
    return search_probe(w, true);
}
