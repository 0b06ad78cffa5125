/* SPDX-License-Identifier: MIT */

/*
 * The macros on a handle: JOIN, JOIN_STATUS, WAIT_FOR, DETACH, ABORT and
 * IS_FINISHED. Each checks for misuse and calls a transition of the state word,
 * which is in task.c and task_handle.c.
 */

#include "nanorun/async/join.h"

#include <errno.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/task/chain.h"
#include "nanorun/rt/task/task_handle.h"
#include "nanorun/rt/thread/fork.h"
#include "nanorun/sys/die.h"

_Static_assert(offsetof(nr_task_head, awaiter) == offsetof(nr_future, awaiter),
               "a chain writes the awaiter");
_Static_assert(offsetof(nr_task_head, phase) == offsetof(nr_future, phase),
               "a chain writes the phase");
_Static_assert(sizeof(nr_task_head) == sizeof(nr_future),
               "the head is no more than the header");

static void join_check_handle(const nr_task *task, const char *place)
{
    if (!task)
        nr_sys_die("a join handle is NULL", place);
}

/* A freed task keeps LENT until its memory is reused, so a handle to it is
 * recognized until then. Any other difference means that another process made
 * the task. */
static void join_check_unconsumed(const nr_task *task, const char *what,
                                  const char *place)
{
    join_check_handle(task, place);
    if (task->join.block != nr_fork_generation() && task != nr_task_starved())
        nr_sys_die(task->join.block == NR_BLOCK_LENT_
                       ? what
                       : "a join handle made before fork is used in the child",
                   place);
}

static void join_consume(nr_task *task, const char *place)
{
    join_check_unconsumed(task, "a join handle is consumed twice", place);
    task->join.block = NR_BLOCK_LENT_;
}

void nr_detach_(nr_task *task, const char *place)
{
    join_check_handle(task, place);
    if (task == nr_task_starved())
        return;
    join_consume(task, place);
    nr_task_detach(task);
}

void nr_abort_(nr_task *task, const char *place)
{
    join_check_unconsumed(task, "ABORT of a join handle that was consumed",
                          place);
    if (task != nr_task_starved())
        nr_task_abort(task);
}

bool nr_is_finished_(const nr_task *task, const char *place)
{
    join_check_unconsumed(
        task, "IS_FINISHED of a join handle that was consumed", place);
    return nr_task_has_ended(task);
}

/* ---- joining ---- */

static const char join_no_memory[] =
    "JOIN of a task that ran out of memory, use JOIN_STATUS";

/*
 * Stops the process and names the place of the join. If a frame awaits the
 * leaf, the frame has the place. As the outermost future of a branch or a task
 * the leaf has no awaiter, and a JOIN keeps its place in that field. The field
 * needs an even address, so the string of a place has a newline in front, which
 * is skipped if the address was odd.
 */
static NR_NOINLINE_ void join_misuse(const nr_future *leaf, const char *what)
{
    if (nr_is_outermost_mark(leaf->awaiter)) {
        const char *place = nr_outermost_kept(leaf);
        nr_sys_die(what, place ? place + (*place == '\n') : NULL);
    }
    char buf[NR_PLACE_SIZE];
    nr_sys_die(what, nr_frame_place(leaf->awaiter, buf));
}

/* Returns the answer of a poll if nr_task_poll_ended answered other than
 * NR_READY, or stops the process. Inline, because most JOINs wait. */
static inline nr_poll join_wait(const nr_future *leaf, const nr_task *task,
                                const nr_context *cx, nr_poll answer)
{
    if (answer != NR_PENDING)
        join_misuse(leaf, "two tasks wait for the same task at once");
    if ((const void *)cx->waker == task)
        join_misuse(leaf, "a task waits for its own end");
    return answer;
}

/* Whether the runtime of the calling worker is ending. True outside of workers,
 * where a test polls by hand, so that it sees the cancellation. */
static bool join_is_cancelled(void)
{
    const nr_scheduler *s = nr_scheduler_current();
    return !s || s->is_ending(s);
}

/*
 * JOIN allocates nothing: it yields the task, whose first member is the join
 * future, as a pointer to the future of the spawned call. Of that type only
 * `base` is used; the result is read from the task's outermost frame, which
 * poll stores in the context as `done`.
 */
