/* SPDX-License-Identifier: MIT */

#include "nanorun/rt/internal/injector.h"

int nr_injector_init(nr_injector *q)
{
    q->first = q->last = NULL;
    q->closed = false;
    nr_store_size_relaxed(&q->count, 0);
    return nr_sys_mutex_init(&q->lock);
}

void nr_injector_deinit(nr_injector *q)
{
    nr_sys_mutex_deinit(&q->lock);
}

size_t nr_injector_count(const nr_injector *q)
{
    return nr_load_size_seq_cst(&q->count);
}

/* The store is seq_cst because the pusher looks for idle workers next
 * (rt/internal/idle.h). */
static void set_count(nr_injector *q, size_t count)
{
    nr_store_size_seq_cst(&q->count, count);
}

bool nr_injector_push(nr_injector *q, nr_task *first, nr_task *last, size_t n)
{
    nr_sys_mutex_lock(&q->lock);
    bool open = !q->closed;
    if (open) {
        last->next = NULL;
        if (q->last)
            q->last->next = first;
        else
            q->first = first;
        q->last = last;
        set_count(q, nr_load_size_relaxed(&q->count) + n);
    }
    nr_sys_mutex_unlock(&q->lock);
    return open;
}

size_t nr_injector_pop(nr_injector *q, nr_task **out, size_t n)
{
    size_t taken = 0;
    nr_sys_mutex_lock(&q->lock);
    while (taken < n && q->first) {
        out[taken++] = q->first;
        q->first = q->first->next;
    }
    if (!q->first)
        q->last = NULL;
    set_count(q, nr_load_size_relaxed(&q->count) - taken);
    nr_sys_mutex_unlock(&q->lock);
    return taken;
}

void nr_injector_close(nr_injector *q)
{
    nr_sys_mutex_lock(&q->lock);
    q->closed = true;
    nr_sys_mutex_unlock(&q->lock);
}
