/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_REACTOR_WAITER_H
#define NANORUN_IO_REACTOR_WAITER_H

/*
 * How a future makes calls on a registration and waits on it. The path of a
 * call that succeeds is inline, because an echo server takes it three times for
 * each request. The head of waiter.c has the protocol. For io only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/async/poll.h"
#include "nanorun/io/reactor/registration.h"
#include "nanorun/rt/future.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum nr_direction { NR_READING = 0, NR_WRITING = 1 } nr_direction;

/* A future's claim to one direction of a registration. From its first enter to
 * its release it holds a reference. It is part of the future, which sets the
 * first two fields; no other code touches it. A future that makes one call
 * polls by nr_io_waiter_poll; others like this:
 *
 *     error = nr_io_waiter_enter(w, waker);
 *     while (!error) {
 *         make the call;
 *         if (it did not answer -EAGAIN) {
 *             nr_io_waiter_leave(w, whether it is done, whether it got less
 *                                than it asked for);
 *             …
 *         }
 *         error = nr_io_waiter_block(w, waker);
 *     }
 *     error == -EAGAIN: pending; else it failed: nr_io_waiter_release(w). */
typedef struct nr_io_waiter {
    nr_registration *on;
    nr_direction direction;
    uint32_t taken; /* NR_IO_TAKEN_ while it is held, else 0 */
} nr_io_waiter;

static inline unsigned nr_io_shift_(const nr_io_waiter *w)
{
    return (unsigned)w->direction * NR_IO_SHIFT_;
}

/* The rare cases of enter and leave, and a lost compare-exchange. */
int nr_io_waiter_enter_slowly_(nr_io_waiter *w, nr_waker *waker);
void nr_io_waiter_leave_slowly_(nr_io_waiter *w, bool done, bool fell_short);

/* Begins a call, if one may succeed now. Returns 0: make the call; -EAGAIN:
 * `waker` was left; -EBUSY: another waiter has the direction; -ECANCELED: the
 * registration was closed. */
static inline int nr_io_waiter_enter(nr_io_waiter *w, nr_waker *waker)
{
    const uint32_t looked_at =
        NR_IO_READY_ | NR_IO_TAKEN_ | NR_IO_CLOSED_ | NR_IO_LOCKED_;
    uint32_t old = nr_load_u32_relaxed(&w->on->state);
    uint32_t mine = old >> nr_io_shift_(w);
    uint32_t turned =
        (mine & NR_IO_FRESH_) | (w->taken ^ NR_IO_TAKEN_) | NR_IO_CALLING_;
    if ((mine & looked_at) != (NR_IO_READY_ | w->taken) ||
        !nr_registration_change(w->on, old, old ^ turned << nr_io_shift_(w)))
        return nr_io_waiter_enter_slowly_(w, waker);
    w->taken = NR_IO_TAKEN_;
    return 0;
}

/* Takes the direction without a call, for a future that is out of budget, so
 * that the registration stays. Returns -EAGAIN: pending; -EBUSY or -ECANCELED
 * as enter. */
int nr_io_waiter_claim(nr_io_waiter *w, nr_waker *waker);

/* Enters, or claims where this poll's budget is spent. */
static inline int nr_io_waiter_begin(nr_io_waiter *w, nr_context *cx)
{
    return nr_context_spend(cx) ? nr_io_waiter_enter(w, cx->waker)
                                : nr_io_waiter_claim(w, cx->waker);
}

/* Ends a call that answered -EAGAIN. Returns 0: an event came meanwhile, make
 * the call again; -EAGAIN: `waker` was left; -ECANCELED: the registration was
 * closed. */
int nr_io_waiter_block(nr_io_waiter *w, nr_waker *waker);

/* Ends a call that answered something else. With `done` it is a release, too.
 * With `fell_short` the next enter waits if the last event was bytes only,
 * which saves a call that would answer -EAGAIN. */
static inline void nr_io_waiter_leave(nr_io_waiter *w, bool done,
                                      bool fell_short)
{
    uint32_t old = nr_load_u32_relaxed(&w->on->state);
    uint32_t mine = old >> nr_io_shift_(w);
    uint32_t turned = NR_IO_CALLING_ | (done ? NR_IO_TAKEN_ : 0);
    if (fell_short &&
        (mine & (NR_IO_BYTES_ONLY_ | NR_IO_FRESH_)) == NR_IO_BYTES_ONLY_)
        turned |= NR_IO_READY_;
    if (mine & (NR_IO_CLOSED_ | NR_IO_LOCKED_) ||
        !nr_registration_change(w->on, old, old ^ turned << nr_io_shift_(w)))
        nr_io_waiter_leave_slowly_(w, done, fell_short);
    else if (done)
        w->taken = 0;
}

/* The poll of a future that makes one call: `call(future)`, which does not
 * block. `len` is how much it asks for, where a result that falls short means
 * what nr_io_waiter_leave says, else 0. Returns its result; -EAGAIN: pending;
 * -EBUSY or -ECANCELED as enter. With any result but -EAGAIN the direction is
 * released. */
ptrdiff_t nr_io_waiter_poll(nr_io_waiter *w, nr_context *cx,
                            ptrdiff_t (*call)(void *future), void *future,
                            size_t len);

/* Gives up the direction, the waker and the reference, if the waiter holds
 * them. Not during a call, that is, after an enter or block that returned 0. */
void nr_io_waiter_release(nr_io_waiter *w);

#ifdef __cplusplus
}
#endif

#endif
