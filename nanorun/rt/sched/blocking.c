/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/blocking.h"

#include <errno.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/pool/pool.h"
#include "nanorun/rt/sched/worker.h"
#include "nanorun/sys/memory.h"

/* ---- a borrowed argument: the job is part of the future ---- */

typedef struct blocking {
    nr_blocking_future face; /* first: what the caller sees */
    nr_pool *pool;           /* NULL before the first poll */
    nr_job job;
} blocking;

/* The pool of the runtime that the calling task is in. */
static nr_pool *blocking_pool(void)
{
    return &nr_worker_current()->rt->pool;
}

static nr_poll blocking_be_ready(nr_blocking_future *face, ptrdiff_t result)
{
    face->result = result;
    return NR_READY;
}

static nr_poll blocking_poll(nr_future *self, nr_context *cx)
{
    blocking *f = (blocking *)self;
    if (!f->pool) {
        if (!nr_context_spend(cx))
            return NR_PENDING;
        nr_pool *pool = blocking_pool();
        int error = nr_pool_push(pool, &f->job);
        if (error)
            return blocking_be_ready(&f->face, error);
        f->pool = pool;
    }
    if (!nr_pool_poll(f->pool, &f->job, cx->waker))
        return NR_PENDING;
    f->pool = NULL;
    return blocking_be_ready(&f->face, f->job.result);
}

static nr_poll blocking_cancel(nr_future *self, nr_context *cx)
{
    blocking *f = (blocking *)self;
    if (f->pool && !nr_pool_take_back(f->pool, &f->job) &&
        !nr_pool_poll(f->pool, &f->job, cx->waker))
        return NR_PENDING;
    f->pool = NULL;
    return NR_READY;
}

/* A job that still runs here is one of a runtime whose bound has passed: all
 * its threads have ended. */
static void blocking_drop(nr_future *self)
{
    blocking *f = (blocking *)self;
    if (f->pool)
        (void)nr_pool_take_back(f->pool, &f->job);
    nr_waker_drop(f->job.waker);
    nr_future_free(self);
}

static const nr_future_ops blocking_ops =
    NR_FUTURE_OPS(blocking, blocking_poll, blocking_cancel, blocking_drop);

nr_blocking_future *nr_blocking(nr_blocking_fn *fn, void *arg)
{
    blocking *f = NR_FUTURE_NEW(blocking, &blocking_ops);
    if (!f)
        return NULL;
    f->job.run = fn;
    f->job.arg = arg;
    return &f->face;
}

/* ---- an argument of its own: so is the job's memory ---- */

typedef struct blocking_owned {
    nr_blocking_owned_future face; /* first: what the caller sees */
    nr_pool *pool;                 /* NULL before the first poll */
    nr_job *job;                   /* NULL once it is over */
} blocking_owned;

/* Ends a job that the pool does not have. */
static void blocking_owned_refuse(blocking_owned *f)
{
    f->job->drop(f->job->arg);
    nr_sys_free(f->job);
    f->job = NULL;
}

static nr_poll blocking_owned_poll(nr_future *self, nr_context *cx)
{
    blocking_owned *f = (blocking_owned *)self;
    if (!f->pool) {
        if (!nr_context_spend(cx))
            return NR_PENDING;
        nr_pool *pool = blocking_pool();
        int error = nr_pool_push(pool, f->job);
        if (error) {
            blocking_owned_refuse(f);
            return blocking_be_ready(&f->face, error);
        }
        f->pool = pool;
    }
    if (!nr_pool_poll(f->pool, f->job, cx->waker))
        return NR_PENDING;
    ptrdiff_t result = f->job->result;
    nr_sys_free(f->job);
    f->job = NULL;
    return blocking_be_ready(&f->face, result);
}

static void blocking_owned_drop(nr_future *self)
{
    blocking_owned *f = (blocking_owned *)self;
    if (f->job && f->pool)
        nr_pool_abandon(f->pool, f->job);
    else if (f->job)
        blocking_owned_refuse(f);
    nr_future_free(self);
}

static const nr_future_ops blocking_owned_ops = NR_FUTURE_OPS(
    blocking_owned, blocking_owned_poll, NULL, blocking_owned_drop);

nr_blocking_owned_future *nr_blocking_owned(nr_blocking_fn *fn, void *arg,
                                            void (*drop)(void *arg))
{
    nr_job *job = nr_sys_alloc(sizeof *job);
    blocking_owned *f =
        job ? NR_FUTURE_NEW(blocking_owned, &blocking_owned_ops) : NULL;
    if (!f) {
        nr_sys_free(job);
        drop(arg);
        return NULL;
    }
    *job = (nr_job){.run = fn, .drop = drop, .arg = arg};
    f->job = job;
    return &f->face;
}
