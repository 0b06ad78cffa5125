/* SPDX-License-Identifier: MIT */

/*
 * What a handle is used for: JOIN, TRY_JOIN, DETACH, ABORT, IS_FINISHED. Each
 * is a few lines about the state word, which is in task.c, and the mistakes
 * that can be made with it.
 */

#include <errno.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/internal/task.h"
#include "nanorun/sys/die.h"

_Static_assert(offsetof(nr_task_head, awaiter) == offsetof(nr_future, awaiter),
               "a chain writes the awaiter");
_Static_assert(offsetof(nr_task_head, phase) == offsetof(nr_future, phase),
               "a chain writes the phase");
_Static_assert(sizeof(nr_task_head) == sizeof(nr_future),
               "the head is no more than the header");

static void consume(nr_task *task, const char *place)
{
    if (task->join.block == NR_BLOCK_LENT_)
        nr_sys_die("a join handle is consumed twice", place);
    task->join.block = NR_BLOCK_LENT_;
}

static void check_handle(const nr_task *task, const char *place)
{
    if (!task)
        nr_sys_die("a join handle is NULL", place);
}

void nr_detach_(nr_task *task, const char *place)
{
    check_handle(task, place);
    if (task == nr_task_starved())
        return;
    consume(task, place);
    nr_task_detach(task);
}

void nr_abort_(nr_task *task, const char *place)
{
    check_handle(task, place);
    if (task != nr_task_starved())
        nr_task_abort(task);
}

bool nr_is_finished_(const nr_task *task, const char *place)
{
    check_handle(task, place);
    return nr_task_has_ended(task);
}

/* ---- joining ---- */

static const char no_memory[] =
    "JOIN of a task that ran out of memory, use TRY_JOIN";

/*
 * Stops the process. Where the JOIN stands a frame that awaits it knows. In a
 * branch or in a task of its own it is the outermost future and keeps its place
 * instead, but for the lowest bit of the address: so in front of a place there
 * is a newline.
 */
static NR_NOINLINE_ void misuse(const nr_task *task, const char *what)
{
    if (nr_is_outermost_mark(task->join.awaiter)) {
        const char *place = nr_outermost_kept(&task->join);
        nr_sys_die(what, place + (*place == '\n'));
    }
    char buf[NR_PLACE_SIZE];
    nr_sys_die(what, nr_frame_place(task->join.awaiter, buf));
}

/*
 * JOIN allocates nothing: what it yields is the task itself, whose first member
 * is the join future, under the type of the spawned call's future. That type
 * is only used for `base`; the result is read from the outermost frame, which
 * poll names in the context.
 */
static nr_poll join_poll(nr_future *self, nr_context *cx)
{
    nr_task *task = (nr_task *)self;
    if (nr_task_poll_ended(task, cx) == NR_PENDING)
        return NR_PENDING;
    cx->done = task->result;
    if (cx->done)
        return NR_READY;
    if (task->head.error == ENOMEM)
        misuse(task, no_memory);
    if (nr_task_was_aborted(task))
        misuse(task, "JOIN of a task that was aborted, use TRY_JOIN");
    cx->error = ECANCELED;
    return NR_UNWIND_; /* cancelled with its runtime, and so are we */
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
    check_handle(task, place);
    if (task == nr_task_starved())
        nr_sys_die(no_memory, place);
    consume(task, place);
    nr_outermost_mark(&task->join, place);
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
    if (nr_task_poll_ended(f->task, cx) == NR_PENDING)
        return NR_PENDING;
    f->head.result = nr_task_take(f->task, f->out, f->offset, f->size);
    return NR_READY;
}

static void try_join_drop(nr_future *self)
{
    nr_task *task = ((try_join *)self)->task;
    if (task != nr_task_starved())
        nr_task_detach(task);
    nr_future_free(self);
}

static const nr_future_ops try_join_ops =
    NR_FUTURE_OPS(try_join, try_join_poll, NULL, try_join_drop);

nr_try_join_future *nr_try_join_(nr_task *task, void *out, size_t offset,
                                 size_t size, const char *place)
{
    check_handle(task, place);
    if (task != nr_task_starved())
        consume(task, place);
    try_join *f = NR_FUTURE_NEW(try_join, &try_join_ops);
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
