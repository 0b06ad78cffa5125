/* SPDX-License-Identifier: MIT */

/*
 * The end of a runtime. Mirrored, each under its name, without the prefix of its
 * file:
 *
 *   nanorun/rt/sched/handle.c       nr_runtime_retain, nr_runtime_release,
 *                                   handle_schedule, nr_runtime_worker_idle
 *   nanorun/rt/sched/shared.h       nr_runtime_enter
 *   nanorun/rt/sched/runtime.c      stop, is_drained, cancel, drain,
 *                                   await_workers, end, tear_down, free_tasks,
 *                                   take_out, runtime_thread_gone
 *   nanorun/rt/task/tasklist.c      all but init
 *   nanorun/rt/sched/injector.c     push, pop, close
 *   nanorun/rt/sched/spawn.c        spawn_inside, spawn_outside
 *   nanorun/rt/sched/worker_loop.c  run, rest; that a worker finds work and sleeps
 *                                   when there is none is the matter of park.pml
 *   nanorun/rt/task/task.c          wake_with, nr_task_run, enlist,
 *                                   nr_task_freeze, release, in short: task.pml
 *                                   has them in full
 *
 * The world: two workers, a list each, and three tasks. WAITER is there from
 * the start, detached, in a queue; it waits for a wake-up of a thread; when it
 * is cancelled its FINALLY spawns CLEANER, which is not waited for, and with
 * SHIELDED waits for the wake-up all the same. With BORROWED the thread has no
 * reference to it, as who wakes a line (nr_waker_mark, nr_task_push). GUEST is
 * spawned by a thread that has a handle of the runtime, at any time, also after
 * the end, and joined there. With BOUNDED the end has a deadline, which comes at
 * any time, and with STUCK the poll of GUEST does not return until the runtime's
 * end has, and nobody wakes WAITER. One of CLEANER and GUEST is left out by
 * CLEANERLESS or GUESTLESS.
 *
 * Proved, in every interleaving: the end comes to its end; every future that
 * was handed over is dropped once, run or not; every handle resolves; what is
 * spawned by a thread that comes late is refused, and what is spawned by a
 * FINALLY is not polled; where the sum says that all tasks
 * have ended they have; no task and no runtime is touched after it was freed,
 * and all are freed.
 *
 * Assumed: one order of all steps. What a lock guards is one step, but for what
 * a thread that goes without the lock could see.
 *
 * run: -DGUESTLESS
 * run: -DCLEANERLESS
 * run: -DBOUNDED -DSHIELDED -DGUESTLESS
 * run: -DBOUNDED -DSHIELDED -DBORROWED -DGUESTLESS
 * run: -DBOUNDED -DSTUCK -DCLEANERLESS
 * ends: -DGUESTLESS
 * ends: -DBOUNDED -DSTUCK -DCLEANERLESS
 *
 * mutant: SPAWNED_SUMMED_FIRST: has_drained: -DGUESTLESS
 *   What was spawned is summed before what has ended.
 * mutant: SPAWNED_COUNTED_LATE: has_drained: -DGUESTLESS
 *   A task is counted when it has been pushed, and may have ended.
 * mutant: ENTERED_UNCHECKED: has_returned: -DCLEANERLESS
 *   A thread that spawns does not look whether it is too late.
 * mutant: ADDED_UNTOLD: has_returned: -DGUESTLESS
 *   A task that enters a list does not look whether that is too late.
 * mutant: CANCELLED_BEFORE_CLOSING: is_late: -DGUESTLESS
 *   The tasks are cancelled before it is known that the runtime ends.
 * mutant: TAKEN_OUT_RELEASED: dropped: -DBOUNDED -DCLEANERLESS
 *   What was never polled is taken out as if a reference came with it.
 * mutant: UNCANCELLED: has_returned: -DGUESTLESS
 *   The tasks are waited for and not cancelled.
 * mutant: SCHEDULE_UNRETAINED: rt_freed: -DBOUNDED -DSHIELDED -DGUESTLESS
 *   A thread that has pushed a task touches a runtime that may have ended.
 * mutant: CLOSED_BEFORE_FROZEN: dropped: -DBOUNDED -DSHIELDED -DGUESTLESS
 *   The injector is closed before references are taken for who finds it so.
 * mutant: UNFROZEN: dropped: -DBOUNDED -DSHIELDED -DGUESTLESS
 *   What is left is dropped, and wake-ups still schedule it.
 * mutant: UNPUSHED_FREED: freed: -DBOUNDED -DSHIELDED -DBORROWED -DGUESTLESS
 *   A task that is marked is freed before it is pushed.
 * mutant: ABANDONED_LATE: has_torn_down: -DBOUNDED -DSHIELDED -DGUESTLESS
 *   The workers are left to themselves after the look whether there are any.
 */

