/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_SYNC_WAITLIST_H
#define NANORUN_RT_SYNC_WAITLIST_H

/*
 * Waiting in line. A waiter is part of the future that waits, so waiting
 * allocates nothing. It is in a line until another thread removes it and grants
 * it something, or until its future is dropped. A future that was in line has
 * to lock the object once more when it is dropped; a future that never was has
 * not.
 *
 * The object's lock, nr_waiters.lock_, guards everything here except that the
 * waiter's own future reads `granted` without it.
 */

#include "nanorun/rt/future.h"
#include "nanorun/rt/task/task.h"
#include "nanorun/rt/thread/spinlock.h"
#include "nanorun/rt/waiters.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_waiter {
    nr_link link;    /* next is NULL outside a line */
    nr_waker *waker; /* while in a line: of the task that polls, borrowed */
    nr_atomic_u32 granted; /* 0: nothing yet; else a value of the object's */
} nr_waiter;

/* Tasks that were marked under the lock and are pushed after it; NULL for one
 * that needs no push. */
enum { NR_WAKE_BATCH = 16 };
typedef struct nr_wake_batch {
    nr_task *tasks[NR_WAKE_BATCH];
    unsigned count;
} nr_wake_batch;

void nr_waiters_init(nr_waiters *w);

static inline void nr_waiters_lock(nr_waiters *w)
{
    nr_spin_lock(&w->lock_);
}

static inline void nr_waiters_unlock(nr_waiters *w)
{
    nr_spin_unlock(&w->lock_);
}

/* The first in line, or NULL. */
static inline nr_waiter *nr_waiters_first(const nr_link *line)
{
    return nr_list_is_empty(line)
               ? NULL
               : NR_CONTAINER_OF(line->next, nr_waiter, link);
}

static inline void nr_waiter_unlink_(nr_waiter *w)
{
    nr_list_remove(&w->link);
    w->link.next = NULL;
}

/* Appends `w` to the line. `waker` is borrowed: the future leaves the line
 * before its task ends, and no thread uses `w` to wake the task afterwards. */
static inline void nr_waiter_enlist(nr_link *line, nr_waiter *w,
                                    nr_waker *waker)
{
    w->waker = waker;
    nr_list_append(line, &w->link);
}

/* Removes `w` from its line, if it is in one. */
static inline void nr_waiter_leave(nr_waiter *w)
{
    if (w->link.next)
        nr_waiter_unlink_(w);
}

/* Marks the task of `waker`, which was found in a ring of the object. */
static inline void nr_wake_batch_add(nr_wake_batch *batch, nr_waker *waker)
{
    batch->tasks[batch->count++] = nr_waker_mark(waker);
}

/* Removes `w` from its line, marks its task and grants `what`. Returns the task
 * if the caller has to push it, else NULL. */
static inline nr_task *nr_waiter_mark(nr_waiter *w, uint32_t what)
{
    nr_waiter_unlink_(w);
    /* Marked before the grant, because the grant lets the task go on and end. A
     * running task that has not seen the grant looks again under the lock. */
    nr_task *task = nr_waker_mark(w->waker);
    /* Last: the future may be freed as soon as it sees the grant. */
    nr_store_u32_release(&w->granted, what);
    return task;
}

/* The same, with the task added to a batch. */
static inline void nr_waiter_grant(nr_waiter *w, uint32_t what,
                                   nr_wake_batch *batch)
{
    batch->tasks[batch->count++] = nr_waiter_mark(w, what);
}

/* The value of `granted` while the waiter's own future is about to lock. */
#define NR_WAITER_LOOKS UINT32_MAX

/* The granted value, for the waiter's own future. The acquire pairs with the
 * release in nr_waiter_mark: after a grant no other thread touches the waiter.
 * A 0 is certain only under the lock. */
static inline uint32_t nr_waiter_granted(const nr_waiter *w)
{
    return nr_load_u32_acquire(&w->granted);
}

/* Keeps the object alive over an unlock, until nr_waiters_unpin. Both under the
 * lock; nr_waiters_settle reads the pins without it. */
static inline void nr_waiters_pin(nr_waiters *w)
{
    nr_store_u32_relaxed(nr_spin_word_(&w->pins_), w->pins_ + 1);
}

static inline void nr_waiters_unpin(nr_waiters *w)
{
    nr_store_u32_relaxed(nr_spin_word_(&w->pins_), w->pins_ - 1);
    nr_spin_wake(nr_spin_word_(&w->pins_));
}

/* Unlocks and pushes the batch. With `comes_back` it locks again afterwards;
 * nr_waiters_settle keeps the object alive until then. */
static inline void nr_waiters_fire(nr_waiters *w, nr_wake_batch *batch,
                                   bool comes_back)
{
    if (comes_back)
        nr_waiters_pin(w);
    nr_waiters_unlock(w);
    for (unsigned i = 0; i < batch->count; i++) {
        if (batch->tasks[i])
            nr_task_push(batch->tasks[i]);
    }
    batch->count = 0;
    if (!comes_back)
        return;
    nr_waiters_lock(w);
    nr_waiters_unpin(w);
}

/* Grants `what` to one waiter and unlocks. */
static inline void nr_waiters_wake_one(nr_waiters *w, nr_waiter *waiter,
                                       uint32_t what)
{
    nr_task *task = nr_waiter_mark(waiter, what);
    nr_waiters_unlock(w);
    if (task)
        nr_task_push(task);
}

/* Grants `what` to every waiter that is in the line now, and unlocks. */
void nr_waiters_wake_all(nr_waiters *w, nr_link *line, uint32_t what);

/* Locks the object for the future of `waiter`, which was in line. Returns
 * false, without the lock, if it was granted. For an object that only
 * nr_waiters_wake_all grants and that may be freed as soon as it has: the
 * object stays until this future has unlocked. */
bool nr_waiter_lock(nr_waiters *w, nr_waiter *waiter);

/* Waits, under the lock, until no thread is between two batches of wake-ups.
 * The object must not be freed before: the first tasks that a batch woke may
 * already be about to free it. */
void nr_waiters_settle(nr_waiters *w);

/* For deinit: locks, stops the process with the line `what (place)` if
 * `is_in_use` or somebody is in line, settles and unlocks. A zeroed object,
 * which was never initialized, is not in use. */
void nr_waiters_end(nr_waiters *w, bool is_in_use, const char *what,
                    const char *place);

#ifdef __cplusplus
}
#endif

#endif
