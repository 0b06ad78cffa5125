/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_THREAD_WORKER_SET_H
#define NANORUN_RT_THREAD_WORKER_SET_H

/*
 * A set of workers, by index, which saves visiting all workers to find a few.
 * Zeroed, it is empty. All accesses are seq_cst, because each use is one side
 * of a protocol of the form "store, then look" (sched/idle.c, time/timers.c).
 * Threads: any.
 */

#include "nanorun/async/runtime.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/bits.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_worker_set {
    nr_atomic_u32 words[NR_WORKERS_MAX / 32];
} nr_worker_set;

static inline void nr_worker_set_add(nr_worker_set *set, unsigned index)
{
    nr_fetch_or_u32_seq_cst(&set->words[index / 32], UINT32_C(1) << index % 32);
}

static inline void nr_worker_set_remove(nr_worker_set *set, unsigned index)
{
    nr_fetch_and_u32_seq_cst(&set->words[index / 32],
                             ~(UINT32_C(1) << index % 32));
}

static inline bool nr_worker_set_has(const nr_worker_set *set, unsigned index)
{
    return nr_load_u32_seq_cst(&set->words[index / 32]) >> index % 32 & 1;
}

/* The first member from `from` on, or `count` if there is none below that. */
static inline unsigned nr_worker_set_next(const nr_worker_set *set,
                                          unsigned from, unsigned count)
{
    while (from < count) {
        uint32_t rest =
            nr_load_u32_seq_cst(&set->words[from / 32]) >> from % 32;
        if (rest) {
            unsigned next = from + nr_lowest_bit(rest);
            return next < count ? next : count;
        }
        from = (from / 32 + 1) * 32;
    }
    return count;
}

#ifdef __cplusplus
}
#endif

#endif
