/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_POOL_POOL_H
#define NANORUN_RT_POOL_POOL_H

/*
 * Threads on demand for jobs that block. The pool knows no runtime: it tells
 * its owner when a thread begins and has ended. The head of pool.c has the
 * protocol. For rt only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/async/poll.h"
#include "nanorun/rt/list.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Slow jobs, such as look-ups of names, have at most half of the threads. */
typedef enum nr_job_kind {
    NR_JOB_PLAIN,
    NR_JOB_SLOW,
    NR_JOB_KINDS
} nr_job_kind;

typedef enum nr_job_state {
    NR_JOB_QUEUED,
    NR_JOB_RUNNING,
    NR_JOB_ABANDONED, /* running, and nobody waits for it */
    NR_JOB_DONE
} nr_job_state;

/* A job is its maker's, and may be freed once it is DONE, or was taken back. An
 * abandoned one is the pool's. The pool's lock guards the last four fields. */
typedef struct nr_job {
    ptrdiff_t (*run)(void *arg);
    void (*drop)(void *arg); /* called after run, or NULL */
    void *arg;
    nr_job_kind kind;
    nr_job_state state;
    nr_link link;     /* in `queued`, while it is QUEUED */
    nr_waker *waker;  /* fired when it is DONE */
    ptrdiff_t result; /* when it is DONE */
    uint64_t turn;    /* the order in which the queued ones came */
} nr_job;

typedef struct nr_pool nr_pool;

typedef struct nr_pool_options {
    unsigned threads_max;             /* at least 1 */
    uint64_t keep_ns;                 /* idle threads end after it */
    size_t stack_size;                /* as of nr_sys_thread_create */
    void (*begins)(nr_pool *pool);    /* a thread was created; by its creator,
                                         under the lock */
    void (*has_ended)(nr_pool *pool); /* a thread's last act; it may free the
                                         pool */
} nr_pool_options;

struct nr_pool {
    nr_pool_options options; /* constant */
    nr_sys_mutex lock;       /* of all that follows */
    nr_sys_cond work;        /* there is a job, or the end has begun */
    nr_link queued[NR_JOB_KINDS];
    unsigned queued_count[NR_JOB_KINDS];
    unsigned running[NR_JOB_KINDS];
    uint64_t turn;
    unsigned threads;
    unsigned idle; /* threads without a job, those that begin too */
    bool is_ending;
    struct nr_pool_thread *gone; /* the last thread that ended: to be joined */
};

/* Initializes a pool without threads. Returns 0 or -ENOMEM. */
int nr_pool_init(nr_pool *p, const nr_pool_options *options);

/* Joins what is left of the threads. All have called has_ended, or the last of
 * them calls this from there. */
void nr_pool_join(nr_pool *p);

/* After the join, or where there never was a thread. */
void nr_pool_deinit(nr_pool *p);

/* Lets a job, of which run, drop, arg and kind are set and the rest is zero,
 * run. Returns 0; or -ECANCELED if the pool is ending, -EAGAIN if there is no
 * thread and none can be created: then the job stays the caller's. Threads:
 * any. */
int nr_pool_push(nr_pool *p, nr_job *job);

/* Returns whether the job is DONE. If not, keeps `waker`, to be fired then. */
bool nr_pool_poll(nr_pool *p, nr_job *job, nr_waker *waker);

/* Takes back a job that is still queued. Returns false if it is not. */
bool nr_pool_take_back(nr_pool *p, nr_job *job);

/* Gives up a job that was pushed, is from nr_sys_alloc, and has a drop. Frees
 * it, now or when it has run. */
void nr_pool_abandon(nr_pool *p, nr_job *job);

/* Refuses all jobs from now on, completes those that are queued by -ECANCELED,
 * and lets the threads end. Does not wait. */
void nr_pool_end(nr_pool *p);

#ifdef __cplusplus
}
#endif

#endif
