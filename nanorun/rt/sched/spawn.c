/* SPDX-License-Identifier: MIT */

/*
 * Putting work onto a runtime: SPAWN, SPAWN_ON, and BLOCK_ON, which spawns a
 * task and blocks the calling thread until it has ended.
 */

#include "nanorun/async/spawn.h"

#include <errno.h>
#include <string.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/sched/shared.h"
#include "nanorun/rt/sched/worker.h"
#include "nanorun/rt/task/task_handle.h"
#include "nanorun/sys/die.h"

/* Spawns as the worker `w`. */
static nr_task *spawn_inside(nr_worker *w, nr_future *future)
{
    nr_task *task = future ? nr_task_create(future) : NULL;
    if (!task)
        return nr_task_starved();
    /* Relaxed: counted before the end of the spawning task, which releases
     * it. */
    nr_store_size_relaxed(&w->spawned, nr_load_size_relaxed(&w->spawned) + 1);
    nr_worker_push(w, task);
    return task;
}

/* Spawns on `rt` from a thread that is none of its workers. The caller holds a
 * reference to `rt`. */
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
    if (w && w->rt == rt)
        return spawn_inside(w, future);
    nr_runtime_check_process(rt, place);
    return spawn_outside(rt, future);
}

/* ---- waiting from outside ---- */

/*
 * A thread that waits for a task joins it as a task would. For this it has a
 * task on its stack, which is never polled and in no list. The end of the
 * joined task wakes that task, whose scheduler wakes the thread. There is one
 * wake-up at most, and the thread stays until it came.
 */
typedef struct spawn_wait {
    nr_scheduler scheduler; /* first */
    union {
        nr_task task;
        char block[NR_TASK_ROOM + sizeof(nr_future)];
    } joiner;
    nr_sys_mutex lock;
    nr_sys_cond changed;
    bool is_woken; /* lock */
} spawn_wait;

static void spawn_wake_thread(nr_scheduler *scheduler, nr_task *joiner)
{
    spawn_wait *w = (spawn_wait *)(void *)scheduler;
    (void)joiner;
    nr_sys_mutex_lock(&w->lock);
    w->is_woken = true;
    nr_sys_cond_signal(&w->changed); /* under the lock: *w ends with it */
    nr_sys_mutex_unlock(&w->lock);
}

static void spawn_wait_for_end(spawn_wait *w, nr_task *task)
{
    nr_context cx = {.waker = (nr_waker *)(void *)&w->joiner.task, .budget = 1};
    if (nr_task_poll_ended(task, &cx) == NR_READY)
        return;
    nr_sys_mutex_lock(&w->lock);
    while (!w->is_woken)
        nr_sys_cond_wait(&w->changed, &w->lock);
    nr_sys_mutex_unlock(&w->lock);
}

/* Runs the future to its end. Returns 0, -ENOMEM or -ECANCELED. */
static int spawn_block_on(nr_runtime *rt, nr_future *future, void *out,
                          size_t offset, size_t size)
{
    spawn_wait w = {.scheduler.schedule = spawn_wake_thread};
    nr_outermost_mark(nr_task_frame(&w.joiner.task), &w.scheduler);
    if (nr_sys_mutex_init(&w.lock))
        return -ENOMEM;
    if (nr_sys_cond_init(&w.changed)) {
        nr_sys_mutex_deinit(&w.lock);
        return -ENOMEM;
    }
    /* The reference, because another thread may end the runtime. */
    nr_handle *h = nr_runtime_handle(rt);
    nr_task *task = spawn_outside(rt, future);
    nr_handle_release(h);
    spawn_wait_for_end(&w, task);
    int error = nr_task_take(task, out, offset, size);
    if (task != nr_task_starved())
        nr_task_detach(task);
    nr_sys_cond_deinit(&w.changed);
    nr_sys_mutex_deinit(&w.lock);
    return error;
}

nr_runtime *nr_runtime_check_(nr_runtime *rt, const char *place)
{
    if (!rt)
        nr_sys_die("BLOCK_ON with a NULL runtime", place);
    nr_runtime_check_process(rt, place);
    return rt;
}

void *nr_block_on_(nr_runtime *rt, nr_future *future, void *out, size_t offset,
                   size_t size, const char *who, const char *place)
{
    bool is_block_on = strcmp(who, "RUN") != 0;
    const nr_worker *w = nr_worker_current();
    if (w && w->task)
        nr_sys_die(is_block_on ? "BLOCK_ON inside a task, use AWAIT"
                               : "RUN inside a task, use AWAIT",
                   place);
    nr_runtime *own = rt ? NULL : nr_runtime_create(NULL);
    if (!rt && !own)
        nr_sys_die("RUN: no runtime could be made", place);
    int error = spawn_block_on(rt ? rt : own, future, out, offset, size);
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
