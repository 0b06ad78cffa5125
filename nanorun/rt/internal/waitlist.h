/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_WAITLIST_H
#define NANORUN_RT_INTERNAL_WAITLIST_H

/*
 * Waiting in line. A waiter is part of the future that waits. It is in a line
 * until it is granted what it waits for, by whoever takes it out, or until its
 * future is dropped; so a future that knows itself to have been in line has to
 * look at the object again when it is dropped, and no other has.
 *
 * All of it is under the object's lock, nr_waiters.lock_, but for reading
 * `granted` by the waiter's own future.
 */

#include "nanorun/rt/future.h"
#include "nanorun/rt/internal/spinlock.h"
#include "nanorun/rt/internal/task.h"
#include "nanorun/rt/waiters.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_waiter {
    nr_waiter_link link; /* first; next_ is NULL: in no line */
    nr_waker *waker;     /* while in a line; the task's that polls, borrowed */
    nr_atomic_u32 granted; /* what, as the object has it; 0: nothing yet */
} nr_waiter;

/* Tasks that were woken under the lock, to be pushed after it; NULL for one
 * that needs no push. */
enum { NR_WAKE_BATCH = 16 };
typedef struct nr_wake_batch {
    nr_task *tasks[NR_WAKE_BATCH];
    unsigned count;
} nr_wake_batch;

void nr_waiters_init(nr_waiters *w);
void nr_waiter_line_init(nr_waiter_link *line);

static inline void nr_waiters_lock(nr_waiters *w)
{
    nr_spin_lock(&w->lock_);
}

static inline void nr_waiters_unlock(nr_waiters *w)
{
    nr_spin_unlock(&w->lock_);
}

/* The first in line, or NULL. */
static inline nr_waiter *nr_waiters_first(const nr_waiter_link *line)
{
    return line->next_ == line ? NULL : (nr_waiter *)(void *)line->next_;
}

/* Puts a link at the end, takes it out of whatever ring it is in. */
static inline void nr_waiter_link_append(nr_waiter_link *line,
                                         nr_waiter_link *link)
{
    link->next_ = line;
    link->prev_ = line->prev_;
    line->prev_->next_ = link;
    line->prev_ = link;
}

static inline void nr_waiter_link_remove(nr_waiter_link *link)
{
    link->prev_->next_ = link->next_;
    link->next_->prev_ = link->prev_;
    link->next_ = link->prev_ = NULL;
}

/* Moves all of `from` to `to`, which need not have been initialized. */
void nr_waiter_line_move(nr_waiter_link *to, nr_waiter_link *from);

/* Puts `w` at the end of the line. `waker` is borrowed: the future leaves the
 * line before its task ends, and nobody else wakes the task by `w`. */
static inline void nr_waiter_enlist(nr_waiter_link *line, nr_waiter *w,
                                    nr_waker *waker)
{
    w->waker = waker;
    nr_waiter_link_append(line, &w->link);
}

/* Takes `w` out, if it is in a line. */
static inline void nr_waiter_leave(nr_waiter *w)
{
    if (w->link.next_)
        nr_waiter_link_remove(&w->link);
}

/* Wakes the task of `waker`, of what is in a ring of the object's. */
static inline void nr_wake_batch_add(nr_wake_batch *batch, nr_waker *waker)
{
    batch->tasks[batch->count++] = nr_waker_mark(waker);
}

/* Takes `w` out, grants it `what` and wakes its task; returns what of that is
 * to be pushed, or NULL. */
static inline nr_task *nr_waiter_mark(nr_waiter *w, uint32_t what)
{
    nr_waiter_link_remove(&w->link);
    /* Before the grant: with that the task may go on, to its end. One that
     * runs and has not seen the grant yet looks again under the lock. */
    nr_task *task = nr_waker_mark(w->waker);
    /* Last: its future may go as soon as it has seen it. */
    nr_store_u32_release(&w->granted, what);
    return task;
}

/* The same as one of a batch. */
static inline void nr_waiter_grant(nr_waiter *w, uint32_t what,
                                   nr_wake_batch *batch)
{
    batch->tasks[batch->count++] = nr_waiter_mark(w, what);
}

/* What its own future was granted. The acquire pairs with nr_waiter_grant:
 * afterwards nobody else touches the waiter. 0 is only sure under the lock. */
static inline uint32_t nr_waiter_granted(const nr_waiter *w)
{
    return nr_load_u32_acquire(&w->granted);
}

/* Unlocks and pushes the batch. With `comes_back` it takes the lock again, and
 * the object stays until then: see nr_waiters_settle. */
static inline void nr_waiters_fire(nr_waiters *w, nr_wake_batch *batch,
                                   bool comes_back)
{
    if (comes_back)
        w->waking_++;
    nr_waiters_unlock(w);
    for (unsigned i = 0; i < batch->count; i++) {
        if (batch->tasks[i])
            nr_task_push(batch->tasks[i]);
    }
    batch->count = 0;
    if (!comes_back)
        return;
    nr_waiters_lock(w);
    w->waking_--;
}

/* Grants `what` to one in line, and unlocks. */
static inline void nr_waiters_wake_one(nr_waiters *w, nr_waiter *waiter,
                                       uint32_t what)
{
    nr_task *task = nr_waiter_mark(waiter, what);
    nr_waiters_unlock(w);
    if (task)
        nr_task_push(task);
}

/* Grants `what` to all who are in line now, and unlocks. */
void nr_waiters_wake_all(nr_waiters *w, nr_waiter_link *line, uint32_t what);

/* Waits, under the lock, until no thread is amid waking: before the object may
 * go. Those who were woken first may be here already. */
void nr_waiters_settle(nr_waiters *w);

/* For deinit: locks, stops the process with the line `what` if `is_in_use` or
 * somebody is in line, settles and unlocks. A zeroed object, which was never
 * initialized, is not in use. */
void nr_waiters_end(nr_waiters *w, bool is_in_use, const char *what);

#ifdef __cplusplus
}
#endif

#endif
