/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/sched/search.h"

#include "nanorun/rt/sched/park.h"
#include "nanorun/rt/sched/shared.h"

/* The searcher makes NR_PROBES_MAX probes at most, with waits between that
 * double up to SEARCH_HINTS_MAX spin hints: 20 to 40 us, as long as it takes to
 * wake a thread. */
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

/* Whether the worker comes to its next poll soon. */
static bool search_is_getting_on(const nr_worker *victim)
{
    uint32_t tick = nr_load_u32_relaxed(&victim->tick);
    search_spin(SEARCH_LONE_HINTS);
    return nr_load_u32_relaxed(&victim->tick) != tick;
}

/* Half of the tasks of `victim`. A lone task is left to the queue's owner,
 * whose cache is warm, unless the owner is in a long poll or the thief looks
 * for the last time. */
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

/* A searcher takes new work for less than a thread that is woken for it, and
 * work may come as long as any worker runs. After a search that found nothing,
 * or found one task at a time, the next one is half as long, because a second
 * worker only costs where tasks wake each other one at a time; after the
 * shortest, the worker naps (park.c). The shortest search is still longer than
 * a processor holds a store back. A search is short, too, while sockets wait
 * for a driver. */
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
            nr_sys_thread_yield(); /* who runs may be waiting for our core */
        probes--;
    }
    w->probes = w->probes > 2 * NR_PROBES_MIN ? w->probes / 2 : NR_PROBES_MIN;
    return search_probe(w, true);
}
