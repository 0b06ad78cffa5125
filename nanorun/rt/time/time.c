/* SPDX-License-Identifier: MIT */

/*
 * The leaves of nanorun/async/time.h: the sleeps, and TIMEOUT_MS.
 */

#include "nanorun/async/time.h"

#include <errno.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/task/chain.h"
#include "nanorun/rt/thread/deadline.h"
#include "nanorun/rt/time/timers.h"
#include "nanorun/sys/clock.h"

uint64_t nr_now_ns(void)
{
    return nr_sys_now_ns();
}

/* ---- sleeping ---- */

/* The result is a unit, which no code reads, so it needs no member. */
typedef struct sleeper {
    nr_future base; /* `line` is the index of the worker with the timer */
    nr_timer timer; /* while idle, its tick is the argument of the call */
} sleeper;

static nr_poll sleep_poll_due(const sleeper *f, nr_context *cx)
{
    return nr_timer_is_due(&f->timer) && nr_context_spend(cx) ? NR_READY
                                                              : NR_PENDING;
}

static nr_poll sleep_ms_poll(nr_future *self, nr_context *cx)
{
    sleeper *f = (sleeper *)self;
    if (nr_timer_is_idle(&f->timer)) {
        uint64_t ms = f->timer.entry.tick;
        if (ms != 0) {
            uint64_t now_ns = nr_sys_now_ns();
            f->base.line = nr_timer_arm(&f->timer, now_ns,
                                        nr_deadline_after_ms(now_ns, ms), cx);
            return NR_PENDING;
        }
        nr_timer_skip(&f->timer);
    }
    return sleep_poll_due(f, cx);
}

static nr_poll sleep_until_poll(nr_future *self, nr_context *cx)
{
    sleeper *f = (sleeper *)self;
    if (nr_timer_is_idle(&f->timer)) {
        uint64_t deadline_ns = f->timer.entry.tick, now_ns = nr_sys_now_ns();
        if (now_ns < deadline_ns) {
            f->base.line = nr_timer_arm(&f->timer, now_ns, deadline_ns, cx);
            return NR_PENDING;
        }
        nr_timer_skip(&f->timer);
    }
    return sleep_poll_due(f, cx);
}

static void sleep_drop(nr_future *self)
{
    nr_timer_disarm(&((sleeper *)self)->timer, self->line);
    nr_future_free(self);
}

static const nr_future_ops sleep_ms_ops =
    NR_FUTURE_OPS(sleeper, sleep_ms_poll, NULL, sleep_drop);
static const nr_future_ops sleep_until_ops =
    NR_FUTURE_OPS(sleeper, sleep_until_poll, NULL, sleep_drop);

static nr_sleep_future *sleep_new(const nr_future_ops *ops, uint64_t time)
{
    sleeper *f = NR_FUTURE_NEW(sleeper, ops);
    if (f)
        f->timer.entry.tick = time;
    return (nr_sleep_future *)(void *)f;
}

nr_sleep_ms_future *nr_sleep_ms(uint64_t ms)
{
    return sleep_new(&sleep_ms_ops, ms);
}

nr_sleep_until_ns_future *nr_sleep_until_ns(uint64_t deadline_ns)
{
    return sleep_new(&sleep_until_ops, deadline_ns);
}

/* ---- a bound on a call: one branch and a timer ---- */

typedef struct timeout {
    nr_future base; /* `line` is the index of the worker with the timer */
    int result;
    bool is_started;
    bool is_late;     /* the branch got one more poll after the deadline */
    bool has_expired; /* the branch is being unwound by the deadline */
    nr_timer timer;   /* before the start, its tick is the bound in ms */
    nr_branch branch;
} timeout;

_Static_assert(offsetof(timeout, result) == offsetof(nr_timeout_future, result),
               "the result of a timeout is where its users look for it");

/* Reads the clock before the first poll of the call, because the bound includes
 * that poll. Returns whether a timer has to be armed after the poll. */
static bool timeout_start(timeout *f, uint64_t *now_ns, uint64_t *deadline_ns)
{
    if (f->is_started)
        return false;
    f->is_started = true;
    if (f->timer.entry.tick == 0) {
        nr_timer_skip(&f->timer);
        return false;
    }
    *now_ns = nr_sys_now_ns();
    *deadline_ns = nr_deadline_after_ms(*now_ns, f->timer.entry.tick);
    return true;
}

static nr_poll timeout_poll(nr_future *self, nr_context *cx)
{
    timeout *f = (timeout *)self;
    uint64_t now_ns, deadline_ns;
    bool arms = timeout_start(f, &now_ns, &deadline_ns);
    /* The call first: what is ready wins over the deadline. */
    nr_poll answer = nr_chain_poll_branch(&f->branch.chain, cx);
    if (answer == NR_PENDING && !f->has_expired && nr_timer_is_due(&f->timer)) {
        if (cx->yielded && !f->is_late) {
            f->is_late = true; /* the call may be ready but out of budget */
            return NR_PENDING;
        }
        f->has_expired = true;
        answer = nr_chain_unwind_branch(&f->branch.chain, cx);
    }
    if (answer == NR_READY) {
        f->result = nr_branch_take(&f->branch);
        if (f->has_expired && f->result == -ECANCELED)
            f->result = -ETIMEDOUT;
        return NR_READY;
    }
    if (arms)
        f->base.line = nr_timer_arm(&f->timer, now_ns, deadline_ns, cx);
    return NR_PENDING;
}

static nr_poll timeout_cancel(nr_future *self, nr_context *cx)
{
    timeout *f = (timeout *)self;
    nr_timer_disarm(&f->timer, self->line);
    return nr_chain_unwind_branch(&f->branch.chain, cx);
}

static void timeout_drop(nr_future *self)
{
    timeout *f = (timeout *)self;
    nr_timer_disarm(&f->timer, self->line);
    nr_chain_drop(&f->branch.chain);
    nr_future_free(self);
}

static const nr_future_ops timeout_ops = NR_OWNER_OPS(
    "timeout", timeout_poll, timeout_cancel, timeout_drop, sizeof(timeout));

nr_timeout_future *nr_timeout_ms_(uint64_t ms, nr_future *call, void *out,
                                  size_t offset, size_t size)
{
    timeout *f = NR_FUTURE_NEW(timeout, &timeout_ops);
    if (!f) {
        nr_future_drop(call);
        return NULL;
    }
    f->timer.entry.tick = ms;
    nr_branch_init(&f->branch, call, &f->base, out, offset, size);
    return (nr_timeout_future *)(void *)f;
}
