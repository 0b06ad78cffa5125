/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_IDLE_H
#define NANORUN_RT_SCHED_IDLE_H

/*
 * Keeps account of which workers sleep and which search, so that new work wakes
 * one worker at most and is never left while all of them sleep. The protocol is
 * in idle.c.
 */

#include "nanorun/rt/list.h"
#include "nanorun/rt/thread/parker.h"
#include "nanorun/rt/thread/worker_set.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NR_IDLE_SLEEPER = 1 << 16, NR_IDLE_SEARCHERS = NR_IDLE_SLEEPER - 1 };

/* What other threads need of a worker in order to wake it. */
typedef struct nr_idler {
    nr_link link;      /* among the sleepers; the idle lock */
    nr_parker *parker; /* constant, as is index */
    unsigned index;
    bool is_asleep;    /* among the sleepers; the idle lock */
    bool is_searching; /* counted as a searcher */
} nr_idler;

typedef struct nr_idle {
    nr_atomic_u32 state; /* searchers in the low half, sleepers in the high */
    nr_atomic_u32 naps; /* whether a sleeper naps; a hint, pairs with nothing */
    uint32_t lock;      /* spinlock.h */
    nr_link sleepers;   /* the last to sleep comes first; lock */
    nr_worker_set awake; /* who may have work: written under the lock */
} nr_idle;

/* Initializes a zeroed nr_idle for `workers` workers, which are all awake. */
void nr_idle_init(nr_idle *idle, unsigned workers);

/* Whether no worker sleeps or searches, as a hint. */
static inline bool nr_idle_none(const nr_idle *idle)
{
    return nr_load_u32_relaxed(&idle->state) == 0;
}

/* Whether a worker may be stealing. If not, every later steal sees what the
 * caller stored by a seq_cst store before. */
static inline bool nr_idle_is_any_searching(const nr_idle *idle)
{
    return (nr_load_u32_seq_cst(&idle->state) & NR_IDLE_SEARCHERS) != 0;
}

/* Whether a worker neither sleeps nor searches, as a hint. */
bool nr_idle_is_any_running(const nr_idle *idle, unsigned workers);

/* How many workers sleep. */
static inline unsigned nr_idle_sleepers(const nr_idle *idle)
{
    return nr_load_u32_seq_cst(&idle->state) / NR_IDLE_SLEEPER;
}

/* Makes the calling sleeper the one that naps. Returns false if another
 * naps. */
static inline bool nr_idle_begin_nap(nr_idle *idle)
{
    uint32_t none = 0;
    return nr_cas_u32_seq_cst(&idle->naps, &none, 1);
}
static inline void nr_idle_end_nap(nr_idle *idle)
{
    nr_store_u32_relaxed(&idle->naps, 0);
}
static inline bool nr_idle_is_any_napping(const nr_idle *idle)
{
    return nr_load_u32_relaxed(&idle->naps) != 0;
}

static inline bool nr_idle_wants_one(const nr_idle *idle)
{
    uint32_t state = nr_load_u32_seq_cst(&idle->state);
    return state >= NR_IDLE_SLEEPER && (state & NR_IDLE_SEARCHERS) == 0;
}

/* Wakes one sleeper as a searcher, unless a worker searches already or none
 * sleeps. Called after a seq_cst store that makes work visible. Any thread. */
void nr_idle_wake_one(nr_idle *idle);
static inline void nr_idle_notify(nr_idle *idle)
{
    if (nr_idle_wants_one(idle))
        nr_idle_wake_one(idle);
}

/* Makes `w` a searcher, unless half of the workers are searchers. Returns
 * whether `w` is one. Own thread. */
bool nr_idle_begin_search(nr_idle *idle, nr_idler *w, unsigned workers);

/* Ends a search that found work; the last searcher wakes another worker. Own
 * thread. */
void nr_idle_end_search(nr_idle *idle, nr_idler *w);

/* Makes `w` a sleeper. Before it parks, it has to look at every queue once more
 * and to notify if there is work. Own thread. */
void nr_idle_enter(nr_idle *idle, nr_idler *w);

/* Takes `w` from the sleepers after its park. Afterwards w->is_searching says
 * whether nr_idle_wake_one woke it. Own thread. */
void nr_idle_leave(nr_idle *idle, nr_idler *w);

#ifdef __cplusplus
}
#endif

#endif
