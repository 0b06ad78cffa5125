/* SPDX-License-Identifier: MIT */

/*
 * A pool of threads for jobs that block. One lock guards it, which is held for
 * a few lines; a job runs without it.
 *
 *  - A push creates a thread if more jobs may run now than threads are idle. It
 *    does so under the lock, so that each thread finds its own handle written,
 *    and a job that nobody will run is noticed: if no thread can be created and
 *    none exists, the push takes the job back.
 *  - A job is QUEUED, then RUNNING, then DONE. Its waiter takes it back while
 *    it is queued. One that is running is waited for, or, if it owns its
 *    argument, ABANDONED: then its thread frees it. DONE is the pool's last
 *    access, so the waker is taken out before.
 *  - A thread that was idle for long ends. Each thread that ends joins the one
 *    that ended before it, and the end of the pool joins the last: no thread is
 *    left, and none has to be watched.
 */

#include "nanorun/rt/pool/pool.h"

#include <errno.h>
#include <string.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/thread/deadline.h"
#include "nanorun/sys/clock.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"

typedef struct nr_pool_thread {
    nr_sys_thread thread; /* written under the lock */
    nr_pool *pool;
} pool_thread;

/* The record of the calling thread, if it is one of a pool's. */
static NR_THREAD_LOCAL pool_thread *pool_self;

int nr_pool_init(nr_pool *p, const nr_pool_options *options)
{
    memset(p, 0, sizeof *p);
    p->options = *options;
    for (int kind = 0; kind < NR_JOB_KINDS; kind++)
        nr_list_init(&p->queued[kind]);
    int error = nr_sys_mutex_init(&p->lock);
    if (error)
        return error;
    error = nr_sys_cond_init(&p->work);
    if (error)
        nr_sys_mutex_deinit(&p->lock);
    return error;
}

static void pool_join(pool_thread *t)
{
    if (!t)
        return;
    if (t == pool_self)
        nr_sys_thread_detach(&t->thread);
    else
        nr_sys_thread_join(&t->thread);
    nr_sys_free(t);
}

void nr_pool_join(nr_pool *p)
{
    pool_join(p->gone);
    p->gone = NULL;
}

void nr_pool_deinit(nr_pool *p)
{
    NR_ASSERT(!p->gone, "the threads of a pool have been joined");
    nr_sys_cond_deinit(&p->work);
    nr_sys_mutex_deinit(&p->lock);
}

/* ---- the queue: under the lock ---- */

/* How many jobs of a kind may run at once. */
static unsigned pool_share(const nr_pool *p, int kind)
{
    unsigned half = p->options.threads_max / 2;
    return kind == NR_JOB_PLAIN ? p->options.threads_max : half ? half : 1;
}

/* How many of the queued jobs may run now. */
static unsigned pool_runnable(const nr_pool *p)
{
    unsigned count = 0;
    for (int kind = 0; kind < NR_JOB_KINDS; kind++) {
        unsigned left = pool_share(p, kind) - p->running[kind];
        count += p->queued_count[kind] < left ? p->queued_count[kind] : left;
    }
    return count;
}

static void pool_queue(nr_pool *p, nr_job *job)
{
    job->state = NR_JOB_QUEUED;
    job->turn = p->turn++;
    nr_list_append(&p->queued[job->kind], &job->link);
    p->queued_count[job->kind]++;
}

static void pool_unqueue(nr_pool *p, nr_job *job)
{
    nr_list_remove(&job->link);
    p->queued_count[job->kind]--;
}

/* The job that came first of those that may run, or NULL. */
static nr_job *pool_next(nr_pool *p)
{
    nr_job *next = NULL;
    for (int kind = 0; kind < NR_JOB_KINDS; kind++) {
        if (p->queued_count[kind] == 0 ||
            p->running[kind] == pool_share(p, kind))
            continue;
        nr_job *first = NR_CONTAINER_OF(p->queued[kind].next, nr_job, link);
        if (!next || first->turn < next->turn)
            next = first;
    }
    return next;
}

/* Completes a job, whose waiter may free it from then on. Returns the waker, to
 * be fired without the lock. */
static nr_waker *pool_complete(nr_job *job, ptrdiff_t result)
{
    nr_waker *waker = job->waker;
    job->waker = NULL;
    job->result = result;
    job->state = NR_JOB_DONE;
    return waker;
}

/* ---- threads ---- */

/* Runs a job. Takes the lock back. */
static void pool_run(nr_pool *p, nr_job *job)
{
    nr_waker *waker = NULL;
    nr_job_kind kind = job->kind;
    pool_unqueue(p, job);
    job->state = NR_JOB_RUNNING;
    p->running[kind]++;
    p->idle--;
    nr_sys_mutex_unlock(&p->lock);
    ptrdiff_t result = job->run(job->arg);
    if (job->drop)
        job->drop(job->arg);
    nr_sys_mutex_lock(&p->lock);
    p->running[kind]--;
    p->idle++;
    if (job->state == NR_JOB_ABANDONED)
        nr_sys_free(job);
    else
        waker = pool_complete(job, result);
    if (waker) {
        nr_sys_mutex_unlock(&p->lock);
        nr_waker_wake(waker);
        nr_waker_drop(waker);
        nr_sys_mutex_lock(&p->lock);
    }
}

