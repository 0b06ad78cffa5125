/* SPDX-License-Identifier: MIT */

/*
 * nr_notify_all acts at one moment: under the lock it increments `turn_` and
 * takes over the whole line. A waiter of that line compares its own turn with
 * `turn_`, so it goes on even if it is polled before it is woken. A waiter that
 * arrives later is not in that line.
 */

#include "nanorun/rt/notify.h"

#include "nanorun/rt/sync/waitlist.h"

enum { NOTIFY_BY_ONE = 1, NOTIFY_BY_ALL = 2 };

typedef struct notify_wait {
    nr_notify_wait_future head;
    nr_notify *n;
    nr_waiter waiter;
    uint64_t turn;   /* the value of turn_ at its arrival */
    bool is_in_line; /* also while a notification has not been noticed */
} notify_wait;

/* Gives one notification to the first in line, or stores it. Called under the
 * lock; unlocks. */
static void notify_pass_on(nr_notify *n)
{
    nr_waiter *first = nr_waiters_first(&n->waiters_.line_);
    if (first) {
        nr_waiters_wake_one(&n->waiters_, first, NOTIFY_BY_ONE);
        return;
    }
    n->is_permitted_ = true;
    nr_waiters_unlock(&n->waiters_);
}

/* A future that is ready and in no line owns nothing that needs a drop. */
static nr_poll notify_be_ready(notify_wait *f)
{
    f->is_in_line = false;
    f->head.base.phase = NR_OVER_;
    return NR_READY;
}

static bool notify_is_notified(const notify_wait *f)
{
    return nr_waiter_granted(&f->waiter) || f->turn != f->n->turn_;
}

static nr_poll notify_wait_poll(nr_future *self, nr_context *cx)
{
    notify_wait *f = (notify_wait *)self;
    nr_notify *n = f->n;
    if (nr_waiter_granted(&f->waiter))
        return notify_be_ready(f);
    if (!f->is_in_line && !nr_context_spend(cx))
        return NR_PENDING;
    nr_waiters_lock(&n->waiters_);
    bool goes_on = f->is_in_line ? notify_is_notified(f) : n->is_permitted_;
    if (goes_on && f->is_in_line) {
        nr_waiter_leave(&f->waiter);
    } else if (goes_on) {
        n->is_permitted_ = false;
    } else if (!f->is_in_line) {
        f->turn = n->turn_;
        nr_waiter_enlist(&n->waiters_.line_, &f->waiter, cx->waker);
    }
    f->is_in_line = true;
    nr_poll answer = goes_on ? notify_be_ready(f) : NR_PENDING;
    nr_waiters_unlock(&n->waiters_);
    return answer;
}

static void notify_wait_drop(nr_future *self)
{
    notify_wait *f = (notify_wait *)self;
    nr_notify *n = f->n;
    if (f->is_in_line) {
        nr_waiters_lock(&n->waiters_);
        nr_waiter_leave(&f->waiter);
        if (nr_waiter_granted(&f->waiter) == NOTIFY_BY_ONE)
            notify_pass_on(n);
        else
            nr_waiters_unlock(&n->waiters_);
    }
    nr_future_free(self);
}

static const nr_future_ops notify_wait_ops =
    NR_FUTURE_OPS(notify_wait, notify_wait_poll, NULL, notify_wait_drop);

nr_notify_wait_future *nr_notify_wait(nr_notify *n)
{
    notify_wait *f = NR_FUTURE_NEW(notify_wait, &notify_wait_ops);
    if (!f)
        return NULL;
    f->n = n;
    return &f->head;
}

void nr_notify_one(nr_notify *n)
{
    nr_waiters_lock(&n->waiters_);
    notify_pass_on(n);
}

void nr_notify_all(nr_notify *n)
{
    nr_waiters_lock(&n->waiters_);
    n->turn_++;
    nr_waiters_wake_all(&n->waiters_, &n->waiters_.line_, NOTIFY_BY_ALL);
}

void nr_notify_init(nr_notify *n)
{
    nr_waiters_init(&n->waiters_);
    n->turn_ = 0;
    n->is_permitted_ = false;
}

void nr_notify_deinit_at_(nr_notify *n, const char *place)
{
    nr_waiters_end(&n->waiters_, false,
                   "nr_notify_deinit of a notify that is waited for", place);
}

void(nr_notify_deinit)(nr_notify *n)
{
    nr_notify_deinit_at_(n, NULL);
}
