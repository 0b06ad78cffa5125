/* SPDX-License-Identifier: MIT */
/* Timers, and tasks that wait for them. */
#include <stdatomic.h>
#include <stdlib.h>

#include "bench/nanorun/workloads.h"
#include "nanorun/rt/future.h"
#include "nanorun/rt/sync.h"

enum { SECOND_MS = 1000, HOUR_MS = 3600 * SECOND_MS };

/*
 * A task that holds a million sleeps at once is no async function but a future
 * of its own, which polls them itself, as a combinator does: so timers are
 * measured, not tasks.
 */
typedef struct hold_future {
    nr_future base;
    nr_unit result;
    bench *b;
} hold_future;

/* Whether the sleep was armed, and waits. */
static bool arm(nr_sleep_ms_future *sleep, nr_context *cx)
{
    bench_check(sleep != NULL, "out of memory");
    return sleep->base.ops->poll(&sleep->base, cx) == NR_PENDING;
}

static nr_poll timers_poll(nr_future *self, nr_context *cx)
{
    bench *b = ((hold_future *)self)->b;
    uint64_t armed = 0;
    bench_start(b);
    nr_sleep_ms_future **sleeps = bench_alloc(b->n, sizeof *sleeps);
    for (uint64_t i = 0; i < b->n; i++) {
        sleeps[i] = nr_sleep_ms(bench_delay_ms(i));
        armed += arm(sleeps[i], cx);
    }
    for (uint64_t i = 0; i < b->n; i++)
        nr_future_drop(&sleeps[i]->base);
    free(sleeps);
    bench_stop(b, b->n);
    bench_check(armed == b->n, "the timers");
    return NR_READY;
}

static nr_poll churn_poll(nr_future *self, nr_context *cx)
{
    bench *b = ((hold_future *)self)->b;
    uint64_t armed = 0;
    bench_start(b);
    for (uint64_t i = 0; i < b->n; i++) {
        nr_sleep_ms_future *sleep = nr_sleep_ms(SECOND_MS);
        armed += arm(sleep, cx);
        nr_future_drop(&sleep->base);
    }
    bench_stop(b, b->n);
    bench_check(armed == b->n, "the timers");
    return NR_READY;
}

static const nr_future_ops timers_ops =
    NR_FUTURE_OPS(hold_future, timers_poll, NULL, NULL);
static const nr_future_ops churn_ops =
    NR_FUTURE_OPS(hold_future, churn_poll, NULL, NULL);

static hold_future *hold(const nr_future_ops *ops, bench *b)
{
    hold_future *f = NR_FUTURE_NEW(hold_future, ops);
    if (f)
        f->b = b;
    return f;
}

void run_timers(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, hold(&timers_ops, b));
}

void run_timer_churn(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, hold(&churn_ops, b));
}

ASYNC_FN(void, sleep_1ms, ((bench *, b)), uint64_t i, began_ns, late_ns;)
{
    ASYNC_BEGIN(sleep_1ms);
    bench_start(self->b);
    for (; self->i < self->b->n; self->i++) {
        self->began_ns = nr_now_ns();
        AWAIT(nr_sleep_ms(1));
        uint64_t slept_ns = nr_now_ns() - self->began_ns;
        bench_check(slept_ns >= 1000000, "a sleep that ended early");
        self->late_ns += slept_ns - 1000000;
    }
    bench_stop(self->b, self->b->n);
    self->b->extra_name = "late_us";
    self->b->extra = (double)self->late_ns / 1000 / (double)self->b->n;
    ASYNC_END;
}

void run_sleep_1ms(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, sleep_1ms(b));
}

typedef struct dormitory {
    _Atomic uint64_t awake;
    nr_notify all_asleep;
} dormitory;

ASYNC_FN(void, sleeper, ((dormitory *, d)))
{
    ASYNC_BEGIN(sleeper);
    if (atomic_fetch_sub(&self->d->awake, 1) == 1)
        nr_notify_one(&self->d->all_asleep);
    AWAIT(nr_sleep_ms(HOUR_MS));
    ASYNC_END;
}

ASYNC_FN(void, mem, ((bench *, b), (dormitory *, d)), uint64_t before;)
{
    ASYNC_BEGIN(mem);
    self->before = bench_resident_bytes();
    bench_start(self->b);
    for (uint64_t i = 0; i < self->b->n; i++)
        DETACH(SPAWN(sleeper(self->d)));
    AWAIT(nr_notify_wait(&self->d->all_asleep));
    bench_stop(self->b, self->b->n);
    uint64_t taken = bench_resident_bytes() - self->before;
    self->b->extra_name = "bytes_per_task";
    self->b->extra = (double)taken / (double)self->b->n;
    ASYNC_END;
}

/* The sleepers end with the runtime, after this: what they use is static. */
void run_mem(nr_runtime *rt, bench *b)
{
    static dormitory d;
    atomic_store(&d.awake, b->n);
    nr_notify_init(&d.all_asleep);
    BLOCK_ON(rt, mem(b, &d));
}
