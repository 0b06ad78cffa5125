/* SPDX-License-Identifier: MIT */

/*
 * The states of a parker:
 *
 *   PARKER_EMPTY     The worker runs.
 *   PARKER_PARKED    Set by the worker, if PARKER_EMPTY, before it waits on its
 *                    condition.
 *   PARKER_DRIVING   Set by the worker, if PARKER_EMPTY, before it waits in the
 *                    driver.
 *   PARKER_NOTIFIED  Set by an unpark, which then ends the wait that it
 *                    replaced. A worker that finds it does not wait. Each end
 *                    of a wait, and each wait that was not begun, sets
 *                    PARKER_EMPTY again.
 */

#include "nanorun/rt/thread/parker.h"

#include <errno.h>

enum { PARKER_EMPTY, PARKER_PARKED, PARKER_DRIVING, PARKER_NOTIFIED };

int nr_parker_init(nr_parker *p, const nr_atomic_ptr *driver)
{
    nr_store_u32_relaxed(&p->state, PARKER_EMPTY);
    p->has_exited = false;
    p->driver = driver;
    if (nr_sys_mutex_init(&p->lock))
        return -ENOMEM;
    if (nr_sys_cond_init(&p->wake)) {
        nr_sys_mutex_deinit(&p->lock);
        return -ENOMEM;
    }
    return 0;
}

void nr_parker_deinit(nr_parker *p)
{
    nr_sys_cond_deinit(&p->wake);
    nr_sys_mutex_deinit(&p->lock);
}

/* Sets `state` if the parker is PARKER_EMPTY. Returns false if it is
 * PARKER_NOTIFIED. */
static bool parker_begin(nr_parker *p, uint32_t state)
{
    uint32_t expected = PARKER_EMPTY;
    return nr_cas_u32_seq_cst(&p->state, &expected, state);
}

/* seq_cst: acquires what the unparking thread wrote. */
static void parker_end(nr_parker *p)
{
    nr_exchange_u32_seq_cst(&p->state, PARKER_EMPTY);
}

void nr_parker_wait(nr_parker *p, uint64_t deadline_ns)
{
    nr_sys_mutex_lock(&p->lock);
    if (parker_begin(p, PARKER_PARKED)) {
        while (nr_load_u32_acquire(&p->state) != PARKER_NOTIFIED &&
               nr_sys_cond_wait_until(&p->wake, &p->lock, deadline_ns)) {
        }
    }
    parker_end(p);
    nr_sys_mutex_unlock(&p->lock);
}

bool nr_parker_begin_drive(nr_parker *p)
{
    return parker_begin(p, PARKER_DRIVING);
}

void nr_parker_end_drive(nr_parker *p)
{
    parker_end(p);
}

void nr_parker_exit(nr_parker *p)
{
    nr_sys_mutex_lock(&p->lock);
    p->has_exited = true;
    nr_sys_mutex_unlock(&p->lock);
}

void nr_parker_unpark(nr_parker *p)
{
    /* seq_cst: releases what the caller wrote, and pairs with parker_begin, so
     * that either this thread sees the wait or the worker sees the
     * notification. */
    uint32_t old = nr_exchange_u32_seq_cst(&p->state, PARKER_NOTIFIED);
    if (old != PARKER_PARKED && old != PARKER_DRIVING)
        return;
    /* The lock: a worker holds it from its exchange to its wait, so the signal
     * is not lost; and has_exited tells that the driver may be freed. */
    nr_sys_mutex_lock(&p->lock);
    if (old == PARKER_PARKED) {
        nr_sys_cond_signal(&p->wake);
    } else if (!p->has_exited) {
        nr_driver *driver = nr_load_ptr_acquire(p->driver);
        driver->ops->wake(driver);
    }
    nr_sys_mutex_unlock(&p->lock);
}
