/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_INJECTOR_H
#define NANORUN_RT_INTERNAL_INJECTOR_H

/*
 * The queue that all workers share, in order: tasks woken by other threads,
 * and what does not fit a worker's own queue. It takes any number, as it is
 * linked through the tasks. Under a spin lock, as a mutex would put threads to
 * sleep, and wake them, for what takes a few lines.
 */

#include "nanorun/rt/internal/deque.h"
#include "nanorun/rt/internal/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_injector {
    uint32_t lock; /* spinlock.h */
    bool closed;   /* lock, as are first and last */
    nr_task *first;
    nr_task *last;
    nr_atomic_size count; /* written under the lock, read by any */
} nr_injector;

void nr_injector_init(nr_injector *q);

/* How many there are, for a look; seq_cst as nr_deque_count is. */
static inline size_t nr_injector_count(const nr_injector *q)
{
    return nr_load_size_seq_cst(&q->count);
}

/* Appends the `n` tasks from `first` to `last`, linked by `next`. False when
 * it is closed: nothing was touched. */
bool nr_injector_push(nr_injector *q, nr_task *first, nr_task *last, size_t n);

/* Appends the older half of a full queue, in order, and `task` behind it; if
 * thieves have made room, the task goes to the queue. Owner of that only. */
void nr_injector_relieve(nr_injector *q, nr_deque *full, nr_task *task);

/* Takes up to `n` of the oldest into `out`, and returns how many. */
size_t nr_injector_pop(nr_injector *q, nr_task **out, size_t n);

/* Takes no more from now on. */
void nr_injector_close(nr_injector *q);

#ifdef __cplusplus
}
#endif

#endif
