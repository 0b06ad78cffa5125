/* SPDX-License-Identifier: MIT */

#include "nanorun/rt/task/tasklist.h"

#include "nanorun/rt/thread/spinlock.h"

void nr_tasklist_init(nr_tasklist *l)
{
    l->lock = 0;
    nr_list_init(&l->tasks);
}

void nr_tasklist_add(nr_tasklist *l, nr_link *task)
{
    nr_spin_lock(&l->lock);
    nr_list_prepend(&l->tasks, task);
    nr_spin_unlock(&l->lock);
}

void nr_tasklist_remove(nr_tasklist *l, nr_link *task)
{
    nr_spin_lock(&l->lock);
    nr_list_remove(task);
    nr_spin_unlock(&l->lock);
}