#define WAITER 0
#define CLEANER 1
#define GUEST 2
#define TASKS 3

/* Where a task is queued: in the local queue 0 or 1, or */
#define INJECTOR 2
#define NOWHERE 3
#define IN_NO_LIST 2

/* nr_task */
bool queued[TASKS], running[TASKS], ended[TASKS], cancelled[TASKS];
bool is_made[TASKS], is_new[TASKS], freed[TASKS], dropped[TASKS];
byte refs[TASKS], place[TASKS] = NOWHERE, list_of[TASKS] = IN_NO_LIST;

/* What WAITER waits for. */
bool has_come, kept;

/* nr_runtime */
byte rt_refs = 4, workers = 2, entered = 1, let_in, spawned[2], ended_on[2];
bool is_entry_closed, closing, injector_closed, stopped, is_abandoned;
bool rt_freed, has_torn_down, has_returned;

/* Whether a worker asks for the sum; whether it comes by `rest` again before it
 * sleeps. */
bool is_changed, notified[2];

#define touch_rt() assert(!rt_freed)
#define touch(t) assert(!freed[t])

/* ---- references ---- */

inline retain()
{
    d_step { touch_rt(); rt_refs++ }
}

inline nr_runtime_release()
{
    d_step {
        touch_rt();
        rt_refs--;
        if
        :: rt_refs == 0 -> rt_freed = true
        :: else
        fi
    }
}

inline release_in_step(t)
{
    touch(t);
    refs[t]--;
    if
    :: refs[t] == 0 -> assert(dropped[t]); freed[t] = true
    :: else
    fi
}

inline nr_task_release(t)
{
    d_step { release_in_step(t) }
}

inline release_unpushed(t)
{
#ifndef MUTANT_UNPUSHED_FREED
    nr_task_release(t);
#endif
    nr_runtime_release()
}

/* A future's leaf takes its waker back, if that was not used. */
inline forget_waker(t)
{
    if
    :: t == WAITER ->
#ifdef BORROWED
        was_kept = false;
        kept = false
#else
        d_step { was_kept = kept; kept = false }
        if
        :: was_kept -> was_kept = false; nr_task_release(t)
        :: else
        fi
#endif
    :: else
    fi
}

/* In the step of the caller. */
inline drop_future(t)
{
    assert(!dropped[t]);
    dropped[t] = true
}

/* ---- waking ---- */

/* By a thread that is no worker. */
inline nr_runtime_schedule(t)
{
#ifndef MUTANT_SCHEDULE_UNRETAINED
    retain();
#endif
    d_step {
        touch_rt();
        is_open = !injector_closed;
        if
        :: is_open ->
            touch(t);
            assert(place[t] == NOWHERE);
            place[t] = INJECTOR
        :: else
        fi
    }
    if
    :: is_open -> touch_rt() /* nr_idle_notify */
    :: else -> release_unpushed(t)
    fi;
#ifndef MUTANT_SCHEDULE_UNRETAINED
    nr_runtime_release()
#endif
}

inline wake_with(t, with_cancel)
{
    d_step {
        touch(t);
        falls_to_us = !queued[t] && !running[t] && !ended[t];
        queued[t] = true;
        cancelled[t] = cancelled[t] || with_cancel
    }
    if
    :: falls_to_us -> falls_to_us = false; nr_runtime_schedule(t)
    :: else
    fi
}

/* ---- spawning ---- */

inline create(t)
{
    d_step {
        assert(!is_made[t]);
        is_made[t] = true;
        is_new[t] = true;
        running[t] = true;
        refs[t] = 2
    }
}

/* In the step of the lock. */
inline nr_tasklist_add(t, l)
{
    touch_rt();
    touch(t);
    list_of[t] = l;
    is_new[t] = false
}

/* Of one that is polled: it is not queued by who marks it. */
inline enlist(t)
{
    if
    :: is_new[t] ->
        d_step { nr_tasklist_add(t, w) }
#ifndef MUTANT_ADDED_UNTOLD
        if
        :: closing -> d_step { queued[t] = true; cancelled[t] = true }
        :: else
        fi
#endif
    :: else
    fi
}

inline nr_task_refuse(t)
{
    forget_waker(t);
    d_step { touch(t); drop_future(t); running[t] = false; ended[t] = true }
}

