/* SPDX-License-Identifier: MIT */

/*
 * A wake-up is marked in the task's word under the lock, so no reference to the
 * task is needed, and its push comes after the lock (rt/internal/task.h).
 *
 * Who wakes many does so in batches. What all of them wait for is decided
 * before: the line is moved to the stack of who wakes, so those who come
 * meanwhile are not in it, and those in it may still leave. The object must
 * live until the last batch has been taken, but not longer: `waking_` says so
 * to who ends it.
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
