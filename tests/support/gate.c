/* SPDX-License-Identifier: MIT */
#include "tests/support/gate.h"

#include <stdlib.h>

void gate_init(gate *g)
{
    *g = (gate){0};
    if (nr_sys_mutex_init(&g->lock) != 0 || nr_sys_cond_init(&g->changed) != 0)
        abort();
}

void gate_deinit(gate *g)
{
    nr_sys_cond_deinit(&g->changed);
    nr_sys_mutex_deinit(&g->lock);
}

/* Under the lock. */
static void unlink_waiter(gate *g, gate_wait_future *f)
{
    gate_wait_future **link = &g->waiters;
    while (*link != f)
        link = &(*link)->next;
    *link = f->next;
    g->waiting--;
}

static nr_poll poll(nr_future *self, nr_context *cx)
{
    gate_wait_future *f = (gate_wait_future *)self;
    gate *g = f->g;
    nr_sys_mutex_lock(&g->lock);
    g->polls++;
    bool open = g->open;
    nr_waker *waker = open ? f->waker : NULL;
    if (waker) {
        unlink_waiter(g, f);
        f->waker = NULL;
    }
    if (!open) {
        if (!f->waker) {
            f->next = g->waiters;
            g->waiters = f;
            g->waiting++;
        }
        nr_waker_store(&f->waker, cx->waker);
    }
    nr_sys_cond_broadcast(&g->changed);
    nr_sys_mutex_unlock(&g->lock);
    nr_waker_drop(waker);
    return open ? NR_READY : NR_PENDING;
}

static void drop(nr_future *self)
{
    gate_wait_future *f = (gate_wait_future *)self;
    gate *g = f->g;
    nr_sys_mutex_lock(&g->lock);
    g->drops++;
    nr_waker *waker = f->waker;
    if (waker)
        unlink_waiter(g, f);
    nr_sys_cond_broadcast(&g->changed);
    nr_sys_mutex_unlock(&g->lock);
    nr_waker_drop(waker);
    nr_future_free(self);
}

static const nr_future_ops ops =
    NR_FUTURE_OPS(gate_wait_future, poll, NULL, drop);

gate_wait_future *gate_wait(gate *g)
{
    gate_wait_future *f = NR_FUTURE_NEW(gate_wait_future, &ops);
    if (f)
        f->g = g;
    return f;
}

/* Waking only marks the task and queues it; the poll comes on a worker, which
 * waits for the lock: so the lock may be held meanwhile, and must be, for a
 * waiter that is dropped takes its waker with it. */
static void wake_all(gate *g)
{
    for (gate_wait_future *f = g->waiters; f; f = f->next)
        nr_waker_wake(f->waker);
}

void gate_open(gate *g)
{
    nr_sys_mutex_lock(&g->lock);
    g->open = true;
    wake_all(g);
    nr_sys_mutex_unlock(&g->lock);
}

void gate_shut(gate *g)
{
    nr_sys_mutex_lock(&g->lock);
    g->open = false;
    nr_sys_mutex_unlock(&g->lock);
}

void gate_wake(gate *g)
{
    nr_sys_mutex_lock(&g->lock);
    wake_all(g);
    nr_sys_mutex_unlock(&g->lock);
}

void gate_block_until_waiting(gate *g, int count)
{
    nr_sys_mutex_lock(&g->lock);
    while (g->waiting < count)
        nr_sys_cond_wait(&g->changed, &g->lock);
    nr_sys_mutex_unlock(&g->lock);
}

void gate_block_until_polls(gate *g, int count)
{
    nr_sys_mutex_lock(&g->lock);
    while (g->polls < count)
        nr_sys_cond_wait(&g->changed, &g->lock);
    nr_sys_mutex_unlock(&g->lock);
}

int gate_polls(gate *g)
{
    nr_sys_mutex_lock(&g->lock);
    int polls = g->polls;
    nr_sys_mutex_unlock(&g->lock);
    return polls;
}

int gate_drops(gate *g)
{
    nr_sys_mutex_lock(&g->lock);
    int drops = g->drops;
    nr_sys_mutex_unlock(&g->lock);
    return drops;
}
