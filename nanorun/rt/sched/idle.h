/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_IDLE_H
#define NANORUN_RT_SCHED_IDLE_H

/*
 * Which workers sleep and which search, so that work wakes at most one worker
 * and is never left with all of them asleep. The protocol is in idle.c.
 */

#include "nanorun/rt/thread/parker.h"
#include "nanorun/rt/thread/worker_set.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NR_IDLE_SLEEPER = 1 << 16, NR_IDLE_SEARCHERS = NR_IDLE_SLEEPER - 1 };

/* What the others need of a worker in order to wake it. */
typedef struct nr_idler {
    struct nr_idler *next; /* among the sleepers; the idle lock, as is prev */
    struct nr_idler *prev;
    nr_parker *parker; /* constant, as is index */
    unsigned index;
    bool is_asleep;    /* among the sleepers; the idle lock */
    bool is_searching; /* counted as a searcher */
} nr_idler;

typedef struct nr_idle {
    nr_atomic_u32 state; /* searchers in the low half, sleepers in the high */
    nr_atomic_u32 naps; /* whether a sleeper naps; a hint, pairs with nothing */
    uint32_t lock;      /* spinlock.h */
    nr_idler *sleepers; /* last to sleep first; lock */
    nr_worker_set awake; /* who may have work: written under the lock */
} nr_idle;

/* Of a zeroed one, with `workers` workers, all awake. */
void nr_idle_init(nr_idle *idle, unsigned workers);

/* Whether nobody sleeps or searches, as a hint. */
static inline bool nr_idle_none(const nr_idle *idle)
{
    return nr_load_u32_relaxed(&idle->state) == 0;
}

/* Whether anybody may be stealing. Afterwards, for who replaced something by a
 * seq_cst store before, nobody steals who has not seen that. */
static inline bool nr_idle_is_any_searching(const nr_idle *idle)
{
    return (nr_load_u32_seq_cst(&idle->state) & NR_IDLE_SEARCHERS) != 0;
}

/* Whether anybody neither sleeps nor searches, as a hint. */
bool nr_idle_is_any_running(const nr_idle *idle, unsigned workers);

/* How many sleep. */
static inline unsigned nr_idle_sleepers(const nr_idle *idle)
{
    return nr_load_u32_seq_cst(&idle->state) / NR_IDLE_SLEEPER;
}

/* Says that the calling sleeper will be back by itself soon, unless another
 * has said so. */
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

/* Wakes one sleeper as a searcher, unless somebody searches already or nobody
 * sleeps. After making work visible by a seq_cst store. Any thread. */
void nr_idle_wake_one(nr_idle *idle);
static inline void nr_idle_notify(nr_idle *idle)
{
    if (nr_idle_wants_one(idle))
        nr_idle_wake_one(idle);
}

/* Makes `w` a searcher, unless half of the workers are. Own thread. */
bool nr_idle_begin_search(nr_idle *idle, nr_idler *w, unsigned workers);

/* Ends that with work found: the last searcher wakes another. Own thread. */
void nr_idle_end_search(nr_idle *idle, nr_idler *w);

/* Puts `w` to the sleepers; then it has to look at every queue once more, and
 * to notify if there is work, before it parks. Own thread. */
void nr_idle_enter(nr_idle *idle, nr_idler *w);

/* Takes `w` from the sleepers after its park. Afterwards w->is_searching says
 * whether it was woken by nr_idle_notify. Own thread. */
void nr_idle_leave(nr_idle *idle, nr_idler *w);

#ifdef __cplusplus
}
#endif

#endif
