/* SPDX-License-Identifier: MIT */

/*
 * The task's state word: six bits and the reference count above them.
 *
 *   bit      set by                      cleared by              legal when
 *   QUEUED   who will queue the task     the worker, at a poll   not ended
 *   RUNNING  the worker, at a poll       the same, after it      QUEUED taken
 *   ENDED    the worker, at the end      never                   RUNNING
 *   HANDLE   creation                    join, try_join, detach  once
 *   JOINER   the joiner, `joiner` set    the joiner, not ENDED   HANDLE
 *   CANCEL   abort, shutdown             never                   any time
 *   ABORTED  abort                       never                   with CANCEL
 *
 * A wake-up sets QUEUED; who set it on a task that was neither queued nor
 * running nor ended has to queue it, once. A task woken while it runs is
 * queued by its worker after the poll. Every wake-up is an acquire-release
 * read-modify-write, also one that finds QUEUED set, and so is the start of
 * a poll: what a waker wrote before is seen by the poll that follows.
 *
 * ENDED is set with release: the joiner's acquire load of it sees the result.
 * `joiner` belongs to who holds the handle until JOINER is set, then to the
 * worker, unless the joiner clears JOINER before ENDED comes: the two decide
 * by compare-exchange against the worker's read-modify-write.
 *
 * References: the runtime's, until the task has ended and left the list; the
 * handle's; one a waker. A queue holds none, as a queued task has not ended.
 */

#include "nanorun/rt/internal/task.h"

#include <errno.h>
#include <string.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/internal/timers.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"

enum {
    QUEUED = 1,
    RUNNING = 2,
    ENDED = 4,
    HANDLE = 8,
    JOINER = 16,
    CANCEL = 32,
    ABORTED = 64,
    REFERENCE = 128
};

#define REFERENCES_MAX (UINT32_MAX / REFERENCE - 1024)

_Static_assert(offsetof(nr_task, join) == 0, "a handle is the join future");

/* The handle of every task there was no memory for. */
static nr_task starved = {
    .state = {ENDED | REFERENCE},
    .chain = {.error = ENOMEM, .started = true, .ended = true},
};

/* ---- references: wakers are tasks ---- */

static nr_task *task_of(nr_waker *waker)
{
    return (nr_task *)(void *)waker;
}

nr_waker *nr_waker_clone(nr_waker *waker)
{
    if (!waker)
        return NULL;
    /* Relaxed: a reference is made from one that is held. */
    uint32_t old = nr_fetch_add_u32_relaxed(&task_of(waker)->state, REFERENCE);
    if (old / REFERENCE > REFERENCES_MAX)
        nr_sys_die("too many wakers of one task", NULL);
    return waker;
}

static void destroy(nr_task *task)
{
    nr_chain_drop(&task->chain);
    if (!task->with_frame) {
        nr_sys_free(task);
        return;
    }
    /* The frame's header is still there, also when it was unwound. */
    nr_future *frame = (nr_future *)(void *)((char *)task + NR_TASK_ROOM);
    frame->block = NR_BLOCK_ROOMY_;
    nr_future_free(frame);
}

/* After the caller's own read-modify-write: acq_rel there, so that the last
 * one sees what the others did. */
static void destroy_if_last(nr_task *task, uint32_t old)
{
    if (old / REFERENCE == 1)
        destroy(task);
}

void nr_task_release(nr_task *task)
{
    destroy_if_last(task, nr_fetch_sub_u32_acq_rel(&task->state, REFERENCE));
}

void nr_waker_drop(nr_waker *waker)
{
    if (waker)
        nr_task_release(task_of(waker));
}

void nr_waker_store(nr_waker **kept, nr_waker *waker)
{
    if (*kept == waker)
        return;
    nr_waker_drop(*kept);
    *kept = nr_waker_clone(waker);
}

/* ---- waking ---- */

/* Sets `bits`, QUEUED among them. Returns whether to queue the task falls to
 * the caller. */
static bool mark(nr_task *task, uint32_t bits)
{
    /* acq_rel: pairs with the one at the start of a poll. */
    uint32_t old = nr_fetch_or_u32_acq_rel(&task->state, bits);
    return !(old & (QUEUED | RUNNING | ENDED));
}

static void wake_with(nr_task *task, uint32_t bits)
{
    if (mark(task, bits))
        task->scheduler->schedule(task->scheduler, task);
}

nr_task *nr_waker_mark(nr_waker *waker)
{
    nr_task *task = task_of(waker);
    return task && mark(task, QUEUED) ? task : NULL;
}

