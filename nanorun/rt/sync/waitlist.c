/* SPDX-License-Identifier: MIT */

/*
 * A thread that wakes a waiter marks the task under the object's lock and
 * pushes it after the unlock (rt/task/wake.h). The mark keeps the task
 * alive, so no reference is needed.
 *
 * Many waiters are woken in batches, with the lock released between two
 * batches. The waking thread first moves the whole line to a ring on its own
 * stack. So a waiter that arrives meanwhile is not among the woken ones, and a
 * waiter in that ring may still leave it. The object must live until the last
 * batch has been removed from the ring: `pins_` counts the threads that will
 * lock the object again, and nr_waiters_settle waits for them.
 */

#include "nanorun/rt/sync/waitlist.h"

#include "nanorun/sys/die.h"

void nr_waiters_init(nr_waiters *w)
{
    w->lock_ = 0;
    w->pins_ = 0;
    nr_list_init(&w->line_);
}

/* nr_waiter_grant, and counts a future that is about to lock, so that
 * nr_waiters_settle waits for it. */
static void waitlist_grant(nr_waiters *w, nr_waiter *waiter, uint32_t what,
                           nr_wake_batch *batch)
{
    nr_waiter_unlink_(waiter);
    nr_wake_batch_add(batch, waiter->waker);
    /* acq_rel: pairs with nr_waiter_lock and nr_waiter_granted. */
    if (nr_exchange_u32_acq_rel(&waiter->granted, what) == NR_WAITER_LOOKS)
        nr_waiters_pin(w);
}

bool nr_waiter_lock(nr_waiters *w, nr_waiter *waiter)
{
    uint32_t granted = 0;
    /* acq_rel: pairs with waitlist_grant; the second of the two sees the
     * first. */
    if (nr_waiter_granted(waiter) ||
        !nr_cas_u32_acq_rel(&waiter->granted, &granted, NR_WAITER_LOOKS))
        return false;
    nr_waiters_lock(w);
    if (nr_load_u32_relaxed(&waiter->granted) == NR_WAITER_LOOKS) {
        nr_store_u32_relaxed(&waiter->granted, 0);
        return true;
    }
    nr_waiters_unpin(w);
    nr_waiters_unlock(w);
    return false;
}

void nr_waiters_wake_all(nr_waiters *w, nr_link *line, uint32_t what)
{
    nr_link all;
    nr_list_move(&all, line);
    nr_wake_batch batch;
    batch.count = 0;
    bool comes_back;
    do {
        nr_waiter *first;
        while ((first = nr_waiters_first(&all)) && batch.count < NR_WAKE_BATCH)
            waitlist_grant(w, first, what, &batch);
        comes_back = first;
        nr_waiters_fire(w, &batch, comes_back);
    } while (comes_back);
}

void nr_waiters_settle(nr_waiters *w)
{
    while (w->pins_ != 0) {
        nr_waiters_unlock(w);
        nr_spin_wait(nr_spin_word_(&w->pins_), UINT32_MAX);
        nr_waiters_lock(w);
    }
}

void nr_waiters_end(nr_waiters *w, bool is_in_use, const char *what,
                    const char *place)
{
    nr_waiters_lock(w);
    /* A zeroed object is that of a frame whose body never began. */
    bool is_initialized = w->line_.next;
    if (is_initialized && (is_in_use || nr_waiters_first(&w->line_)))
        nr_sys_die(what, place);
    nr_waiters_settle(w);
    nr_waiters_unlock(w);
}
