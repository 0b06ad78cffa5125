/* SPDX-License-Identifier: MIT */

/*
 * How work gets onto a runtime: SPAWN, SPAWN_ON, and BLOCK_ON, which waits in
 * a plain thread for a task of its own.
 */

#include <errno.h>
#include <string.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/internal/chain.h"
#include "nanorun/rt/internal/runtime.h"
#include "nanorun/sys/die.h"

bool nr_context_spend(nr_context *cx)
{
    if (cx->budget == 0) {
        cx->yielded = true;
        return false;
    }
    cx->budget--;
    return true;
}

/* Spawns as the worker `w`. */
static nr_task *spawn_inside(nr_worker *w, nr_future *future)
{
    nr_task *task = future ? nr_task_create(future) : NULL;
    if (!task)
        return nr_task_starved();
    /* Relaxed: counted before its spawner's end, which releases it. */
    nr_store_size_relaxed(&w->spawned, nr_load_size_relaxed(&w->spawned) + 1);
    nr_worker_push(w, task);
    return task;
}

/* Spawns on `rt`, which a reference of the caller's keeps, from no worker of
 * it. */
static nr_task *spawn_outside(nr_runtime *rt, nr_future *future)
{
    nr_task *task = future ? nr_task_create(future) : NULL;
    if (!task)
        return nr_task_starved();
    if (nr_runtime_enter(rt) &&
        nr_injector_push(&rt->injector, task, task, 1)) {
        nr_idle_notify(&rt->idle);
    } else {
        nr_task_refuse(task);
        nr_task_release(task);
    }
    return task;
}

void *nr_spawn_(nr_future *future, const char *place)
{
    nr_worker *w = nr_worker_current();
    if (!w || !w->task)
        nr_sys_die("SPAWN outside a task, use SPAWN_ON", place);
    return spawn_inside(w, future);
}

void *nr_spawn_on_(nr_handle *h, nr_future *future, const char *place)
{
    if (!h)
        nr_sys_die("SPAWN_ON with a NULL handle", place);
    nr_runtime *rt = (nr_runtime *)(void *)h;
    nr_worker *w = nr_worker_current();
    return w && w->rt == rt ? spawn_inside(w, future)
                            : spawn_outside(rt, future);
}

/* ---- waiting from outside ---- */

/* On the stack of the thread that waits. */
typedef struct wait {
    nr_sys_mutex lock;
    nr_sys_cond changed;
    bool has_ended; /* lock, as is error */
    int error;
} wait;

/* What runs as the task: one branch, whose end it reports. */
typedef struct blocking {
    nr_future base;
    nr_unit result;
    nr_branch branch;
    wait *waiter; /* NULL: has been told */
} blocking;

static void report(blocking *f)
{
    wait *w = f->waiter;
    int error = f->branch.chain.ended ? nr_branch_take(&f->branch) : -ECANCELED;
    f->waiter = NULL;
    /* First: what the call refers to may end when BLOCK_ON returns. */
    nr_chain_drop(&f->branch.chain);
    nr_sys_mutex_lock(&w->lock);
    w->error = error;
    w->has_ended = true;
    nr_sys_cond_signal(&w->changed); /* under the lock: *w ends with it */
    nr_sys_mutex_unlock(&w->lock);
}

static nr_poll blocking_poll(nr_future *self, nr_context *cx)
{
    blocking *f = (blocking *)self;
    nr_poll answer = nr_chain_poll(&f->branch.chain, cx);
    if (answer == NR_READY)
        report(f);
    return answer;
}

static nr_poll blocking_cancel(nr_future *self, nr_context *cx)
{
    blocking *f = (blocking *)self;
    nr_poll answer = nr_chain_unwind(&f->branch.chain, cx);
    if (answer == NR_READY)
        report(f);
    return answer;
}

static void blocking_drop(nr_future *self)
{
    blocking *f = (blocking *)self;
    if (f->waiter) /* freed without having run to its end */
        report(f);
    nr_chain_drop(&f->branch.chain);
    nr_future_free(self);
}

static const nr_future_ops blocking_ops =
    NR_FUTURE_OPS(blocking, blocking_poll, blocking_cancel, blocking_drop);

/* Runs the future to its end. Returns 0, -ENOMEM or -ECANCELED. */
static int block_on(nr_runtime *rt, nr_future *future, void *out, size_t offset,
                    size_t size)
{
    wait w = {.has_ended = false};
    if (nr_sys_mutex_init(&w.lock))
        return -ENOMEM;
    if (nr_sys_cond_init(&w.changed)) {
        nr_sys_mutex_deinit(&w.lock);
        return -ENOMEM;
    }
    nr_spawn_begin_();
    blocking *f = NR_FUTURE_NEW(blocking, &blocking_ops);
    if (f) {
        nr_branch_init(&f->branch, future, out, offset, size);
        f->waiter = &w;
        /* The reference: who ends the runtime may be another thread. */
        nr_handle *h = nr_runtime_handle(rt);
        nr_task *task = spawn_outside(rt, &f->base);
        nr_handle_release(h);
        if (task != nr_task_starved())
            nr_task_detach(task);
        nr_sys_mutex_lock(&w.lock);
        while (!w.has_ended)
            nr_sys_cond_wait(&w.changed, &w.lock);
        nr_sys_mutex_unlock(&w.lock);
    } else {
        nr_future_drop(future);
        w.error = -ENOMEM;
    }
    nr_sys_cond_deinit(&w.changed);
    nr_sys_mutex_deinit(&w.lock);
    return w.error;
}

nr_runtime *nr_runtime_check_(nr_runtime *rt, const char *place)
{
    if (!rt)
        nr_sys_die("BLOCK_ON with a NULL runtime", place);
    return rt;
}

void *nr_block_on_(nr_runtime *rt, nr_future *future, void *out, size_t offset,
                   size_t size, const char *who, const char *place)
{
    bool is_block_on = strcmp(who, "RUN") != 0;
    if (nr_worker_current())
        nr_sys_die(is_block_on ? "BLOCK_ON inside a task, use AWAIT"
                               : "RUN inside a task, use AWAIT",
                   place);
    nr_runtime *own = rt ? NULL : nr_runtime_create(NULL);
    if (!rt && !own)
        nr_sys_die("RUN: no runtime could be made", place);
    int error = block_on(rt ? rt : own, future, out, offset, size);
    nr_runtime_destroy(own);
    if (error == -ENOMEM)
        nr_sys_die(is_block_on ? "BLOCK_ON: out of memory"
                               : "RUN: out of memory",
                   place);
    if (error)
        nr_sys_die(is_block_on
                       ? "BLOCK_ON: the call was cancelled, it has no result"
                       : "RUN: the call was cancelled, it has no result",
                   place);
    return out;
}