/* Returns the next job, or NULL when the thread has to end. */
static nr_job *pool_await_job(nr_pool *p)
{
    uint64_t deadline_ns =
        nr_deadline_after_ns(nr_sys_now_ns(), p->options.keep_ns);
    bool in_time = true;
    nr_job *job = pool_next(p);
    while (!job && !p->is_ending && in_time) {
        in_time = nr_sys_cond_wait_until(&p->work, &p->lock, deadline_ns);
        job = pool_next(p);
    }
    return job;
}

static void pool_main(void *arg)
{
    pool_thread *self = arg, *before;
    nr_pool *p = self->pool;
    nr_job *job;
    pool_self = self;
    nr_sys_thread_name("nr-blocking");
    nr_sys_mutex_lock(&p->lock);
    while ((job = pool_await_job(p)))
        pool_run(p, job);
    p->threads--;
    p->idle--;
    before = p->gone;
    p->gone = self;
    nr_sys_mutex_unlock(&p->lock);
    pool_join(before);
    p->options.has_ended(p);
}

/* Creates a thread. Returns false if that cannot be done. Under the lock. */
static bool pool_create_thread(nr_pool *p)
{
    pool_thread *t = nr_sys_alloc(sizeof *t);
    if (!t)
        return false;
    t->pool = p;
    if (nr_sys_thread_create(&t->thread, p->options.stack_size, pool_main, t)) {
        nr_sys_free(t);
        return false;
    }
    p->threads++;
    p->idle++;
    p->options.begins(p);
    return true;
}

/* ---- jobs ---- */

int nr_pool_push(nr_pool *p, nr_job *job)
{
    int error = 0;
    nr_sys_mutex_lock(&p->lock);
    if (p->is_ending) {
        error = -ECANCELED;
    } else {
        pool_queue(p, job);
        bool is_short =
            pool_runnable(p) > p->idle && p->threads < p->options.threads_max;
        if (is_short && !pool_create_thread(p) && p->threads == 0) {
            pool_unqueue(p, job);
            error = -EAGAIN;
        }
        nr_sys_cond_signal(&p->work);
    }
    nr_sys_mutex_unlock(&p->lock);
    return error;
}

bool nr_pool_poll(nr_pool *p, nr_job *job, nr_waker *waker)
{
    nr_sys_mutex_lock(&p->lock);
    bool is_done = job->state == NR_JOB_DONE;
    if (!is_done)
        nr_waker_store(&job->waker, waker);
    nr_sys_mutex_unlock(&p->lock);
    return is_done;
}

/* The waker of a job that is left, to be dropped without the lock. */
static nr_waker *pool_take_waker(nr_job *job)
{
    nr_waker *waker = job->waker;
    job->waker = NULL;
    return waker;
}

bool nr_pool_take_back(nr_pool *p, nr_job *job)
{
    nr_waker *waker = NULL;
    nr_sys_mutex_lock(&p->lock);
    bool is_queued = job->state == NR_JOB_QUEUED;
    if (is_queued) {
        pool_unqueue(p, job);
        waker = pool_take_waker(job);
    }
    nr_sys_mutex_unlock(&p->lock);
    nr_waker_drop(waker);
    return is_queued;
}

void nr_pool_abandon(nr_pool *p, nr_job *job)
{
    nr_sys_mutex_lock(&p->lock);
    nr_job_state state = job->state;
    nr_waker *waker = pool_take_waker(job);
    if (state == NR_JOB_QUEUED)
        pool_unqueue(p, job);
    else if (state == NR_JOB_RUNNING)
        job->state = NR_JOB_ABANDONED;
    nr_sys_mutex_unlock(&p->lock);
    nr_waker_drop(waker);
    if (state == NR_JOB_QUEUED)
        job->drop(job->arg);
    if (state != NR_JOB_RUNNING)
        nr_sys_free(job);
}

/* Takes one queued job out and completes it. Returns false if there is none. */
static bool pool_refuse_one(nr_pool *p, int kind)
{
    nr_sys_mutex_lock(&p->lock);
    nr_job *job = NULL;
    if (p->queued_count[kind] > 0) {
        job = NR_CONTAINER_OF(p->queued[kind].next, nr_job, link);
        pool_unqueue(p, job);
        job->state = NR_JOB_RUNNING; /* nobody takes it back */
    }
    nr_sys_mutex_unlock(&p->lock);
    if (!job)
        return false;
    if (job->drop)
        job->drop(job->arg);
    nr_sys_mutex_lock(&p->lock);
    bool is_abandoned = job->state == NR_JOB_ABANDONED;
    nr_waker *waker = is_abandoned ? NULL : pool_complete(job, -ECANCELED);
    nr_sys_mutex_unlock(&p->lock);
    if (is_abandoned)
        nr_sys_free(job);
    nr_waker_wake(waker);
    nr_waker_drop(waker);
    return true;
}

void nr_pool_end(nr_pool *p)
{
    nr_sys_mutex_lock(&p->lock);
    p->is_ending = true;
    nr_sys_cond_broadcast(&p->work);
    nr_sys_mutex_unlock(&p->lock);
    for (int kind = 0; kind < NR_JOB_KINDS; kind++) {
        while (pool_refuse_one(p, kind))
            continue;
    }
}