void nr_task_push(nr_task *task)
{
    task->scheduler->schedule(task->scheduler, task);
}

void nr_waker_wake(nr_waker *waker)
{
    if (waker)
        wake_with(task_of(waker), QUEUED);
}

void nr_task_cancel(nr_task *task)
{
    wake_with(task, QUEUED | CANCEL);
}

/* ---- life ---- */

/* What the join future of a task is, see below. */
static const nr_future_ops join_ops;

nr_task *nr_task_create(nr_future *future, nr_scheduler *scheduler)
{
    nr_task *task;
    bool with_frame = future->block == NR_BLOCK_ROOMY_;
    if (with_frame) {
        task = (nr_task *)(void *)((char *)future - NR_TASK_ROOM);
        future->block = NR_BLOCK_LENT_;
    } else {
        task = nr_sys_alloc(sizeof *task);
        if (!task) {
            nr_future_drop(future);
            return NULL;
        }
    }
    memset(task, 0, sizeof *task);
    task->join.ops = &join_ops;
    task->with_frame = with_frame;
    task->scheduler = scheduler;
    nr_chain_init(&task->chain, future);
    nr_store_u32_relaxed(&task->state, QUEUED | HANDLE | 2 * REFERENCE);
    return task;
}

/* Sets ENDED in place of `from` and tells the joiner. */
static void set_ended(nr_task *task, uint32_t from)
{
    /* acq_rel: releases the result to the joiner's load of ENDED, and acquires
     * `joiner` from who set JOINER. */
    uint32_t old = nr_fetch_add_u32_acq_rel(&task->state, ENDED - from);
    if (old & JOINER) {
        nr_waker_wake(task->joiner);
        nr_waker_drop(task->joiner);
    }
}

void nr_task_refuse(nr_task *task)
{
    nr_chain_drop(&task->chain);
    task->chain.error = ECANCELED;
    set_ended(task, QUEUED);
}

static nr_task_outcome after_pending(nr_task *task, bool yielded)
{
    if (!yielded) {
        /* acq_rel: releases what the poll wrote to the next one's worker. */
        uint32_t old = nr_fetch_sub_u32_acq_rel(&task->state, RUNNING);
        return old & QUEUED ? NR_TASK_AGAIN : NR_TASK_WAITS;
    }
    /* RUNNING becomes QUEUED. With QUEUED set, this takes that off and leaves
     * RUNNING: then again. acq_rel: as above. */
    while (nr_fetch_sub_u32_acq_rel(&task->state, RUNNING - QUEUED) & QUEUED)
        ;
    return NR_TASK_YIELDS;
}

nr_task_outcome nr_task_run(nr_task *task)
{
    /* acq_rel: acquires what wakers wrote, and what the last poll did. */
    uint32_t old = nr_fetch_add_u32_acq_rel(&task->state, RUNNING - QUEUED);
    if ((old & (QUEUED | RUNNING | ENDED)) != QUEUED)
        nr_sys_die("a task was run twice at once", NULL);
    if (old & CANCEL)
        nr_chain_cancel(&task->chain);
    nr_context cx = {.waker = (nr_waker *)(void *)task,
                     .budget = NR_BUDGET_PER_POLL};
    if (nr_chain_poll(&task->chain, &cx) == NR_PENDING) {
        if (cx.armed)
            nr_timers_settle();
        return after_pending(task, cx.yielded);
    }
    set_ended(task, RUNNING);
    return NR_TASK_ENDS;
}

bool nr_task_freeze(nr_task *task)
{
    /* acq_rel: as in wake_with; who comes later finds QUEUED set. */
    return nr_fetch_or_u32_acq_rel(&task->state, QUEUED | CANCEL) & QUEUED;
}

/* ---- the handle ---- */

static void consume(nr_task *task, const char *place)
{
    if (task->join.resume)
        nr_sys_die("a join handle is consumed twice", place);
    task->join.resume = 1;
}

static void check_handle(const nr_task *task, const char *place)
{
    if (!task)
        nr_sys_die("a join handle is NULL", place);
}

void nr_task_detach(nr_task *task)
{
    uint32_t old = nr_load_u32_relaxed(&task->state);
    uint32_t new_state;
    nr_waker *joiner = task->joiner; /* before our reference is gone */
    do {
        new_state = (old & ~(uint32_t)HANDLE) - REFERENCE;
        if (!(old & ENDED))
            new_state &= ~(uint32_t)JOINER; /* ours again */
        /* acq_rel: pairs with set_ended and with the other releases. */
    } while (!nr_cas_u32_acq_rel(&task->state, &old, new_state));
    destroy_if_last(task, old);
    if ((old & JOINER) && !(old & ENDED))
        nr_waker_drop(joiner);
}

