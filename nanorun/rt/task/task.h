/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TASK_TASK_H
#define NANORUN_RT_TASK_TASK_H

/*
 * A task: a chain with a state word, in one heap block with its outermost
 * frame where possible, else with an empty one. Only task.c and task_handle.c
 * write the state word; the scheduler calls the transitions below, and wakers
 * and handles are references to the task.
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

/* What a task needs of the worker it belongs to: that which polled it first. */
struct nr_scheduler {
    /* Queues a task that has become runnable. Any thread; the task, not having
     * ended, keeps the scheduler alive up to this call. */
    void (*schedule)(nr_scheduler *scheduler, nr_task *task);
    /* Puts the timers that the poll under way has armed where they belong. Own
     * thread. */
    void (*settle)(void);
    /* Whether the end of its runtime has begun, for a thread that has seen a
     * task which this end cancelled or refused. */
    bool (*is_ending)(const nr_scheduler *scheduler);
    struct nr_timer_wheels *wheels; /* of its runtime: timers.h */
    const nr_atomic_u32 *closing;   /* not 0: the end has begun */
    /* Not NR_OWN_LINE: GCC aligns what is on the stack to 32 bytes only where
     * ASan watches it, and BLOCK_ON has a scheduler there. */
    char apart_[NR_CACHE_LINE - 5 * sizeof(void *)];
    nr_tasklist tasks;
};

/* That of the worker whose thread this is; NULL: it is none. Each wake-up asks,
 * so it is inline. */
extern NR_THREAD_LOCAL nr_scheduler *nr_scheduler_current_;
static inline nr_scheduler *nr_scheduler_current(void)
{
    return nr_scheduler_current_;
}

/* The header of a join future, where the task uses what only frames have a use
 * for. */
typedef struct nr_task_head {
    const nr_future_ops *ops;
    nr_future *awaiter;
    uint8_t block; /* the generation of its process, LENT once the handle is
                      consumed; its holder's */
    uint8_t phase;
    uint16_t error; /* the chain's, as is innermost */
    nr_atomic_u32 state;
} nr_task_head;

struct nr_task {
    union {
        nr_future join; /* first: the handle is this future, see nr_join_ */
        nr_task_head head;
    };
    nr_future *innermost; /* the chain's; NULL while it is polled. The worker's
                             that has taken the task */
    union {
        nr_task *next;     /* in the injector; the injector's lock */
        nr_future *result; /* once ended: the chain's */
    };
    nr_waker *joiner;     /* borrowed from who joins; guarded by JOINER */
    nr_task *list_next;   /* in the scheduler's list; its lock */
    nr_task **list_place; /* what points here in that list */
};

NR_STATIC_ASSERT_(sizeof(struct nr_task) <= NR_TASK_ROOM,
                  "a task fits in front of its frame");

/* What a poll of a task has come to. */
typedef enum nr_task_outcome {
    NR_TASK_WAITS,  /* somebody has its waker */
    NR_TASK_AGAIN,  /* woken while it ran: queue it */
    NR_TASK_YIELDS, /* queue it behind the others */
    NR_TASK_ENDS    /* it may have been freed */
} nr_task_outcome;

/* A task of the future, with one reference of the runtime's and one of the
 * handle's, due to be queued. NULL: no memory, and the future was dropped.
 * The future is not NULL. */
nr_task *nr_task_create(nr_future *future);

/* Polls it, as the worker of `scheduler`, whose the task becomes if it waits
 * for the first time. Once its end has begun a task that was never polled
 * is cancelled instead. Only who took it from a queue. */
nr_task_outcome nr_task_run(nr_task *task, nr_scheduler *scheduler);

/* The frame in the task's block. It has no awaiter. */
static inline nr_future *nr_task_frame(const nr_task *task)
{
    return (nr_future *)((uintptr_t)task + NR_TASK_ROOM);
}

/* The scheduler it belongs to, constant once set: before anybody could ask for
 * the task to be queued. */
static inline nr_scheduler *nr_task_scheduler(const nr_task *task)
{
    return (nr_scheduler *)nr_outermost_kept(nr_task_frame(task));
}

/* Whether it was never polled, and so belongs to none and is in no list. Who
 * took it from a queue. */
static inline bool nr_task_is_new(const nr_task *task)
{
    return !nr_task_scheduler(task);
}

/* Ends a task with ECANCELED without running it: one that was not queued yet,
 * or is frozen. Leaves the runtime's reference. */
void nr_task_refuse(nr_task *task);

/* Asks for cancellation, as the end of the runtime does, of a task in a list,
 * under its lock. Returns whether the task is to be pushed after it. */
bool nr_task_mark_cancelled(nr_task *task);

/* Sees to it that no wake-up schedules the task any more. Returns whether one
 * was about to: the task is in a queue, or on its way there. Only when no
 * worker is left to run it. */
bool nr_task_freeze(nr_task *task);

/* Ends one reference; the last frees the task. */
void nr_task_release(nr_task *task);

/* Asks for cancellation, by the handle. detach ends the handle. */
void nr_task_abort(nr_task *task);
void nr_task_detach(nr_task *task);

#ifdef __cplusplus
}
#endif

#endif
