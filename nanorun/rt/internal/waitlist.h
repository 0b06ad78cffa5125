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
#include "nanorun/rt/waiters.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_waiter {
    nr_waiter_link link;   /* first; next_ is NULL: in no line */
    nr_waker *waker;       /* while in a line */
    nr_atomic_u32 granted; /* what, as the object has it; 0: nothing yet */
} nr_waiter;

/* Wakers that were taken out under the lock, to be fired after it. */
enum { NR_WAKE_BATCH = 16 };
typedef struct nr_wake_batch {
    nr_waker *wakers[NR_WAKE_BATCH];
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
void nr_waiter_link_append(nr_waiter_link *line, nr_waiter_link *link);
void nr_waiter_link_remove(nr_waiter_link *link);

/* Moves all of `from` to `to`, which need not have been initialized. */
void nr_waiter_line_move(nr_waiter_link *to, nr_waiter_link *from);

/* Puts `w` at the end of the line, with a clone of `waker`. */
void nr_waiter_enlist(nr_waiter_link *line, nr_waiter *w, nr_waker *waker);

/* Takes `w` out, if it is in a line. Returns its waker, for nr_waker_drop once
 * the lock is free. */
nr_waker *nr_waiter_leave(nr_waiter *w);

/* Takes `w` out, grants it `what` and puts its waker to the batch. */
void nr_waiter_grant(nr_waiter *w, uint32_t what, nr_wake_batch *batch);

/* What its own future was granted. The acquire pairs with nr_waiter_grant:
 * afterwards nobody else touches the waiter. */
static inline uint32_t nr_waiter_granted(const nr_waiter *w)
{
    return nr_load_u32_acquire(&w->granted);
}

/* Fires the batch. Not under the lock. */
void nr_wake_batch_fire(nr_wake_batch *batch);

/* Unlocks and fires the batch. With `comes_back` it takes the lock again, and
 * the object stays until then: see nr_waiters_settle. */
void nr_waiters_fire(nr_waiters *w, nr_wake_batch *batch, bool comes_back);

/* Grants `what` to all who are in line now, and unlocks. */
void nr_waiters_wake_all(nr_waiters *w, nr_waiter_link *line, uint32_t what);

/* Waits, under the lock, until no thread is amid waking: before the object may
 * go. Those who were woken first may be here already. */
void nr_waiters_settle(nr_waiters *w);

/* For deinit: locks, stops the process with the line `what` if `is_in_use` or
 * somebody is in line, settles and unlocks. */
void nr_waiters_end(nr_waiters *w, bool is_in_use, const char *what);

#ifdef __cplusplus
}
#endif

#endif
