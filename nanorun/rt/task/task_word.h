/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TASK_TASK_WORD_H
#define NANORUN_RT_TASK_TASK_WORD_H

/*
 * The bits of a task's state word, which the head of task.c explains. Only
 * task.c and task_handle.c include this header.
 */

#include "nanorun/rt/thread/spinlock.h"
#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    QUEUED = 1,
    RUNNING = 2,
    ENDED = 4,
    JOINER = 8,
    LOCKED = 16,
    CANCEL = 32,
    ABORTED = 64,
    REFERENCE = 128
};

/* Waits until the word is not LOCKED and returns it. Only for the holder of the
 * handle. */
static inline uint32_t nr_task_unlocked_(const nr_atomic_u32 *word)
{
    /* acquire: pairs with task_end and with the releases of other
     * references. */
    uint32_t state = nr_load_u32_acquire(word);
    while (NR_RARELY_(state & LOCKED))
        state = nr_spin_wait(word, LOCKED);
    return state;
}

#ifdef __cplusplus
}
#endif

#endif
