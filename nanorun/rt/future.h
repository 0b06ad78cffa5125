/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_FUTURE_H
#define NANORUN_RT_FUTURE_H

/*
 * Writing an awaitable of your own: a leaf future in plain C.
 *
 * A leaf is a struct that begins with `nr_future base;`, has a member `result`,
 * and comes from a constructor that you write. Five things make one:
 *
 *  1. A static nr_future_ops, made by NR_FUTURE_OPS: the name, poll, and, where
 *     needed, cancel and drop.
 *  2. The constructor: calls NR_FUTURE_NEW and stores the arguments. It starts
 *     nothing, and returns NULL if there is no memory.
 *  3. poll: checks whether the event has happened. If so, it sets `result` and
 *     returns NR_READY. If not, it stores the waker where the event's code will
 *     find it, by nr_waker_store, and returns NR_PENDING. It may be called when
 *     nothing has happened.
 *  4. drop: called once, last, in any case, even if poll was never called. It
 *     takes the waker back, releases what the future owns, and calls
 *     nr_future_free; the default only does the latter. The drop of a ready
 *     future comes before its awaiter goes on, because the awaiter may end the
 *     object that was waited for. The awaiter reads `result` after the drop.
 *  5. cancel, only if stopping takes time, as when the system still writes to a
 *     buffer of yours: it requests the stop, keeps the waker and returns
 *     NR_PENDING, and is called again after each wake-up until it returns
 *     NR_READY. If it is enough to take the waker back in drop, leave cancel
 *     NULL.
 *
 * poll, cancel and drop of one future never run at the same time. poll and
 * cancel run on any worker, drop on any thread. The waker may be fired from any
 * thread, even before poll returns and after the task and its runtime have
 * ended.
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

/* Initializes a static nr_future_ops for the future type T, whose alignment is
 * at most 64 bytes. `cancel` and `drop` may be NULL. */
#define NR_FUTURE_OPS(T, poll, cancel, drop) \
    NR_OPS_(#T, poll, cancel, drop, sizeof(T), NULL, false, NR_ALIGN_OF_(T))

/* Returns a zeroed T with its header filled in, or NULL if there is no memory.
 * Threads: any. Ownership: the caller's until it is consumed. */
#define NR_FUTURE_NEW(T, ops) ((T *)nr_frame_new_((ops), sizeof(T)))

/* Frees the memory of a future, at the end of its drop. Threads: any. */
void nr_future_free(nr_future *future);

/* Takes one unit of the budget of this poll of the task. Returns false if the
 * budget is spent: the task will be queued again, and the leaf must return
 * NR_PENDING at once, without doing anything. A leaf that can be ready many
 * times in a row, as a read can, calls this first, so that it starves no other
 * task. */
static inline bool nr_context_spend(nr_context *cx)
{
    if (cx->budget == 0) {
        cx->yielded = true;
        return false;
    }
    cx->budget--;
    return true;
}

/* A waker is a reference to a task. These four functions may be called from any
 * thread, even after the task and its runtime have ended, but not in a signal
 * handler (nanorun/async/poll.h says what to do there). NULL is fine. */

/* Returns a further reference, to be kept. Ownership: the caller's. */
nr_waker *nr_waker_clone(nr_waker *waker);

/* Makes the task run again; several calls before that run count as one. The
 * caller's writes before the call are visible to that run. Keeps the
 * reference. */
void nr_waker_wake(nr_waker *waker);

/* Ends a reference. */
void nr_waker_drop(nr_waker *waker);

/* Replaces the waker in *kept by a clone of `waker`, unless it is the same.
 * Guard *kept by a lock of your own. */
void nr_waker_store(nr_waker **kept, nr_waker *waker);

#ifdef __cplusplus
}
#endif

#endif
