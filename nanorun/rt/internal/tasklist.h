/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_TASKLIST_H
#define NANORUN_RT_INTERNAL_TASKLIST_H

/*
 * The tasks of a runtime that have not ended, so that its end reaches all of
 * them. One list, one lock a worker.
 */

#include "nanorun/rt/internal/task.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_tasklist {
    nr_sys_mutex lock;
    nr_task *first; /* lock, as is all below */
    size_t count;
    bool closed;
} nr_tasklist;

/* Returns 0 or -ENOMEM. */
int nr_tasklist_init(nr_tasklist *l);
void nr_tasklist_deinit(nr_tasklist *l);

/* Returns false when the list is closed. */
bool nr_tasklist_add(nr_tasklist *l, nr_task *task);

/* Returns whether the list was closed. */
bool nr_tasklist_remove(nr_tasklist *l, nr_task *task);

/* Takes no more from now on. Returns how many are in it. */
size_t nr_tasklist_close(nr_tasklist *l);

/* Cancels all that is in it. */
void nr_tasklist_cancel(nr_tasklist *l);

#ifdef __cplusplus
}
#endif

#endif
