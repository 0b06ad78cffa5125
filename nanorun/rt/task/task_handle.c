/* SPDX-License-Identifier: MIT */

/* The head of task.c has the protocol. */

#include "nanorun/rt/task/task_handle.h"

#include <errno.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/task/chain.h"
#include "nanorun/rt/task/task_word.h"

/* The handle of every task for which there was no memory. */
static nr_task task_starved = {
    .head = {.error = ENOMEM, .state = {ENDED | REFERENCE}}};

int nr_task_take(const nr_task *task, void *out, size_t offset, size_t size)
{
    nr_chain c = {.result = task->result, .error = task->head.error};
    return nr_chain_take(&c, out, offset, size);
}

nr_task *nr_task_starved(void)
{
    return &task_starved;
}

nr_poll nr_task_poll_ended(nr_task *task, nr_context *cx)
{
    uint32_t old = nr_task_unlocked_(&task->head.state);
    if (old & ENDED)
        return nr_context_spend(cx) ? NR_READY : NR_PENDING;
    if (old & JOINER)
        return task->joiner == cx->waker ? NR_PENDING : NR_UNWIND_;
    task->joiner = cx->waker;
    do {
        if (old & ENDED)
            return NR_READY;
        /* acq_rel: releases `joiner` to task_end. */
    } while (!nr_cas_u32_acq_rel(&task->head.state, &old, old | JOINER));
    return NR_PENDING;
}

void nr_task_leave(nr_task *task)
{
    uint32_t old = nr_task_unlocked_(&task->head.state);
    nr_waker *waker = task->joiner;
    while ((old & (JOINER | ENDED)) == JOINER) {
        /* acq_rel: as in task_end_handle. */
        if (nr_cas_u32_acq_rel(&task->head.state, &old,
                               old & ~(uint32_t)JOINER)) {
            nr_waker_wake(waker);
            return;
        }
        if (old & LOCKED)
            old = nr_task_unlocked_(&task->head.state);
    }
}

bool nr_task_was_aborted(const nr_task *task)
{
    return nr_load_u32_relaxed(&task->head.state) & ABORTED;
}

bool nr_task_has_ended(const nr_task *task)
{
    return nr_load_u32_acquire(&task->head.state) & ENDED; /* see task_end */
}
