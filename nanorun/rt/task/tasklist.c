/* SPDX-License-Identifier: MIT */

#include "nanorun/rt/task/tasklist.h"

#include "nanorun/rt/task/task.h"
#include "nanorun/rt/thread/spinlock.h"

enum { TASKLIST_BATCH = 64 };

void nr_tasklist_init(nr_tasklist *l)
{
    l->lock = 0;
    l->first = NULL;
}

/* Makes the task the first of the list at `first`. */
static void tasklist_link(nr_task **first, nr_task *task)
{
    task->list_next = *first;
    task->list_place = first;
    if (*first)
        (*first)->list_place = &task->list_next;
    *first = task;
}

static void tasklist_unlink(nr_task *task)
{
    *task->list_place = task->list_next;
    if (task->list_next)
        task->list_next->list_place = task->list_place;
}

void nr_tasklist_add(nr_tasklist *l, nr_task *task)
{
    nr_spin_lock(&l->lock);
    tasklist_link(&l->first, task);
    nr_spin_unlock(&l->lock);
}

void nr_tasklist_remove(nr_tasklist *l, nr_task *task)
{
    nr_spin_lock(&l->lock);
    tasklist_unlink(task);
    nr_spin_unlock(&l->lock);
}

/* Cancels up to TASKLIST_BATCH tasks of `from` and moves them back to the list.
 * Returns how many of them have to be pushed. */
static unsigned tasklist_cancel_some(nr_tasklist *l, nr_task **from,
                                     nr_task *to_push[TASKLIST_BATCH])
{
    unsigned n = 0;
    for (int i = 0; i < TASKLIST_BATCH && *from; i++) {
        nr_task *task = *from;
        tasklist_unlink(task);
        tasklist_link(&l->first, task);
        if (nr_task_mark_cancelled(task))
            to_push[n++] = task;
    }
    return n;
}

void nr_tasklist_cancel(nr_tasklist *l)
{
    nr_task *uncancelled = NULL; /* a task that ends meanwhile leaves it */
    nr_task *to_push[TASKLIST_BATCH];
    bool comes_back;
    nr_spin_lock(&l->lock);
    if (l->first) {
        uncancelled = l->first;
        uncancelled->list_place = &uncancelled;
        l->first = NULL;
    }
    do {
        unsigned n = tasklist_cancel_some(l, &uncancelled, to_push);
        comes_back = uncancelled;
        nr_spin_unlock(&l->lock);
        /* A marked task does not end before it is pushed. */
        for (unsigned i = 0; i < n; i++)
            nr_task_push(to_push[i]);
        if (comes_back)
            nr_spin_lock(&l->lock);
    } while (comes_back);
}
