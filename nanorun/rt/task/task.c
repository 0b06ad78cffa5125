/* SPDX-License-Identifier: MIT */

/*
 * The state word of a task: seven bits, and the reference count above them.
 *
 *   bit      set by                      cleared by              legal when
 *   QUEUED   a wake-up                   the worker, at a poll   not ended
 *   RUNNING  creation; the worker, at    the worker, when the    not ended
 *            the poll of a waiting task  task is to wait
 *   ENDED    the worker, at the end      never                   RUNNING
 *   JOINER   the joiner, `joiner` set    the joiner, not ENDED   one holds the
 *                                                                handle
 *   LOCKED   the worker, at the end      the same, with ENDED    JOINER
 *   CANCEL   abort, shutdown             never                   any time
 *   ABORTED  abort                       never                   with CANCEL
 *
 * A run begins with the task's creation, or with the first poll after a
 * wake-up. It ends when the task waits or has ended. RUNNING stays set for the
 * whole run, even while the task is in a queue because it is new, has yielded,
 * or was woken during its poll; so such a stay in a queue changes RUNNING at
 * neither end.
 *
 * A wake-up sets QUEUED. A thread that sets it on a task that is neither
 * queued, running nor ended has to push the task to a queue, once. A task that
 * is woken while it runs is polled again in the same run.
 *
 * Every wake-up is an acquire-release read-modify-write, even if it finds
 * QUEUED set. So is each operation that clears QUEUED before a poll or RUNNING
 * after it. Hence the poll that follows a wake-up sees all writes that preceded
 * the wake-up.
 *
 * ENDED is set with release, so a joiner whose acquire load finds ENDED sees
 * the result. The field `joiner` belongs to the holder of the handle until
 * JOINER is set, then to the worker, unless the joiner clears JOINER before the
 * worker sets LOCKED; a compare-exchange decides. The waker in it is borrowed:
 * the joining task does not end before it has cleared JOINER or has seen ENDED,
 * and for both it waits while LOCKED is set. During that time, a few lines, the
 * worker marks the joining task; it pushes that task after setting ENDED.
 *
 * The references are that of the runtime, until the task has ended and left its
 * list; that of the handle; and one for each waker. A queue holds none, because
 * a queued task has not ended. A thread that finds its own reference to be the
 * last frees the task without a read-modify-write, because no other thread can
 * make a further reference.
 */

#include "nanorun/rt/task/task.h"

#include <errno.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/task/chain.h"
#include "nanorun/rt/task/task_word.h"
#include "nanorun/rt/thread/fork.h"
#include "nanorun/sys/die.h"

#define TASK_REFERENCES_MAX (UINT32_MAX / REFERENCE - 1024)

_Static_assert(offsetof(nr_task, join) == 0, "a handle is the join future");

NR_THREAD_LOCAL nr_scheduler *nr_scheduler_current_;

/* ---- references: wakers are tasks ---- */

static nr_task *task_of(nr_waker *waker)
{
    return (nr_task *)(void *)waker;
}

nr_waker *nr_waker_clone(nr_waker *waker)
{
    if (!waker)
        return NULL;
    /* Relaxed: the caller holds a reference, so the task is not freed. */
    uint32_t old =
        nr_fetch_add_u32_relaxed(&task_of(waker)->head.state, REFERENCE);
    if (old / REFERENCE > TASK_REFERENCES_MAX)
        nr_sys_die("too many wakers of one task", NULL);
    return waker;
}

/* Gives the handle's reference up. If it is the last one, keeps it for the
 * caller and returns true. Inline, because every JOIN ends with it. */
static inline bool task_end_handle(nr_task *task)
{
    uint32_t old = nr_task_unlocked_(&task->head.state);
    while (old / REFERENCE != 1) {
        /* If the task has not ended, JOINER is taken back. */
        uint32_t without = old & ENDED ? old : old & ~(uint32_t)JOINER;
        /* acq_rel: pairs with task_end and with the releases of other
         * references. */
        if (nr_cas_u32_acq_rel(&task->head.state, &old, without - REFERENCE))
            return false;
        if (old & LOCKED)
            old = nr_task_unlocked_(&task->head.state);
    }
    return true;
}

static void task_free(nr_task *task)
{
    nr_task_frame(task)->block = NR_BLOCK_ROOMY_;
    nr_future_free(nr_task_frame(task));
}

static bool task_is_join(const nr_task *task)
{
    return task->innermost && task->innermost->ops == &nr_join_ops;
}

