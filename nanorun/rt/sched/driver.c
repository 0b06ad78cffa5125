/* SPDX-License-Identifier: MIT */

/*
 * The driver of a runtime without sockets, and the hook by which io puts
 * another in its place.
 */

#include "nanorun/rt/sched/driver.h"

#include "nanorun/rt/sched/shared.h"
#include "nanorun/rt/sched/worker.h"
#include "nanorun/rt/thread/deadline.h"
#include "nanorun/sys/clock.h"

static int driver_wait(nr_driver *driver, uint64_t timeout_ns)
{
    nr_park_driver *d = (nr_park_driver *)driver;
    uint64_t deadline_ns = nr_deadline_after_ns(nr_sys_now_ns(), timeout_ns);
    nr_sys_mutex_lock(&d->lock);
    while (!d->is_woken && timeout_ns > 0) {
        if (!nr_sys_cond_wait_until(&d->wake, &d->lock, deadline_ns))
            break;
    }
    d->is_woken = false;
    nr_sys_mutex_unlock(&d->lock);
    return 0;
}

static void driver_wake(nr_driver *driver)
{
    nr_park_driver *d = (nr_park_driver *)driver;
    nr_sys_mutex_lock(&d->lock);
    d->is_woken = true;
    nr_sys_cond_signal(&d->wake);
    nr_sys_mutex_unlock(&d->lock);
}

static void driver_destroy(nr_driver *driver)
{
    nr_park_driver *d = (nr_park_driver *)driver;
    nr_sys_cond_deinit(&d->wake);
    nr_sys_mutex_deinit(&d->lock);
}

static const nr_driver_ops driver_ops = {driver_wait, driver_wake,
                                         driver_destroy};

int nr_park_driver_init(nr_park_driver *d)
{
    d->base.ops = &driver_ops;
    nr_store_u32_relaxed(&d->base.watched, 0);
    d->is_woken = false;
    int error = nr_sys_mutex_init(&d->lock);
    if (error)
        return error;
    error = nr_sys_cond_init(&d->wake);
    if (error)
        nr_sys_mutex_deinit(&d->lock);
    return error;
}

/* ---- the hook of io ---- */

nr_driver *nr_driver_installed(void)
{
    nr_worker *w = nr_worker_current();
    if (!w->task)
        nr_sys_die(NR_FORK_IN_TASK, NULL);
    nr_runtime *rt = w->rt;
    nr_driver *driver = nr_runtime_driver(rt);
    return driver == &rt->park_driver.base ? NULL : driver;
}

nr_driver *nr_driver_install(nr_driver *driver)
{
    nr_runtime *rt = nr_worker_current()->rt;
    void *expected = &rt->park_driver;
    /* seq_cst: releases the driver to nr_runtime_driver; acquires the one that
     * was first. */
    if (!nr_cas_ptr_seq_cst(&rt->driver, &expected, driver))
        return expected;
    /* The worker that waits in the old driver returns and waits in the new
     * one. */
    rt->park_driver.base.ops->wake(&rt->park_driver.base);
    return driver;
}

void nr_driver_check_task(const char *what, const char *place)
{
    nr_worker *w = nr_worker_current();
    if (!w || !w->task)
        nr_sys_die(what, place);
}
