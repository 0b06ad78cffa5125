/* SPDX-License-Identifier: MIT */

/*
 * The end of a runtime:
 *
 *  1. From now on spawns by other threads are refused. All tasks in the task
 *     lists are cancelled, and so is each task that enters a list later. A task
 *     that was never polled is in a queue and in no list; the worker that takes
 *     it from the queue cancels it, so that only its FINALLY runs. The workers
 *     run on until the last task has ended.
 *     The pool refuses jobs from now on, and its threads end after their last.
 *  2. The workers are stopped and joined, and so are the threads of the pool.
 *  3. If the bound of nr_runtime_shutdown passes during step 1, tasks are left.
 *     They are frozen, so that no wake-up pushes them, and freed without
 *     running. A worker whose poll does not return within RUNTIME_GRACE_NS is
 *     not waited for, nor is a thread of the pool whose job does not return by
 *     then and the bound; the last thread to end then does this step.
 *
 * Each worker counts the tasks that were spawned on it and the tasks that ended
 * on it; `let_in` counts those that other threads spawned. The counts of ended
 * tasks are read first. Equal sums prove that no task is left: each task that
 * was counted as ended had been counted as spawned before, and so had the tasks
 * that it spawned, and only tasks spawn. A worker that has nothing to run makes
 * the ending thread compare the sums. Each worker does so at least once in step
 * 1, because it is unparked, and again after the last task that ends on it.
 *
 * At any time a thread that wakes a task may have changed its state word and
 * not yet pushed it. Step 1 waits for such a task, because it has not ended. In
 * step 3 each task that is queued, or about to be pushed, gets a reference to
 * the runtime and one to itself, because its pusher may have none. A task that
 * is then found in a queue gives both back; a thread that finds the injector
 * closed releases them itself (handle_schedule).
 */

#include "nanorun/async/runtime.h"

#include <errno.h>

#include "nanorun/rt/memory/frame_lists.h"
#include "nanorun/rt/memory/slab.h"
#include "nanorun/rt/sched/handle.h"
#include "nanorun/rt/sched/orphan.h"
#include "nanorun/rt/sched/shared.h"
#include "nanorun/rt/sched/worker_loop.h"
#include "nanorun/rt/thread/deadline.h"
#include "nanorun/rt/thread/fork.h"
#include "nanorun/rt/thread/spinlock.h"
#include "nanorun/sys/clock.h"
#include "nanorun/sys/die.h"

/* For polls to return after the bound. */
enum { RUNTIME_GRACE_NS = 100000000 };

static void runtime_unpark_all(nr_runtime *rt)
{
    for (unsigned i = 0; i < rt->workers_count; i++)
        nr_parker_unpark(&rt->workers[i].parker);
}

static void runtime_stop(nr_runtime *rt)
{
    nr_store_u32_seq_cst(&rt->stopped, 1);
    runtime_unpark_all(rt);
}

/* ---- ending ---- */

/* Takes a task out of a queue for good. It was pushed, so it gives back the
 * references for its pusher. A task that was never polled has none, and is put
 * into a list, to be freed with the others. */
static void runtime_take_out(nr_runtime *rt, nr_task *task)
{
    if (nr_task_is_new(task))
        nr_tasklist_add(&rt->workers[0].scheduler.tasks, &task->link);
    else
        nr_runtime_release_unpushed(rt, task);
}

static void runtime_empty_queues(nr_runtime *rt)
{
    nr_task *task;
    nr_injector_close(&rt->injector);
    while (nr_injector_pop(&rt->injector, &task, 1) == 1)
        runtime_take_out(rt, task);
    for (unsigned i = 0; i < rt->workers_count; i++) {
        while ((task = nr_deque_steal(&rt->workers[i].local)))
            runtime_take_out(rt, task);
        while ((task = nr_deque_steal(&rt->workers[i].yielded)))
            runtime_take_out(rt, task);
    }
}

/* Frees the tasks that are left, without running them. No worker is left. */
static void runtime_free_tasks(nr_runtime *rt)
{
    /* All tasks are frozen before the injector is closed, because a thread that
     * finds it closed releases the references that are taken here. */
    for (unsigned i = 0; i < rt->workers_count; i++) {
        const nr_link *list = &rt->workers[i].scheduler.tasks.tasks;
        for (const nr_link *l = list->next; l != list; l = l->next) {
            nr_task *task = NR_CONTAINER_OF(l, nr_task, link);
            if (nr_task_freeze(task)) { /* release_unpushed ends these */
                nr_runtime_retain(rt);
                nr_waker_clone((nr_waker *)(void *)task);
            }
        }
    }
    runtime_empty_queues(rt);
    /* All futures are dropped before any memory is freed, because a task may
     * wait for a lock or a group in the frame of another task. */
    nr_frame_hold();
    for (unsigned i = 0; i < rt->workers_count; i++) {
        const nr_link *list = &rt->workers[i].scheduler.tasks.tasks;
        for (const nr_link *l = list->next; l != list; l = l->next)
            nr_task_refuse(NR_CONTAINER_OF(l, nr_task, link));
    }
    nr_frame_let_go();
    for (unsigned i = 0; i < rt->workers_count; i++) {
        nr_tasklist *list = &rt->workers[i].scheduler.tasks;
        while (!nr_list_is_empty(&list->tasks)) {
            nr_task *task = NR_CONTAINER_OF(list->tasks.next, nr_task, link);
            nr_tasklist_remove(list, &task->link);
            nr_task_release(task);
        }
    }
}

