/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_TASKLIST_H
#define NANORUN_RT_INTERNAL_TASKLIST_H

/*
 * The tasks of a runtime that wait or have yielded, so that its end reaches
 * them. One list, one lock a worker. What was never polled is in a queue and in
 * no list, so a task that ends in its first poll has nothing to do with this.
 */

#include "nanorun/async/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_tasklist {
    uint32_t lock;  /* spinlock.h */
    nr_task *first; /* lock */
} nr_tasklist;

/* Zeroed memory is a list, too. */
void nr_tasklist_init(nr_tasklist *l);

void nr_tasklist_add(nr_tasklist *l, nr_task *task);
void nr_tasklist_remove(nr_tasklist *l, nr_task *task);

/* Cancels all that is in it. What the caller wrote before is seen by who adds a
 * task that is too late for that. */
void nr_tasklist_cancel(nr_tasklist *l);

#ifdef __cplusplus
}
#endif

#endif
