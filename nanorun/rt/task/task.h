/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TASK_TASK_H
#define NANORUN_RT_TASK_TASK_H

/*
 * A task: a chain and a state word. It shares a heap block with its outermost
 * frame if that was allocated with room for it, else with an empty frame. Only
 * task.c and task_handle.c write the state word; the scheduler calls the
 * transitions below. Wakers and handles are references to the task.
 */

#include "nanorun/async/spawn.h"
#include "nanorun/rt/memory/frame_lists.h"
#include "nanorun/rt/task/chain.h"
#include "nanorun/rt/task/tasklist.h"
#include "nanorun/rt/task/wake.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_scheduler nr_scheduler;

/* What a task needs of its worker, which is the one that polled it first. */
struct nr_scheduler {
    /* Queues a task that has become runnable. Threads: any. The task has not
     * ended, which keeps the scheduler alive until this call. */
    void (*schedule)(nr_scheduler *scheduler, nr_task *task);
    /* Puts the timers that were armed by the poll into their wheel. Own
     * thread. */
    void (*settle)(void);
    /* Whether the end of its runtime has begun. Certain only for a thread that
     * has seen a task which that end cancelled or refused. */
    bool (*is_ending)(const nr_scheduler *scheduler);
    struct nr_timer_wheels *wheels; /* of its runtime: timers.h */
    const nr_atomic_u32 *closing;   /* not 0: the end has begun */
    /* Not NR_OWN_LINE: BLOCK_ON has a scheduler on its stack, where GCC with
     * ASan aligns to 32 bytes only. */
    char apart_[NR_CACHE_LINE - 5 * sizeof(void *)];
    nr_tasklist tasks;
};

/* The scheduler of the calling thread's worker; NULL if the thread is no
 * worker. Inline, because every wake-up calls it. */
extern NR_THREAD_LOCAL nr_scheduler *nr_scheduler_current_;
static inline nr_scheduler *nr_scheduler_current(void)
{
    return nr_scheduler_current_;
}

/* The header of the join future. The task uses those of its fields that only
 * frames need. */
typedef struct nr_task_head {
    const nr_future_ops *ops;
    nr_future *awaiter;
    uint8_t block; /* the generation of its process, or LENT once the handle is
                      consumed; written by the holder of the handle */
    uint8_t phase;
    uint16_t error; /* the chain's, as is innermost */
    nr_atomic_u32 state;
} nr_task_head;

struct nr_task {
    union {
        nr_future join; /* first: the handle is this future, see nr_join_ */
        nr_task_head head;
    };
    nr_future *innermost; /* the chain's; NULL during a poll. Owned by the
                             worker that took the task */
    union {
        nr_task *next;     /* in the injector; the injector's lock */
        nr_future *result; /* once ended: the chain's */
    };
    nr_waker *joiner; /* of the joining task, borrowed; guarded by JOINER */
    nr_link link;     /* in the scheduler's list; its lock */
};

NR_STATIC_ASSERT_(sizeof(struct nr_task) <= NR_TASK_ROOM,
                  "a task fits in front of its frame");

/* The outcome of a poll of a task. */
typedef enum nr_task_outcome {
    NR_TASK_WAITS,  /* a wake-up will queue it */
    NR_TASK_AGAIN,  /* woken while it ran: queue it */
    NR_TASK_YIELDS, /* queue it behind the others */
    NR_TASK_ENDS    /* it may have been freed */
} nr_task_outcome;

/* Makes a task of the future, which is not NULL, with one reference for the
 * runtime and one for the handle. The caller has to queue it. Returns NULL and
 * drops the future if there is no memory. */
nr_task *nr_task_create(nr_future *future);

/* Polls the task, as the worker of `scheduler`. A task that waits for the first
 * time then belongs to that scheduler. If the end of the runtime has begun, a
 * task that was never polled is cancelled. Only for the thread that took the
 * task from a queue. */
nr_task_outcome nr_task_run(nr_task *task, nr_scheduler *scheduler);

/* The frame in the task's block. */
static inline nr_future *nr_task_frame(const nr_task *task)
{
    return (nr_future *)((uintptr_t)task + NR_TASK_ROOM);
}

/* The scheduler that the task belongs to. It is set before any wake-up can ask
 * for it, and constant then. */
static inline nr_scheduler *nr_task_scheduler(const nr_task *task)
{
    return (nr_scheduler *)nr_outermost_kept(nr_task_frame(task));
}

/* Whether the task was never polled; then it belongs to no scheduler and is in
 * no list. Only for the thread that took the task from a queue. */
static inline bool nr_task_is_new(const nr_task *task)
{
    return !nr_task_scheduler(task);
}

/* Ends a task with ECANCELED without running it. The task was not queued yet,
 * or is frozen. Keeps the runtime's reference. */
void nr_task_refuse(nr_task *task);

/* Requests the cancellation of a task in a list, for the end of the runtime.
 * Called under the list's lock. Returns whether the caller has to push the task
 * after the unlock. */
bool nr_task_mark_cancelled(nr_task *task);

/* Makes every later wake-up leave the task alone. Returns whether the task is
 * in a queue, or an earlier wake-up is about to push it. Only when no worker is
 * left. */
bool nr_task_freeze(nr_task *task);

/* Releases one reference; the last release frees the task. */
void nr_task_release(nr_task *task);

/* Requests cancellation; detach gives the handle up. Only for the holder of the
 * handle. */
void nr_task_abort(nr_task *task);
void nr_task_detach(nr_task *task);

#ifdef __cplusplus
}
#endif

#endif
