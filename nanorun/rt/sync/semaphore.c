/* SPDX-License-Identifier: MIT */

/*
 * The first waiter in line gets its permits as soon as there are enough: the
 * thread that releases permits removes that waiter from the line, takes the
 * permits on its behalf and wakes it. So while a waiter is in line, the free
 * permits are too few for it, and a later acquire cannot overtake it. A waiter
 * that is dropped after its grant releases the permits in the same way.
 */

#include "nanorun/rt/semaphore.h"

#include <errno.h>

#include "nanorun/rt/sync/semaphore_give.h"
#include "nanorun/rt/sync/waitlist.h"
#include "nanorun/sys/die.h"

typedef struct semaphore_acquire {
    nr_semaphore_acquire_future head;
    nr_semaphore *s;
    size_t n;
    nr_waiter waiter;
    bool is_in_line; /* also while a grant has not been noticed */
} semaphore_acquire;

static semaphore_acquire *semaphore_acquire_of(nr_waiter *w)
{
    return NR_CONTAINER_OF(w, semaphore_acquire, waiter);
}

/* Takes `n` permits, if there are enough and no waiter is in line. Under the
 * lock. */
static bool semaphore_take(nr_semaphore *s, size_t n)
{
    if (nr_waiters_first(&s->waiters_.line_) || s->permits_ < n)
        return false;
    s->permits_ -= n;
    return true;
}

/* The first in line, if there are enough permits for it. Under the lock. */
static nr_waiter *semaphore_next(const nr_semaphore *s)
{
    nr_waiter *first = nr_waiters_first(&s->waiters_.line_);
    return first && semaphore_acquire_of(first)->n <= s->permits_ ? first
                                                                  : NULL;
}

/* Serves the line as far as the permits go. Called under the lock; unlocks. */
static void semaphore_grant(nr_semaphore *s)
{
    nr_wake_batch batch;
    batch.count = 0;
    nr_waiter *first;
    bool comes_back;
    do {
        while ((first = semaphore_next(s)) && batch.count < NR_WAKE_BATCH) {
            s->permits_ -= semaphore_acquire_of(first)->n;
            nr_waiter_grant(first, 1, &batch);
        }
        comes_back = first;
        nr_waiters_fire(&s->waiters_, &batch, comes_back);
    } while (comes_back);
}

void nr_semaphore_give(nr_semaphore *s, size_t n, const char *place)
{
    if (n > SIZE_MAX - s->permits_)
        nr_sys_die("nr_semaphore_release: too many permits to count", place);
    s->permits_ += n;
    semaphore_grant(s);
}

/* A future that is ready and in no line owns nothing that needs a drop. */
static nr_poll semaphore_be_ready(semaphore_acquire *f)
{
    f->is_in_line = false;
    f->head.base.phase = NR_OVER_;
    return NR_READY;
}

static nr_poll semaphore_acquire_poll(nr_future *self, nr_context *cx)
{
    semaphore_acquire *f = (semaphore_acquire *)self;
    nr_semaphore *s = f->s;
    if (nr_waiter_granted(&f->waiter))
        return semaphore_be_ready(f);
    if (!f->is_in_line && !nr_context_spend(cx))
        return NR_PENDING;
    nr_waiters_lock(&s->waiters_);
    bool has_it = f->is_in_line ? nr_waiter_granted(&f->waiter) != 0
                                : semaphore_take(s, f->n);
    if (!has_it && !f->is_in_line)
        nr_waiter_enlist(&s->waiters_.line_, &f->waiter, cx->waker);
    f->is_in_line = !has_it;
    nr_waiters_unlock(&s->waiters_);
    return has_it ? semaphore_be_ready(f) : NR_PENDING;
}

static void semaphore_acquire_drop(nr_future *self)
{
    semaphore_acquire *f = (semaphore_acquire *)self;
    if (f->is_in_line) {
        nr_waiters_lock(&f->s->waiters_);
        nr_waiter_leave(&f->waiter);
        /* Without a grant, waiters behind it that need fewer permits may now go
         * on. */
        nr_semaphore_give(f->s, nr_waiter_granted(&f->waiter) ? f->n : 0, NULL);
    }
    nr_future_free(self);
}

static const nr_future_ops semaphore_acquire_ops = NR_FUTURE_OPS(
    semaphore_acquire, semaphore_acquire_poll, NULL, semaphore_acquire_drop);

nr_semaphore_acquire_future *nr_semaphore_acquire(nr_semaphore *s, size_t n)
{
    semaphore_acquire *f =
        NR_FUTURE_NEW(semaphore_acquire, &semaphore_acquire_ops);
    if (!f)
        return NULL;
    f->s = s;
    f->n = n;
    return &f->head;
}

int nr_semaphore_try_acquire(nr_semaphore *s, size_t n)
{
    nr_waiters_lock(&s->waiters_);
    bool has_it = semaphore_take(s, n);
    nr_waiters_unlock(&s->waiters_);
    return has_it ? 0 : -EAGAIN;
}

void nr_semaphore_release_at_(nr_semaphore *s, size_t n, const char *place)
{
    nr_waiters_lock(&s->waiters_);
    nr_semaphore_give(s, n, place);
}

void(nr_semaphore_release)(nr_semaphore *s, size_t n)
{
    nr_semaphore_release_at_(s, n, NULL);
}

void nr_semaphore_init(nr_semaphore *s, size_t permits)
{
    nr_waiters_init(&s->waiters_);
    s->permits_ = permits;
}

void nr_semaphore_deinit_at_(nr_semaphore *s, const char *place)
{
    nr_waiters_end(&s->waiters_, false,
                   "nr_semaphore_deinit of a semaphore that is waited for",
                   place);
}

void(nr_semaphore_deinit)(nr_semaphore *s)
{
    nr_semaphore_deinit_at_(s, NULL);
}
