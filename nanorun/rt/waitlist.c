/* SPDX-License-Identifier: MIT */

/*
 * A thread that wakes a waiter marks the task under the object's lock and
 * pushes it after the unlock (rt/internal/wake.h). The mark keeps the task
 * alive, so no reference is needed.
 *
 * Many waiters are woken in batches, with the lock released between two
 * batches. The waking thread first moves the whole line to a ring on its own
 * stack. So a waiter that arrives meanwhile is not among the woken ones, and a
 * waiter in that ring may still leave it. The object must live until the last
 * batch has been removed from the ring: `waking_` counts the threads that will
 * lock the object again, and nr_waiters_settle waits for them.
 */

#include "nanorun/rt/internal/waitlist.h"

#include "nanorun/sys/die.h"

void nr_waiter_line_init(nr_waiter_link *line)
{
    line->next_ = line->prev_ = line;
}

void nr_waiters_init(nr_waiters *w)
{
    w->lock_ = 0;
    w->waking_ = 0;
    nr_waiter_line_init(&w->line_);
}

void nr_waiter_line_move(nr_waiter_link *to, nr_waiter_link *from)
{
    nr_waiter_line_init(to);
    if (from->next_ == from)
        return;
    *to = *from;
    to->next_->prev_ = to;
    to->prev_->next_ = to;
    nr_waiter_line_init(from);
}

void nr_waiters_wake_all(nr_waiters *w, nr_waiter_link *line, uint32_t what)
{
    nr_waiter_link all;
    nr_waiter_line_move(&all, line);
    nr_wake_batch batch;
    batch.count = 0;
    bool comes_back;
    do {
        nr_waiter *first;
        while ((first = nr_waiters_first(&all)) != NULL &&
               batch.count < NR_WAKE_BATCH)
            nr_waiter_grant(first, what, &batch);
        comes_back = first != NULL;
        nr_waiters_fire(w, &batch, comes_back);
    } while (comes_back);
}

void nr_waiters_settle(nr_waiters *w)
{
    while (w->waking_ != 0) {
        nr_waiters_unlock(w);
        nr_sys_thread_yield();
        nr_waiters_lock(w);
    }
}

void nr_waiters_end(nr_waiters *w, bool is_in_use, const char *what)
{
    nr_waiters_lock(w);
    /* A zeroed object is that of a frame whose body never began. */
    bool is_initialized = w->line_.next_ != NULL;
    if (is_initialized && (is_in_use || nr_waiters_first(&w->line_)))
        nr_sys_die(what, NULL);
    nr_waiters_settle(w);
    nr_waiters_unlock(w);
}
