/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SCHED_INJECTOR_H
#define NANORUN_RT_SCHED_INJECTOR_H

/*
 * The queue that all workers share: tasks that other threads spawn or wake, and
 * tasks that do not fit a worker's own queue. It is in order, and unbounded
 * because it is linked through the tasks.
 */

#include "nanorun/rt/sched/deque.h"
#include "nanorun/rt/task/task.h"

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

/* How many tasks there are, as a hint. The load is seq_cst as in
 * nr_deque_count. */
static inline size_t nr_injector_count(const nr_injector *q)
{
    return nr_load_size_seq_cst(&q->count);
}

/* Appends the `n` tasks from `first` to `last`, linked by `next`. Returns false
 * and changes nothing if the injector is closed. */
bool nr_injector_push(nr_injector *q, nr_task *first, nr_task *last, size_t n);

/* Appends the older half of a full queue, in order, and then `task`. If thieves
 * have made room meanwhile, only pushes the task to the queue. Called by the
 * owner of the queue. */
void nr_injector_relieve(nr_injector *q, nr_deque *full, nr_task *task);

/* Moves up to `n` of the oldest tasks to `out` and returns how many. */
size_t nr_injector_pop(nr_injector *q, nr_task **out, size_t n);

/* Refuses every later push. */
void nr_injector_close(nr_injector *q);

#ifdef __cplusplus
}
#endif

#endif
