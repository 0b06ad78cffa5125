/* SPDX-License-Identifier: MIT */

/*
 * The memory of a runtime, the references that keep it alive, and the scheduler
 * by which a woken task gets into a queue.
 */

#include "nanorun/rt/sched/handle.h"

#include <errno.h>
#include <string.h>

#include "nanorun/rt/memory/slab.h"
#include "nanorun/rt/sched/park.h"
#include "nanorun/rt/sched/shared.h"
#include "nanorun/sys/memory.h"

/* ---- references ---- */

void nr_runtime_retain(nr_runtime *rt)
{
    /* Relaxed: the caller holds a reference. */
    nr_fetch_add_u32_relaxed(&rt->references, 1);
}

static void handle_free(nr_runtime *rt)
{
    for (unsigned i = 0; i < rt->workers_count; i++)
        nr_worker_deinit(&rt->workers[i]);
    nr_sys_cond_deinit(&rt->changed);
    nr_sys_mutex_deinit(&rt->lock);
    nr_pool_deinit(&rt->pool);
    rt->park_driver.base.ops->destroy(&rt->park_driver.base);
    nr_timer_wheels_deinit(&rt->wheels);
    nr_sys_aligned_free(rt->workers);
    nr_sys_aligned_free(rt);
    nr_slab_trim(0, true);
}

void nr_runtime_release(nr_runtime *rt)
{
    /* acq_rel: the last release sees what all other holders wrote. */
    if (nr_fetch_sub_u32_acq_rel(&rt->references, 1) == 1)
        handle_free(rt);
}

nr_handle *nr_handle_clone(nr_handle *h)
{
    nr_runtime_retain((nr_runtime *)(void *)h);
    return h;
}

nr_handle *nr_runtime_handle(nr_runtime *rt)
{
    return nr_handle_clone((nr_handle *)(void *)rt);
}

void nr_handle_release(nr_handle *h)
{
    if (h)
        nr_runtime_release((nr_runtime *)(void *)h);
}

nr_handle *nr_handle_current(void)
{
    nr_worker *w = nr_worker_current();
    return w && w->task ? (nr_handle *)(void *)w->rt : NULL;
}

/* ---- making ---- */

void nr_runtime_release_unpushed(nr_runtime *rt, nr_task *task)
{
    nr_task_release(task);
    nr_runtime_release(rt);
}

static void handle_schedule(nr_scheduler *scheduler, nr_task *task)
{
    nr_runtime *rt = ((nr_worker *)scheduler)->rt;
    nr_worker *w = nr_worker_current();
    if (w && w->rt == rt) {
        nr_worker_push(w, task);
        return;
    }
    nr_runtime_check_process(rt, NULL);
    /* The reference is for nr_idle_notify: after the push, the task and the
     * runtime may end. */
    nr_runtime_retain(rt);
    if (nr_injector_push(&rt->injector, task, task, 1))
        nr_idle_notify(&rt->idle);
    else
        nr_runtime_release_unpushed(rt, task);
    nr_runtime_release(rt);
}

/* Relaxed: the end of a task that was cancelled or refused made visible which
 * of the two words led to it. */
static bool handle_is_ending(const nr_scheduler *scheduler)
{
    const nr_runtime *rt = ((const nr_worker *)scheduler)->rt;
    return (nr_load_size_relaxed(&rt->entered) & 1) ||
           nr_load_u32_relaxed(&rt->closing);
}

static int handle_init(nr_runtime *rt, unsigned workers,
                       const nr_pool_options *pool)
{
    if (nr_timer_wheels_init(&rt->wheels, workers, &rt->token))
        goto fail;
    if (nr_park_driver_init(&rt->park_driver))
        goto fail_wheels;
    if (nr_pool_init(&rt->pool, pool))
        goto fail_driver;
    if (nr_sys_mutex_init(&rt->lock))
        goto fail_pool;
    if (nr_sys_cond_init(&rt->changed))
        goto fail_lock;
    nr_injector_init(&rt->injector);
    nr_idle_init(&rt->idle, workers);
    nr_store_ptr_relaxed(&rt->driver, &rt->park_driver);
    nr_store_u32_relaxed(&rt->references, 1);
    return 0;
fail_lock:
    nr_sys_mutex_deinit(&rt->lock);
fail_pool:
    nr_pool_deinit(&rt->pool);
fail_driver:
    rt->park_driver.base.ops->destroy(&rt->park_driver.base);
fail_wheels:
    nr_timer_wheels_deinit(&rt->wheels);
fail:
    return -ENOMEM;
}

static void *handle_alloc_zeroed(size_t size)
{
    void *block = nr_sys_aligned_alloc(size, NR_CACHE_LINE);
    if (block)
        memset(block, 0, size);
    return block;
}

nr_runtime *nr_runtime_allocate(unsigned count, uint64_t seed,
                                const nr_pool_options *pool)
{
    nr_runtime *rt = handle_alloc_zeroed(sizeof *rt);
    if (!rt)
        return NULL;
    rt->generation = nr_fork_generation();
    rt->workers = handle_alloc_zeroed(count * sizeof *rt->workers);
    if (!rt->workers || handle_init(rt, count, pool)) {
        nr_sys_aligned_free(rt->workers);
        nr_sys_aligned_free(rt);
        return NULL;
    }
    while (rt->workers_count < count) {
        unsigned i = rt->workers_count;
        if (nr_worker_init(&rt->workers[i], rt, i, seed)) {
            nr_runtime_release(rt);
            return NULL;
        }
        rt->workers[i].scheduler.schedule = handle_schedule;
        rt->workers[i].scheduler.is_ending = handle_is_ending;
        rt->workers_count++;
    }
    return rt;
}

void nr_runtime_worker_idle(nr_runtime *rt)
{
    nr_sys_mutex_lock(&rt->lock);
    nr_sys_cond_broadcast(&rt->changed);
    nr_sys_mutex_unlock(&rt->lock);
}
