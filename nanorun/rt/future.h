/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_FUTURE_H
#define NANORUN_RT_FUTURE_H

/*
 * Writing your own awaitable: a leaf future in plain C.
 *
 * A leaf is a struct that begins with `nr_future base;`, has a member `result`,
 * and comes from a constructor that you write. Five things make one:
 *
 *  1. A static nr_future_ops, by NR_FUTURE_OPS: its name, its poll, and, where
 *     needed, its cancel and its drop.
 *  2. The constructor: nr_future_new, then the arguments. It starts nothing,
 *     and hands NULL on when there is no memory.
 *  3. poll: look whether the thing has happened. If so set result and return
 *     NR_READY. If not, leave the waker where the thing will find it and
 *     return NR_PENDING. It may be polled when nothing has happened: look
 *     again. Replace the waker if it is not the one you keep: nr_waker_store.
 *  4. drop: called once, last, whatever happened, also when poll never was:
 *     take the waker back from where it was left, release what the future
 *     owns, then nr_future_free. Without a drop, nr_future_free is all. After
 *     a poll that was ready it comes before the awaiter goes on, which may end
 *     what was waited on; `result` can still be read, so must not be owned.
 *  5. cancel, only where stopping takes time, as when the OS still writes to a
 *     buffer of yours: ask it to stop, keep the waker, return NR_PENDING; it
 *     is called again after each wake-up until it returns NR_READY. Where
 *     taking the waker back in drop is all there is, leave cancel NULL.
 *
 * poll, cancel and drop of one future never run at the same time, and run on
 * some worker (drop on any thread). The waker may be fired from any thread,
 * before poll returns, and long after the task and its runtime are gone.
 *
 * The worked example, which tests/rt/future_example.c compiles and runs, is a
 * one-shot event that any thread can set:
 *
 *     typedef struct event {
 *         pthread_mutex_t lock;
 *         bool set;
 *         nr_waker *waker;          // of the one task that waits, or NULL
 *     } event;
 *
 *     void event_set(event *e)                              // any thread
 *     {
 *         pthread_mutex_lock(&e->lock);
 *         e->set = true;
 *         nr_waker *waker = e->waker;
 *         e->waker = NULL;
 *         pthread_mutex_unlock(&e->lock);
 *         nr_waker_wake(waker);                  // outside the lock
 *         nr_waker_drop(waker);
 *     }
 *
 *     typedef struct event_wait_future {
 *         nr_future base;
 *         nr_unit result;
 *         event *e;
 *     } event_wait_future;
 *
 *     static nr_poll event_wait_poll(nr_future *self, nr_context *cx)
 *     {
 *         event *e = ((event_wait_future *)self)->e;
 *         pthread_mutex_lock(&e->lock);
 *         bool set = e->set;
 *         if (!set)
 *             nr_waker_store(&e->waker, cx->waker);
 *         pthread_mutex_unlock(&e->lock);
 *         return set ? NR_READY : NR_PENDING;
 *     }
 *
 *     static void event_wait_drop(nr_future *self)
 *     {
 *         event *e = ((event_wait_future *)self)->e;
 *         pthread_mutex_lock(&e->lock);
 *         nr_waker *waker = e->waker;
 *         e->waker = NULL;
 *         pthread_mutex_unlock(&e->lock);
 *         nr_waker_drop(waker);
 *         nr_future_free(self);
 *     }
 *
 *     static const nr_future_ops event_wait_ops = NR_FUTURE_OPS(
 *         event_wait_future, event_wait_poll, NULL, event_wait_drop);
 *
 *     event_wait_future *event_wait(event *e)
 *     {
 *         event_wait_future *f = NR_FUTURE_NEW(event_wait_future,
 *                                              &event_wait_ops);
 *         if (f)
 *             f->e = e;
 *         return f;
 *     }
 *
 *     AWAIT(event_wait(&self->e));
 */

#include "nanorun/async.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Initializes a static nr_future_ops of the future type T, which is aligned to
 * 64 bytes at most. `cancel` and `drop` may be NULL. */
#define NR_FUTURE_OPS(T, poll, cancel, drop) \
    NR_OPS_(#T, poll, cancel, drop, sizeof(T), NULL, false, NR_ALIGN_OF_(T))

/* A zeroed T with its header filled in, or NULL. Threads: any. Ownership: the
 * caller's until it is consumed. */
#define NR_FUTURE_NEW(T, ops) ((T *)nr_frame_new_((ops), sizeof(T)))

/* The memory of a future, for the end of its drop. Threads: any. */
void nr_future_free(nr_future *future);

/* Takes one unit of the budget of this poll of the task. False when it is
 * spent: the task was told to run again later, return NR_PENDING at once,
 * without doing anything. A leaf that can be ready many times in a row (it
 * reads, it receives) calls it first, so that it starves nobody. */
static inline bool nr_context_spend(nr_context *cx)
{
    if (cx->budget == 0) {
        cx->yielded = true;
        return false;
    }
    cx->budget--;
    return true;
}

/* A waker is a reference to a task. These four may be called from any thread,
 * but not in a signal handler (nanorun/async/poll.h names the way for that),
 * also after the task has ended or its runtime is gone; NULL is fine. */

/* A further reference, for keeping. Ownership: the caller's. */
nr_waker *nr_waker_clone(nr_waker *waker);

/* Makes the task run again, once however often it is called before it does.
 * What was written before is visible to that run. Keeps the reference. */
void nr_waker_wake(nr_waker *waker);

/* Ends a reference. */
void nr_waker_drop(nr_waker *waker);

/* Keeps a clone of `waker` in *kept in place of what is there, or does nothing
 * if it is the same already. Guard *kept by your own lock. */
void nr_waker_store(nr_waker **kept, nr_waker *waker);

#ifdef __cplusplus
}
#endif

#endif
