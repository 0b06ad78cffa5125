/* SPDX-License-Identifier: MIT */

/*
 * The leaves of time: sleeping, and a bound on another call.
 */

#include "nanorun/async/time.h"

#include <errno.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/internal/chain.h"
#include "nanorun/rt/internal/timers.h"
#include "nanorun/rt/internal/worker.h"
#include "nanorun/sys/clock.h"

enum { NS_PER_MS = 1000000 };

uint64_t nr_now_ns(void)
{
    return nr_sys_now_ns();
}

/* now + ms, or the end of time. */
static uint64_t after_ms(uint64_t ms)
{
    uint64_t now_ns = nr_worker_now_ns(nr_worker_current());
    return ms > (UINT64_MAX - now_ns) / NS_PER_MS ? UINT64_MAX
                                                  : now_ns + ms * NS_PER_MS;
}

static bool has_come(uint64_t deadline_ns)
{
    return nr_worker_now_ns(nr_worker_current()) >= deadline_ns;
}

/* ---- sleeping ---- */

typedef struct sleeper {
    nr_sleep_future head;
    bool is_relative; /* deadline_ns still holds the milliseconds */
    uint64_t deadline_ns;
    nr_timer timer;
} sleeper;

static nr_poll sleep_poll(nr_future *self, nr_context *cx)
{
    sleeper *f = (sleeper *)self;
    if (f->is_relative) {
        f->deadline_ns = after_ms(f->deadline_ns);
        f->is_relative = false;
    }
    if (has_come(f->deadline_ns))
        return nr_context_spend(cx) ? NR_READY : NR_PENDING;
    if (!f->timer.timers)
        nr_timer_arm(&f->timer, f->deadline_ns, cx->waker);
    return NR_PENDING;
}

static void sleep_drop(nr_future *self)
{
    nr_timer_disarm(&((sleeper *)self)->timer);
    nr_future_free(self);
}

static const nr_future_ops sleep_ops =
    NR_FUTURE_OPS(sleeper, sleep_poll, NULL, sleep_drop);

static nr_sleep_future *sleep_new(uint64_t time, bool is_relative)
{
    sleeper *f = NR_FUTURE_NEW(sleeper, &sleep_ops);
    if (!f)
        return NULL;
    f->deadline_ns = time;
    f->is_relative = is_relative;
    return &f->head;
}

nr_sleep_ms_future *nr_sleep_ms(uint64_t ms)
{
    return sleep_new(ms, true);
}

nr_sleep_until_ns_future *nr_sleep_until_ns(uint64_t deadline_ns)
{
    return sleep_new(deadline_ns, false);
}

/* ---- a bound on a call: one branch and a timer ---- */

typedef struct timeout {
    nr_timeout_future head;
    bool is_started;
    bool is_late;     /* the branch had yielded at the deadline: once more */
    bool has_expired; /* the branch is being unwound for it */
    uint64_t ms;
    uint64_t deadline_ns;
    nr_timer timer;
    nr_branch branch;
} timeout;

static nr_poll timeout_poll(nr_future *self, nr_context *cx)
{
    timeout *f = (timeout *)self;
    if (!f->is_started) {
        f->is_started = true;
        f->deadline_ns = after_ms(f->ms);
    }
    /* The call first: what is ready wins over the deadline. */
    nr_poll answer = nr_chain_poll(&f->branch.chain, cx);
    if (answer == NR_PENDING && !f->has_expired && has_come(f->deadline_ns)) {
        if (cx->yielded && !f->is_late) {
            f->is_late = true; /* it may be ready but out of budget */
            return NR_PENDING;
        }
        f->has_expired = true;
        answer = nr_chain_unwind(&f->branch.chain, cx);
    }
    if (answer == NR_READY) {
        f->head.result = nr_branch_take(&f->branch);
        if (f->has_expired && f->head.result == -ECANCELED)
            f->head.result = -ETIMEDOUT;
        return NR_READY;
    }
    if (!f->has_expired && !f->timer.timers)
        nr_timer_arm(&f->timer, f->deadline_ns, cx->waker);
    return NR_PENDING;
}

static nr_poll timeout_cancel(nr_future *self, nr_context *cx)
{
    timeout *f = (timeout *)self;
    nr_timer_disarm(&f->timer);
    return nr_chain_unwind(&f->branch.chain, cx);
}

static void timeout_drop(nr_future *self)
{
    timeout *f = (timeout *)self;
    nr_timer_disarm(&f->timer);
    nr_chain_drop(&f->branch.chain);
    nr_future_free(self);
}

static const nr_future_ops timeout_ops =
    NR_FUTURE_OPS(timeout, timeout_poll, timeout_cancel, timeout_drop);

nr_timeout_future *nr_timeout_ms_(uint64_t ms, nr_future *call, void *out,
                                  size_t offset, size_t size)
{
    timeout *f = NR_FUTURE_NEW(timeout, &timeout_ops);
    if (!f) {
        nr_future_drop(call);
        return NULL;
    }
    f->ms = ms;
    nr_branch_init(&f->branch, call, out, offset, size);
    return &f->head;
}
