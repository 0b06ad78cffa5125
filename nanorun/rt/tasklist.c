/* SPDX-License-Identifier: MIT */

#include "nanorun/rt/internal/tasklist.h"

int nr_tasklist_init(nr_tasklist *l)
{
    l->first = NULL;
    l->count = 0;
    l->closed = false;
    return nr_sys_mutex_init(&l->lock);
}

void nr_tasklist_deinit(nr_tasklist *l)
{
    nr_sys_mutex_deinit(&l->lock);
}

bool nr_tasklist_add(nr_tasklist *l, nr_task *task)
{
    nr_sys_mutex_lock(&l->lock);
    bool open = !l->closed;
    if (open) {
        task->list_next = l->first;
        task->list_place = &l->first;
        if (l->first)
            l->first->list_place = &task->list_next;
        l->first = task;
        l->count++;
    }
    nr_sys_mutex_unlock(&l->lock);
    return open;
}

bool nr_tasklist_remove(nr_tasklist *l, nr_task *task)
{
    nr_sys_mutex_lock(&l->lock);
    *task->list_place = task->list_next;
    if (task->list_next)
        task->list_next->list_place = task->list_place;
    l->count--;
    bool closed = l->closed;
    nr_sys_mutex_unlock(&l->lock);
    return closed;
}

size_t nr_tasklist_close(nr_tasklist *l)
{
    nr_sys_mutex_lock(&l->lock);
    l->closed = true;
    size_t count = l->count;
    nr_sys_mutex_unlock(&l->lock);
    return count;
}

void nr_tasklist_cancel(nr_tasklist *l)
{
    nr_sys_mutex_lock(&l->lock);
    /* Under the lock: what is in the list has a reference until it leaves. */
    for (nr_task *task = l->first; task; task = task->list_next)
        nr_task_cancel(task);
    nr_sys_mutex_unlock(&l->lock);
}