static void runtime_tear_down(nr_runtime *rt)
{
    nr_pool_join(&rt->pool);
    runtime_free_tasks(rt);
    nr_driver *driver = nr_runtime_driver(rt);
    if (driver != &rt->park_driver.base)
        driver->ops->destroy(driver);
}

static void runtime_thread_begins(nr_runtime *rt)
{
    nr_runtime_retain(rt);
    nr_sys_mutex_lock(&rt->lock);
    rt->running++;
    nr_sys_mutex_unlock(&rt->lock);
}

static void runtime_thread_gone(nr_runtime *rt)
{
    nr_sys_mutex_lock(&rt->lock);
    bool cleans_up = --rt->running == 0 && rt->is_abandoned;
    nr_sys_cond_broadcast(&rt->changed);
    nr_sys_mutex_unlock(&rt->lock);
    if (cleans_up)
        runtime_tear_down(rt);
    nr_runtime_release(rt);
}

/* Whether every task has ended: see the head of the file. */
static bool runtime_is_drained(const nr_runtime *rt)
{
    size_t alive_twice = rt->let_in;
    /* acquire: pairs with loop_run in worker_loop.c. */
    for (unsigned i = 0; i < rt->workers_count; i++)
        alive_twice -= 2 * nr_load_size_acquire(&rt->workers[i].ended);
    for (unsigned i = 0; i < rt->workers_count; i++)
        alive_twice += 2 * nr_load_size_relaxed(&rt->workers[i].spawned);
    return alive_twice == 0;
}

enum { RUNTIME_CANCEL_BATCH = 64 };

/* Cancels up to RUNTIME_CANCEL_BATCH tasks of `from` and moves them back to the
 * list. Returns how many of them have to be pushed. */
static unsigned runtime_cancel_some(nr_tasklist *l, nr_link *from,
                                    nr_task *to_push[RUNTIME_CANCEL_BATCH])
{
    unsigned n = 0;
    for (int i = 0; i < RUNTIME_CANCEL_BATCH && !nr_list_is_empty(from); i++) {
        nr_task *task = NR_CONTAINER_OF(from->next, nr_task, link);
        nr_list_remove(&task->link);
        nr_list_prepend(&l->tasks, &task->link);
        if (nr_task_mark_cancelled(task))
            to_push[n++] = task;
    }
    return n;
}

/* Cancels every task in the list. A thread that adds a task later sees what the
 * caller wrote before. */
static void runtime_cancel(nr_tasklist *l)
{
    nr_link uncancelled; /* a task that ends meanwhile leaves it */
    nr_task *to_push[RUNTIME_CANCEL_BATCH];
    bool comes_back;
    nr_spin_lock(&l->lock);
    nr_list_move(&uncancelled, &l->tasks);
    do {
        unsigned n = runtime_cancel_some(l, &uncancelled, to_push);
        comes_back = !nr_list_is_empty(&uncancelled);
        nr_spin_unlock(&l->lock);
        /* A marked task does not end before it is pushed. */
        for (unsigned i = 0; i < n; i++)
            nr_task_push(to_push[i]);
        if (comes_back)
            nr_spin_lock(&l->lock);
    } while (comes_back);
}

/* Step 1. Returns false if the deadline came first. */
static bool runtime_drain(nr_runtime *rt, uint64_t deadline_ns)
{
    size_t entered = nr_fetch_or_size_acq_rel(&rt->entered, 1);
    nr_store_u32_relaxed(&rt->closing, 1); /* see task_is_closing */
    nr_pool_end(&rt->pool);
    for (unsigned i = 0; i < rt->workers_count; i++)
        runtime_cancel(&rt->workers[i].scheduler.tasks);
    runtime_unpark_all(rt);
    nr_sys_mutex_lock(&rt->lock);
    rt->let_in = entered;
    bool in_time = true;
    while (!runtime_is_drained(rt) && in_time)
        in_time = nr_sys_cond_wait_until(&rt->changed, &rt->lock, deadline_ns);
    bool has_drained = runtime_is_drained(rt);
    nr_sys_mutex_unlock(&rt->lock);
    return has_drained;
}

