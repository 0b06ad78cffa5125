/* SPDX-License-Identifier: MIT */

/*
 * The child of a fork has the memory of its parent, but none of its threads
 * except the one that called fork.
 *
 * The only locks that all runtimes share are those of the slab. The thread that
 * forks takes them all before, so that the child finds their lists whole. They
 * nest in nothing and nothing nests in them.
 *
 * A runtime of the parent has no workers in the child, and its locks and queues
 * may be amid a change. So a runtime remembers in which process it was made,
 * and a task does in `block`, by the generation, and those functions that would
 * wait for what is not there stop the process. The check is made where it costs
 * nothing: JOIN compares `block` anyhow, and waking looks at the runtime only
 * on the way to the injector.
 *
 * A thread that forks in a task is outside of it in the child, and may use a
 * runtime of its own there. The task itself cannot go on: `stopped` brings the
 * thread out of its worker's loop, where it finds that it is not that worker
 * any more and stops the process. Up to there the rest of the poll may arm
 * timers, so the thread becomes a worker that has no task (orphan.c).
 */

#include "nanorun/rt/thread/fork.h"

#include "nanorun/async/frame.h"
#include "nanorun/rt/thread/spinlock.h"

uint8_t nr_fork_generation_;

static nr_atomic_ptr fork_hook;

void nr_fork_set_hook(void (*in_child)(void))
{
    nr_store_ptr_relaxed(&fork_hook, (void *)(uintptr_t)in_child);
}

void nr_fork_begin_child(void)
{
    nr_store_u32_relaxed(&nr_spin_sleepers_.count, 0); /* none is here */
    if (++nr_fork_generation_ == NR_BLOCK_LENT_)
        nr_fork_generation_++;
    void (*in_child)(void) =
        (void (*)(void))(uintptr_t)nr_load_ptr_relaxed(&fork_hook);
    if (in_child)
        in_child();
}