/* Frees a task whose outermost future is a JOIN, and with it the joined task,
 * which may be another such task. A loop, so that no C stack is needed for a
 * long row of them. */
static NR_NOINLINE_ void task_destroy_joins(nr_task *task)
{
    bool is_last = true;
    while (is_last && task_is_join(task)) {
        nr_task *joined = (nr_task *)task->innermost;
        is_last = task_end_handle(joined);
        task_free(task);
        task = joined;
    }
    if (!is_last)
        return;
    nr_future_drop(task->innermost);
    task_free(task);
}

/* Frees a task that has ended. What is left of its chain is the outermost
 * future, or nothing if that was unwound; the header of the frame in the task's
 * block is valid in both cases. */
static void task_destroy(nr_task *task)
{
    if (NR_RARELY_(task_is_join(task))) {
        task_destroy_joins(task);
        return;
    }
    nr_future_drop(task->innermost);
    task_free(task);
}

/* `old` is from the caller's read-modify-write. That is acq_rel, so that the
 * thread with the last reference sees what the others did. */
static void task_destroy_if_last(nr_task *task, uint32_t old)
{
    if (old / REFERENCE == 1)
        task_destroy(task);
}

void nr_task_release(nr_task *task)
{
    task_destroy_if_last(
        task, nr_fetch_sub_u32_acq_rel(&task->head.state, REFERENCE));
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

/* Sets `bits`, QUEUED among them. Returns whether the caller has to queue the
 * task. */
static bool task_mark(nr_task *task, uint32_t bits)
{
    /* acq_rel: pairs with task_begin and task_after_pending. */
    uint32_t old = nr_fetch_or_u32_acq_rel(&task->head.state, bits);
    return !(old & (QUEUED | RUNNING | ENDED));
}

void nr_task_push(nr_task *task)
{
    nr_scheduler *scheduler = nr_task_scheduler(task);
    scheduler->schedule(scheduler, task);
}

static void task_wake_with(nr_task *task, uint32_t bits)
{
    if (task_mark(task, bits))
        nr_task_push(task);
}

nr_task *nr_waker_mark(nr_waker *waker)
{
    nr_task *task = task_of(waker);
    return task && task_mark(task, QUEUED) ? task : NULL;
}

void nr_waker_wake(nr_waker *waker)
{
    if (waker)
        task_wake_with(task_of(waker), QUEUED);
}

bool nr_task_mark_cancelled(nr_task *task)
{
    return task_mark(task, QUEUED | CANCEL);
}

/* ---- life ---- */

/* The frame behind a task whose outermost future has a block of its own. */
static const nr_future_ops task_empty_ops =
    NR_OPS_("task", NULL, NULL, NULL, sizeof(nr_future), NULL, false, 0);

/* Makes a task of a future whose block has no room for a task. */
static NR_NOINLINE_ nr_task *task_create_apart(nr_future *future)
{
    nr_outermost_begin(future, NULL);
    nr_spawn_begin_();
    nr_future *frame = nr_frame_take_(&task_empty_ops, sizeof(nr_future));
    if (!frame) {
        nr_future_drop(future);
        return NULL;
    }
    nr_task *task = nr_task_create(frame);
    task->innermost = future;
    return task;
}

nr_task *nr_task_create(nr_future *future)
{
    if (future->block != NR_BLOCK_ROOMY_)
        return task_create_apart(future);
    nr_task *task = (nr_task *)((uintptr_t)future - NR_TASK_ROOM);
    future->block = NR_BLOCK_LENT_;
    nr_outermost_mark(future, NULL);
    task->join =
        (nr_future){.ops = &nr_join_ops, .block = nr_fork_generation()};
    task->innermost = future;
    nr_store_u32_relaxed(&task->head.state, RUNNING | 2 * REFERENCE);
    return task;
}

/* Ends a task that has a joiner and is LOCKED; `old` is its state before
 * LOCKED. */
static void task_end_locked(nr_task *task, uint32_t old)
{
    nr_task *joiner = nr_waker_mark(task->joiner);
    /* acq_rel: as in task_end. */
    nr_fetch_add_u32_acq_rel(&task->head.state,
                             ENDED - (old & RUNNING) - LOCKED - REFERENCE);
    nr_spin_wake(&task->head.state);
    if (joiner)
        nr_task_push(joiner);
}

/* Sets ENDED, wakes the joiner, and releases one reference. */
static void task_end(nr_task *task)
{
    /* acquire: pairs with the releases of other references. */
    uint32_t old = nr_load_u32_acquire(&task->head.state);
    while (old / REFERENCE != 1) {
        uint32_t lock = old | LOCKED;
        uint32_t ended = ((old & ~(uint32_t)RUNNING) | ENDED) - REFERENCE;
        /* acq_rel: releases the result to the joiner's load of ENDED, and
         * acquires `joiner` from the thread that set JOINER. */
        if (!nr_cas_u32_acq_rel(&task->head.state, &old,
                                old & JOINER ? lock : ended))
            continue;
        if (old & JOINER)
            task_end_locked(task, old);
        return;
    }
    task_destroy(task);
}

void nr_task_refuse(nr_task *task)
{
    nr_chain c = {.innermost = task->innermost};
    nr_chain_drop(&c);
    task->innermost = NULL;
    task->result = NULL;
    task->head.error = ECANCELED;
    nr_waker_clone((nr_waker *)(void *)task);
    task_end(task);
}

/* Begins a poll. Returns whether the task is to be cancelled. */
static bool task_begin(nr_task *task)
{
    /* acquire: if QUEUED is set, the read-modify-write below acquires the
     * waker's writes; otherwise the queue passes on the last poll's. */
    uint32_t old = nr_load_u32_acquire(&task->head.state);
    /* acq_rel: acquires what wakers wrote and what the last poll wrote. */
    if (!(old & RUNNING))
        old = nr_fetch_add_u32_acq_rel(&task->head.state, RUNNING - QUEUED);
    else if (old & QUEUED)
        old = nr_fetch_sub_u32_acq_rel(&task->head.state, QUEUED);
    return old & CANCEL;
}

static nr_task_outcome task_after_pending(nr_task *task, bool yielded)
{
    if (yielded)
        return NR_TASK_YIELDS;
    uint32_t old = nr_load_u32_relaxed(&task->head.state);
    do {
        if (old & QUEUED)
            return NR_TASK_AGAIN;
        /* acq_rel: releases what this poll wrote to the worker of the next. */
    } while (!nr_cas_u32_acq_rel(&task->head.state, &old, old - RUNNING));
    return NR_TASK_WAITS;
}

/* Relaxed: a thread that adds a task to a list after the list was cancelled
 * sees `closing` by the list's lock. A task that a cancelled task spawns sees
 * it by the queue that passed it on. */
static bool task_is_closing(const nr_scheduler *scheduler)
{
    return nr_load_u32_relaxed(scheduler->closing);
}

/* Puts a task into the worker's list after its first poll. No wake-up has read
 * the scheduler yet, because the task is still RUNNING. */
static void task_enlist(nr_task *task, nr_scheduler *scheduler)
{
    nr_outermost_mark(nr_task_frame(task), scheduler);
    nr_tasklist_add(&scheduler->tasks, &task->link);
    if (task_is_closing(scheduler))
        nr_task_mark_cancelled(task); /* it runs, so it is polled again */
}

nr_task_outcome nr_task_run(nr_task *task, nr_scheduler *scheduler)
{
    bool is_new = nr_task_is_new(task);
    nr_chain c = {.innermost = task->innermost,
                  .error = task->head.error,
                  .started = !is_new,
                  .cancelled = task_begin(task)};
    if (!c.innermost)
        nr_sys_die("a task was run twice at once", NULL);
    task->innermost = NULL;
    if (is_new && task_is_closing(scheduler))
        c.cancelled = true;
    nr_context cx = {.waker = (nr_waker *)(void *)task,
                     .budget = NR_BUDGET_PER_POLL};
    nr_poll answer = nr_chain_poll(&c, &cx);
    task->innermost = c.innermost;
    task->head.error = (uint16_t)c.error;
    if (answer == NR_PENDING) {
        if (cx.armed)
            scheduler->settle();
        if (is_new)
            task_enlist(task, scheduler);
        return task_after_pending(task, cx.yielded);
    }
    if (!is_new)
        nr_tasklist_remove(&nr_task_scheduler(task)->tasks, &task->link);
    task->result = c.result;
    task_end(task);
    return NR_TASK_ENDS;
}

bool nr_task_freeze(nr_task *task)
{
    /* acq_rel: as in task_mark. A later wake-up finds QUEUED set. */
    return nr_fetch_or_u32_acq_rel(&task->head.state, QUEUED | CANCEL) &
           (QUEUED | RUNNING);
}

/* ---- the handle, see task_handle.c and join.c ---- */

void nr_task_detach(nr_task *task)
{
    if (task_end_handle(task))
        task_destroy(task);
}

void nr_task_abort(nr_task *task)
{
    task_wake_with(task, QUEUED | CANCEL | ABORTED);
}
