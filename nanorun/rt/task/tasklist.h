/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TASK_TASKLIST_H
#define NANORUN_RT_TASK_TASKLIST_H

/*
 * Lists of the tasks of a runtime, so that the runtime's end can cancel them.
 * Each worker has one, with a lock of its own. A task enters the list of the
 * worker that polls it first, after that poll, and stays in it until it ends. A
 * task that was never polled is in a queue and in no list, so a task that ends
 * in its first poll never touches a list.
 */

#include <stdint.h>

#include "nanorun/rt/list.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_tasklist {
    uint32_t lock; /* spinlock.h */
    nr_link tasks; /* lock */
} nr_tasklist;

void nr_tasklist_init(nr_tasklist *l);

/* add and remove take the link of a task. */
void nr_tasklist_add(nr_tasklist *l, nr_link *task);
void nr_tasklist_remove(nr_tasklist *l, nr_link *task);

#ifdef __cplusplus
}
#endif

#endif