void nr_detach_(nr_task *task, const char *place)
{
    check_handle(task, place);
    if (task == &starved)
        return;
    consume(task, place);
    nr_task_detach(task);
}

void nr_abort_(nr_task *task, const char *place)
{
    check_handle(task, place);
    if (task != &starved)
        wake_with(task, QUEUED | CANCEL | ABORTED);
}

bool nr_is_finished_(const nr_task *task, const char *place)
{
    check_handle(task, place);
    return nr_load_u32_acquire(&task->state) & ENDED; /* see set_ended */
}

nr_task *nr_task_starved(void)
{
    return &starved;
}

/* ---- joining ---- */

/* NR_READY once the task has ended; else the waker is left with it. */
static nr_poll poll_ended(nr_task *task, nr_context *cx)
{
    uint32_t old = nr_load_u32_acquire(&task->state); /* see set_ended */
    if (old & ENDED)
        return nr_context_spend(cx) ? NR_READY : NR_PENDING;
    if (old & JOINER)
        return NR_PENDING; /* it is one task that polls, so the same waker */
    task->joiner = nr_waker_clone(cx->waker);
    do {
        if (old & ENDED) {
            nr_waker_drop(task->joiner);
            return NR_READY;
        }
        /* acq_rel: releases `joiner` to set_ended. */
    } while (!nr_cas_u32_acq_rel(&task->state, &old, old | JOINER));
    return NR_PENDING;
}

static const char no_memory[] =
    "JOIN of a task that ran out of memory, use TRY_JOIN";

/*
 * JOIN allocates nothing: what it yields is the task itself, whose first member
 * is the join future, under the type of the spawned call's future. That type
 * is only used for `base`; the result is read from the outermost frame, which
 * poll names in the context.
 */
static nr_poll join_poll(nr_future *self, nr_context *cx)
{
    nr_task *task = (nr_task *)self;
    if (poll_ended(task, cx) == NR_PENDING)
        return NR_PENDING;
    cx->done = task->chain.result;
    if (cx->done)
        return NR_READY;
    if (task->chain.error == ENOMEM)
        nr_sys_die(no_memory, task->joined_at);
    if (nr_load_u32_relaxed(&task->state) & ABORTED)
        nr_sys_die("JOIN of a task that was aborted, use TRY_JOIN",
                   task->joined_at);
    cx->error = ECANCELED;
    return NR_UNWIND_; /* cancelled with its runtime, and so are we */
}

static void join_drop(nr_future *self)
{
    nr_task_detach((nr_task *)self);
}

static const nr_future_ops join_ops =
    NR_FUTURE_OPS(nr_task, join_poll, NULL, join_drop);

void *nr_join_(nr_task *task, const char *place)
{
    check_handle(task, place);
    if (task == &starved)
        nr_sys_die(no_memory, place);
    consume(task, place);
    task->joined_at = place;
    return task;
}

typedef struct try_join {
    nr_try_join_future head;
    nr_task *task;
    void *out;
    size_t offset;
    size_t size;
} try_join;

static nr_poll try_join_poll(nr_future *self, nr_context *cx)
{
    try_join *f = (try_join *)self;
    if (poll_ended(f->task, cx) == NR_PENDING)
        return NR_PENDING;
    f->head.result = nr_chain_take(&f->task->chain, f->out, f->offset, f->size);
    return NR_READY;
}

static void try_join_drop(nr_future *self)
{
    nr_task *task = ((try_join *)self)->task;
    if (task != &starved)
        nr_task_detach(task);
    nr_future_free(self);
}

static const nr_future_ops try_join_ops =
    NR_FUTURE_OPS(try_join, try_join_poll, NULL, try_join_drop);

nr_try_join_future *nr_try_join_(nr_task *task, void *out, size_t offset,
                                 size_t size, const char *place)
{
    check_handle(task, place);
    if (task != &starved)
        consume(task, place);
    try_join *f = NR_FUTURE_NEW(try_join, &try_join_ops);
    if (!f) {
        if (task != &starved)
            nr_task_detach(task);
        return NULL;
    }
    f->task = task;
    f->out = out;
    f->offset = offset;
    f->size = size;
    return &f->head;
}
