/* SPDX-License-Identifier: MIT */

#include "nanorun/rt/task/tasklist.h"

#include "nanorun/rt/task/task.h"
#include "nanorun/rt/thread/spinlock.h"

enum { TASKLIST_BATCH = 64 };

void nr_tasklist_init(nr_tasklist *l)
{
    l->lock = 0;
    nr_list_init(&l->tasks);
}

void nr_tasklist_add(nr_tasklist *l, nr_task *task)
{
    nr_spin_lock(&l->lock);
    nr_list_prepend(&l->tasks, &task->link);
    nr_spin_unlock(&l->lock);
}

void nr_tasklist_remove(nr_tasklist *l, nr_task *task)
{
    nr_spin_lock(&l->lock);
    nr_list_remove(&task->link);
    nr_spin_unlock(&l->lock);
}

/* Cancels up to TASKLIST_BATCH tasks of `from` and moves them back to the list.
 * Returns how many of them have to be pushed. */
static unsigned tasklist_cancel_some(nr_tasklist *l, nr_link *from,
                                     nr_task *to_push[TASKLIST_BATCH])
{
    unsigned n = 0;
    for (int i = 0; i < TASKLIST_BATCH && !nr_list_is_empty(from); i++) {
        nr_task *task = NR_CONTAINER_OF(from->next, nr_task, link);
        nr_list_remove(&task->link);
        nr_list_prepend(&l->tasks, &task->link);
        if (nr_task_mark_cancelled(task))
            to_push[n++] = task;
    }
    return n;
}

void nr_tasklist_cancel(nr_tasklist *l)
{
    nr_link uncancelled; /* a task that ends meanwhile leaves it */
    nr_task *to_push[TASKLIST_BATCH];
    bool comes_back;
    nr_spin_lock(&l->lock);
    nr_list_move(&uncancelled, &l->tasks);
    do {
        unsigned n = tasklist_cancel_some(l, &uncancelled, to_push);
        comes_back = !nr_list_is_empty(&uncancelled);
        nr_spin_unlock(&l->lock);
        /* A marked task does not end before it is pushed. */
        for (unsigned i = 0; i < n; i++)
            nr_task_push(to_push[i]);
        if (comes_back)
            nr_spin_lock(&l->lock);
    } while (comes_back);
}
