/* SPDX-License-Identifier: MIT */

/*
 * The last party to arrive ends the round and wakes the others. As in notify.c
 * a round ends at one moment, under the lock: a waiter compares its own round
 * with round_, so it goes on even if it is polled before it is woken. A waiter
 * that was woken does not touch the barrier again.
 */

#include "nanorun/rt/barrier.h"

#include "nanorun/rt/sync/waitlist.h"

typedef struct barrier_wait {
    nr_barrier_wait_future head;
    nr_barrier *b;
    nr_waiter waiter;
    uint64_t round;  /* the value of round_ at its arrival */
    bool is_in_line; /* also while the round's end has not been noticed */
} barrier_wait;

/* The first poll. */
static nr_poll barrier_arrive(barrier_wait *f, nr_context *cx)
{
    nr_barrier *b = f->b;
    nr_waiters_lock(&b->waiters_);
    b->arrived_++;
    if (b->arrived_ == b->parties_) {
        b->arrived_ = 0;
        b->round_++;
        nr_waiters_wake_all(&b->waiters_, &b->waiters_.line_, 1);
        f->head.result = true;
        return NR_READY;
    }
    f->round = b->round_;
    f->is_in_line = true;
    nr_waiter_enlist(&b->waiters_.line_, &f->waiter, cx->waker);
    nr_waiters_unlock(&b->waiters_);
    return NR_PENDING;
}

static nr_poll barrier_wait_poll(nr_future *self, nr_context *cx)
{
    barrier_wait *f = (barrier_wait *)self;
    nr_barrier *b = f->b;
    if (!f->is_in_line)
        return nr_context_spend(cx) ? barrier_arrive(f, cx) : NR_PENDING;
    if (nr_waiter_lock(&b->waiters_, &f->waiter)) {
        f->is_in_line = f->round == b->round_;
        if (!f->is_in_line)
            nr_waiter_leave(&f->waiter);
        nr_waiters_unlock(&b->waiters_);
    } else {
        f->is_in_line = false;
    }
    return f->is_in_line ? NR_PENDING : NR_READY;
}

static void barrier_wait_drop(nr_future *self)
{
    barrier_wait *f = (barrier_wait *)self;
    nr_barrier *b = f->b;
    if (f->is_in_line && nr_waiter_lock(&b->waiters_, &f->waiter)) {
        if (f->round == b->round_)
            b->arrived_--;
        nr_waiter_leave(&f->waiter);
        nr_waiters_unlock(&b->waiters_);
    }
    nr_future_free(self);
}

static const nr_future_ops barrier_wait_ops =
    NR_FUTURE_OPS(barrier_wait, barrier_wait_poll, NULL, barrier_wait_drop);

nr_barrier_wait_future *nr_barrier_wait(nr_barrier *b)
{
    barrier_wait *f = NR_FUTURE_NEW(barrier_wait, &barrier_wait_ops);
    if (!f)
        return NULL;
    f->b = b;
    return &f->head;
}

void nr_barrier_init(nr_barrier *b, size_t parties)
{
    nr_waiters_init(&b->waiters_);
    b->round_ = 0;
    b->parties_ = parties ? parties : 1;
    b->arrived_ = 0;
}

void nr_barrier_deinit_at_(nr_barrier *b, const char *place)
{
    nr_waiters_end(&b->waiters_, false,
                   "nr_barrier_deinit of a barrier that is waited for", place);
}

void(nr_barrier_deinit)(nr_barrier *b)
{
    nr_barrier_deinit_at_(b, NULL);
}