/* Step 2. Returns false if the last thread to end has to clean up. */
static bool runtime_await_threads(nr_runtime *rt, uint64_t deadline_ns)
{
    nr_sys_mutex_lock(&rt->lock);
    bool in_time = true;
    while (rt->running != 0 && in_time)
        in_time = nr_sys_cond_wait_until(&rt->changed, &rt->lock, deadline_ns);
    bool have_ended = rt->running == 0;
    rt->is_abandoned = !have_ended;
    nr_sys_mutex_unlock(&rt->lock);
    return have_ended;
}

int nr_runtime_shutdown_at_(nr_runtime *rt, uint64_t timeout_ms,
                            const char *place)
{
    nr_worker *self = nr_worker_current();
    if (!rt)
        return 0;
    if (self && self->rt == rt)
        nr_sys_die("a runtime is ended by one of its own tasks", place);
    nr_runtime_check_process(rt, place);
    uint64_t deadline_ns = nr_deadline_after_ms(nr_sys_now_ns(), timeout_ms);
    bool has_drained = runtime_drain(rt, deadline_ns);
    runtime_stop(rt);
    uint64_t grace_ns = nr_sys_now_ns() + RUNTIME_GRACE_NS;
    bool have_ended = runtime_await_threads(
        rt, deadline_ns > grace_ns ? deadline_ns : grace_ns);
    for (unsigned i = 0; i < rt->workers_count; i++) {
        if (have_ended)
            nr_sys_thread_join(&rt->workers[i].thread);
        else
            nr_sys_thread_detach(&rt->workers[i].thread);
    }
    if (have_ended)
        runtime_tear_down(rt);
    nr_runtime_release(rt);
    return has_drained && have_ended ? 0 : -ETIMEDOUT;
}

int(nr_runtime_shutdown)(nr_runtime *rt, uint64_t timeout_ms)
{
    return nr_runtime_shutdown_at_(rt, timeout_ms, NULL);
}

void nr_runtime_destroy_at_(nr_runtime *rt, const char *place)
{
    nr_runtime_shutdown_at_(rt, UINT64_MAX, place);
}

void(nr_runtime_destroy)(nr_runtime *rt)
{
    nr_runtime_destroy_at_(rt, NULL);
}

/* ---- making ---- */

/* The function of a worker's thread. */
static void runtime_thread(void *worker)
{
    nr_runtime *rt = ((nr_worker *)worker)->rt;
    nr_worker_main(worker);
    runtime_thread_gone(rt);
}

static nr_runtime *runtime_of_pool(nr_pool *pool)
{
    return NR_CONTAINER_OF(pool, nr_runtime, pool);
}

static void runtime_pool_begins(nr_pool *pool)
{
    runtime_thread_begins(runtime_of_pool(pool));
}

static void runtime_pool_has_ended(nr_pool *pool)
{
    runtime_thread_gone(runtime_of_pool(pool));
}

static nr_pool_options runtime_pool_options(const nr_runtime_options *o)
{
    uint64_t keep_ms = o->blocking_keep_ms ? o->blocking_keep_ms : 10000;
    return (nr_pool_options){.threads_max =
                                 o->blocking_threads ? o->blocking_threads : 64,
                             .keep_ns = keep_ms * 1000000,
                             .begins = runtime_pool_begins,
                             .has_ended = runtime_pool_has_ended};
}

nr_runtime *nr_runtime_create(const nr_runtime_options *options)
{
    nr_runtime_options defaults = {0};
    options = options ? options : &defaults;
    unsigned count = options->workers;
    uint64_t seed = options->seed;
    if (count > NR_WORKERS_MAX) {
        errno = EINVAL;
        return NULL;
    }
    if (count == 0)
        count = nr_sys_cpu_count();
    if (count > NR_WORKERS_MAX)
        count = NR_WORKERS_MAX;
    if (seed == 0)
        seed = nr_sys_now_ns();
    nr_fork_set_hook(nr_worker_orphan);
    nr_pool_options pool = runtime_pool_options(options);
    nr_runtime *rt =
        nr_slab_watch_fork() ? nr_runtime_allocate(count, seed, &pool) : NULL;
    if (!rt) {
        errno = ENOMEM;
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) {
        runtime_thread_begins(rt);
        nr_worker *w = &rt->workers[i];
        int error = nr_sys_thread_create(&w->thread, options->stack_size,
                                         runtime_thread, w);
        if (error) {
            runtime_thread_gone(rt); /* the worker that has no thread */
            runtime_stop(rt);
            while (i-- > 0)
                nr_sys_thread_join(&rt->workers[i].thread);
            nr_runtime_release(rt);
            errno = -error;
            return NULL;
        }
    }
    return rt;
}
