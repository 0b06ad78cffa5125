/* SPDX-License-Identifier: MIT */

#include "nanorun/rt/sched/injector.h"

#include "nanorun/rt/thread/spinlock.h"

void nr_injector_init(nr_injector *q)
{
    q->lock = 0;
    q->first = q->last = NULL;
    q->closed = false;
    nr_store_size_relaxed(&q->count, 0);
}

/* seq_cst, because a pushing thread looks for idle workers next (idle.c). */
static void injector_set_count(nr_injector *q, size_t count)
{
    nr_store_size_seq_cst(&q->count, count);
}

bool nr_injector_push(nr_injector *q, nr_task *first, nr_task *last, size_t n)
{
    nr_spin_lock(&q->lock);
    bool open = !q->closed;
    if (open) {
        last->next = NULL;
        if (q->last)
            q->last->next = first;
        else
            q->first = first;
        q->last = last;
        injector_set_count(q, nr_load_size_relaxed(&q->count) + n);
    }
    nr_spin_unlock(&q->lock);
    return open;
}

void nr_injector_relieve(nr_injector *q, nr_deque *full, nr_task *task)
{
    void *older[NR_DEQUE_SIZE / 2];
    size_t n = sizeof older / sizeof older[0];
    while (!nr_deque_take(full, older, n)) {
        if (nr_deque_push(full, task))
            return;
    }
    for (size_t i = 0; i + 1 < n; i++)
        ((nr_task *)older[i])->next = older[i + 1];
    ((nr_task *)older[n - 1])->next = task;
    /* This cannot fail: the injector is closed after the last worker has ended.
     */
    nr_injector_push(q, older[0], task, n + 1);
}

size_t nr_injector_pop(nr_injector *q, nr_task **out, size_t n)
{
    size_t taken = 0;
    nr_spin_lock(&q->lock);
    while (taken < n && q->first) {
        out[taken++] = q->first;
        q->first = q->first->next;
    }
    if (!q->first)
        q->last = NULL;
    injector_set_count(q, nr_load_size_relaxed(&q->count) - taken);
    nr_spin_unlock(&q->lock);
    return taken;
}

void nr_injector_close(nr_injector *q)
{
    nr_spin_lock(&q->lock);
    q->closed = true;
    nr_spin_unlock(&q->lock);
}
