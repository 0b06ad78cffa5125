/* SPDX-License-Identifier: MIT */

/*
 * The child of a fork has the memory of its parent, but none of its threads
 * except the one that called fork.
 *
 * The only locks that all runtimes share are those of the slab. The thread that
 * forks takes all of them before the fork, so that the child finds the slab's
 * lists intact. No other lock is held together with one of them.
 *
 * A runtime of the parent has no workers in the child, and the fork may have
 * interrupted changes of its locks and queues. So a runtime, and a task in its
 * field `block`, store the generation of the process that made it, and
 * functions that would wait for ever stop the process. The check is made where
 * it costs nothing: JOIN compares `block` in any case, and a wake-up checks the
 * runtime only on the way to the injector.
 *
 * In the child, a thread that forked in a task counts as outside of that task,
 * and may use a runtime of its own. The task itself cannot go on. After its
 * poll the thread leaves its worker's loop, because `stopped` was set, finds
 * that it is not that worker any more, and stops the process. The rest of the
 * poll may still arm timers, so the thread is made a worker that has no task
 * (sched/orphan.c).
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
    /* The threads that slept are not in the child. */
    nr_store_u32_relaxed(&nr_spin_sleepers_.count, 0);
    if (++nr_fork_generation_ == NR_BLOCK_LENT_)
        nr_fork_generation_++;
    void (*in_child)(void) =
        (void (*)(void))(uintptr_t)nr_load_ptr_relaxed(&fork_hook);
    if (in_child)
        in_child();
}