static nr_poll join_poll(nr_future *self, nr_context *cx)
{
    nr_task *task = (nr_task *)self;
    nr_poll answer = nr_task_poll_ended(task, cx);
    if (answer != NR_READY)
        return join_wait(self, task, cx, answer);
    cx->done = task->result;
    if (cx->done)
        return NR_READY;
    if (task->head.error == ENOMEM)
        join_misuse(self, join_no_memory);
    if (nr_task_was_aborted(task))
        join_misuse(self, "JOIN of a task that was aborted, use JOIN_STATUS");
    if (!join_is_cancelled())
        join_misuse(self,
                    "JOIN of a task whose runtime has ended, use JOIN_STATUS");
    cx->error = ECANCELED;
    return NR_UNWIND_; /* the runtime's end cancels this task as well */
}

static void join_drop(nr_future *self)
{
    nr_task_detach((nr_task *)self);
}

const nr_future_ops nr_join_ops =
    NR_FUTURE_OPS(nr_task, join_poll, NULL, join_drop);

void *nr_join_(nr_task *task, const char *newline_and_place)
{
    const char *place = newline_and_place + 1;
    join_check_handle(task, place);
    if (task == nr_task_starved())
        nr_sys_die(join_no_memory, place);
    join_consume(task, place);
    nr_outermost_mark(&task->join, place);
    return task;
}

typedef struct join_status {
    nr_join_status_future head;
    nr_task *task;
    void *out;
    size_t offset;
    size_t size;
} join_status;

static nr_poll join_status_poll(nr_future *self, nr_context *cx)
{
    join_status *f = (join_status *)self;
    nr_poll answer = nr_task_poll_ended(f->task, cx);
    if (answer != NR_READY)
        return join_wait(self, f->task, cx, answer);
    f->head.result = nr_task_take(f->task, f->out, f->offset, f->size);
    return NR_READY;
}

static void join_status_drop(nr_future *self)
{
    nr_task *task = ((join_status *)self)->task;
    if (task != nr_task_starved())
        nr_task_detach(task);
    nr_future_free(self);
}

static const nr_future_ops join_status_ops =
    NR_FUTURE_OPS(join_status, join_status_poll, NULL, join_status_drop);

nr_join_status_future *nr_join_status_(nr_task *task, void *out, size_t offset,
                                       size_t size, const char *place)
{
    join_check_handle(task, place);
    if (task != nr_task_starved())
        join_consume(task, place);
    join_status *f = NR_FUTURE_NEW(join_status, &join_status_ops);
    if (!f) {
        if (task != nr_task_starved())
            nr_task_detach(task);
        return NULL;
    }
    f->task = task;
    f->out = out;
    f->offset = offset;
    f->size = size;
    return &f->head;
}

/* ---- waiting without joining ---- */

typedef struct wait_for {
    nr_wait_for_future head;
    nr_task *task;   /* a reference: another branch may join it meanwhile */
    bool is_waiting; /* the task has the waker */
} wait_for;

static nr_poll wait_for_poll(nr_future *self, nr_context *cx)
{
    wait_for *f = (wait_for *)self;
    nr_poll answer = nr_task_poll_ended(f->task, cx);
    f->is_waiting = answer == NR_PENDING;
    return answer == NR_READY ? answer : join_wait(self, f->task, cx, answer);
}

static void wait_for_drop(nr_future *self)
{
    wait_for *f = (wait_for *)self;
    if (f->is_waiting)
        nr_task_leave(f->task);
    nr_task_release(f->task);
    nr_future_free(self);
}

static const nr_future_ops wait_for_ops =
    NR_FUTURE_OPS(wait_for, wait_for_poll, NULL, wait_for_drop);

nr_wait_for_future *nr_wait_for_(nr_task *task, const char *place)
{
    join_check_handle(task, place);
    if (task->join.block != NR_BLOCK_LENT_)
        join_check_unconsumed(task, NULL, place);
    wait_for *f = NR_FUTURE_NEW(wait_for, &wait_for_ops);
    if (!f)
        return NULL;
    f->task = task;
    nr_waker_clone((nr_waker *)(void *)task);
    return &f->head;
}
