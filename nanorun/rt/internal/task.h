/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_TASK_H
#define NANORUN_RT_INTERNAL_TASK_H

/*
 * A task: a chain with a state word, in one heap block with its outermost
 * frame where possible. Only task.c writes the state word; the scheduler calls
 * the transitions below, and wakers and handles are references to the task.
 */

#include "nanorun/async/task.h"
#include "nanorun/rt/internal/chain.h"
#include "nanorun/rt/internal/wake.h"
#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_scheduler nr_scheduler;

/* What a task needs of the runtime it belongs to. */
struct nr_scheduler {
    /* Queues a task that has become runnable. Any thread; the task, not having
     * ended, keeps the scheduler alive up to this call. */
    void (*schedule)(nr_scheduler *scheduler, nr_task *task);
};

struct nr_task {
    nr_future join; /* first: the handle is this future, see nr_join_ */
    nr_atomic_u32 state;
    uint16_t shard;  /* of the runtime's task list that it is in */
    bool with_frame; /* one block with the outermost frame behind it */
    nr_scheduler *scheduler;
    nr_chain chain;        /* the worker's that runs it; read after COMPLETE */
    nr_waker *joiner;      /* guarded by the bit JOINER */
    const char *joined_at; /* a place; the handle's holder */
    nr_task *next;         /* in the injector; the injector's lock */
    nr_task *list_next;    /* in the task list; the shard's lock */
    nr_task **list_place;  /* what points here in that list */
};

/* Room in front of a frame that nr_spawn_begin_ asks for; keeps its
 * alignment. */
enum { NR_TASK_ROOM = (sizeof(struct nr_task) + 15) / 16 * 16 };

/* What a poll of a task has come to. */
typedef enum nr_task_outcome {
    NR_TASK_WAITS,  /* somebody has its waker */
    NR_TASK_AGAIN,  /* woken while it ran: schedule it */
    NR_TASK_YIELDS, /* schedule it behind the others */
    NR_TASK_ENDS    /* take it off the list, then nr_task_release */
} nr_task_outcome;

/* A task of the future, with one reference of the runtime's and one of the
 * handle's, due to be scheduled. NULL: no memory, and the future was dropped.
 * The future is not NULL. */
nr_task *nr_task_create(nr_future *future, nr_scheduler *scheduler);

/* Polls it. Only who took it from a queue. */
nr_task_outcome nr_task_run(nr_task *task);

/* Ends a task with ECANCELED without running it: one that was not scheduled
 * yet, or is frozen. */
void nr_task_refuse(nr_task *task);

/* Asks for cancellation, as the end of the runtime does. Any thread. */
void nr_task_cancel(nr_task *task);

/* Sees to it that no wake-up schedules the task any more. Returns whether one
 * was about to: the task is in a queue, or on its way there. Only when no
 * worker is left to run it. */
bool nr_task_freeze(nr_task *task);

/* Ends one reference; the last frees the task. */
void nr_task_release(nr_task *task);

/* The handle that stands for a task there was no memory for. */
nr_task *nr_task_starved(void);

/* Ends the handle. */
void nr_task_detach(nr_task *task);

#ifdef __cplusplus
}
#endif

#endif