/* Detached at once. */
inline spawn_inside(t)
{
    create(t);
#ifdef MUTANT_SPAWNED_COUNTED_LATE
    place[t] = w;
    spawned[w]++;
#else
    spawned[w]++;
    place[t] = w;
#endif
    nr_task_release(t)
}

/* ---- workers ---- */

inline nr_tasklist_remove(t)
{
    d_step { touch(t); list_of[t] = IN_NO_LIST }
}

/* Sets `ends` where the task need not wait any more. */
inline poll(t)
{
    ends = true;
    if
    :: t == WAITER ->
        if
#ifndef CLEANERLESS
        :: unwinds && !is_made[CLEANER] && !is_new[t] ->
            /* DETACH(SPAWN(cleaner())) */
            spawn_inside(CLEANER)
#endif
        :: else
        fi;
        d_step {
            ends = has_come;
#ifndef SHIELDED
            ends = ends || unwinds;
#endif
            ends = ends || (unwinds && is_new[t]); /* never polled */
            if
            :: !ends && !kept ->
                kept = true;
#ifndef BORROWED
                refs[t]++
#endif
            :: else
            fi
        }
#ifdef STUCK
    :: t == GUEST && !unwinds -> has_returned
#endif
    :: t == CLEANER ->
        is_late = !unwinds;
        assert(!is_late)
    :: else
    fi
}

inline run_it(t)
{
    d_step {
        touch(t);
        assert((queued[t] || running[t]) && !ended[t]);
        queued[t] = false;
        running[t] = true;
        unwinds = cancelled[t] || (is_new[t] && closing)
    }
    poll(t);
    if
    :: ends ->
        forget_waker(t);
        nr_tasklist_remove(t);
        d_step { drop_future(t); running[t] = false; ended[t] = true }
        nr_task_release(t);
        ended_on[w]++
    :: else ->
        enlist(t);
        d_step {
            touch(t);
            running[t] = queued[t];
            if
            :: queued[t] -> place[t] = w
            :: else
            fi
        }
    fi;
    d_step { unwinds = false; ends = false }
}

#include "shutdown_end.pml"

/* ---- the others ---- */

/* The event of WAITER, if it comes. */
proctype waker()
{
    bool is_open, falls_to_us, was_kept;
#ifdef BORROWED
    d_step { /* under the lock of the line, nr_waker_mark */
        has_come = true;
        if
        :: kept ->
            touch(WAITER);
            kept = false;
            falls_to_us = !queued[WAITER] && !running[WAITER] && !ended[WAITER];
            queued[WAITER] = true
        :: else
        fi
    }
    if
    :: falls_to_us -> touch(WAITER); nr_runtime_schedule(WAITER) /* nr_task_push */
    :: else
    fi
#else
    d_step { has_come = true; was_kept = kept; kept = false }
    if
    :: was_kept -> wake_with(WAITER, false); nr_task_release(WAITER)
    :: else
    fi
#endif
}

/* Holds a handle of the runtime until it has spawned, and that of GUEST. */
proctype spawner()
{
    bool is_open, was_kept;
    create(GUEST);
    /* nr_runtime_enter: what is counted when it is closed is let in */
    d_step {
        touch_rt();
#ifdef MUTANT_ENTERED_UNCHECKED
        is_open = true;
#else
        is_open = !is_entry_closed;
#endif
        entered++
    }
    d_step {
        touch_rt();
        is_open = is_open && !injector_closed;
        if
        :: is_open -> place[GUEST] = INJECTOR
        :: else
        fi
    }
    if
    :: is_open -> touch_rt() /* nr_idle_notify */
    :: else -> nr_task_refuse(GUEST); nr_task_release(GUEST)
    fi;
    nr_runtime_release();
    ended[GUEST]; /* JOIN */
    nr_task_release(GUEST)
}

#define is_over(t) (!is_made[t] || (ended[t] && freed[t]))

init {
    atomic {
        create(WAITER);
        refs[WAITER] = 1;
        place[WAITER] = 0;
        run worker(0);
        run worker(1);
#ifdef GUESTLESS
        rt_refs--;
#else
        run spawner();
#endif
#ifdef SHIELDED
        run waker();
#elif !defined(STUCK)
        if
        :: run waker()
        :: true
        fi;
#endif
        run end()
    }
    timeout; /* nobody can go on */
    assert(has_returned);
    assert(has_torn_down);
    assert(is_over(WAITER) && is_over(CLEANER) && is_over(GUEST));
    assert(rt_freed)
}
