/* SPDX-License-Identifier: MIT */

/*
 * The end of a runtime. Mirrored, each under its name:
 *
 *   nanorun/rt/runtime.c    retain, nr_runtime_release, schedule, stop, drain,
 *                           await_workers, end, tear_down, free_tasks,
 *                           empty_queues, nr_runtime_worker_gone,
 *                           nr_runtime_task_gone
 *   nanorun/rt/tasklist.c   all but init
 *   nanorun/rt/injector.c   push, pop, close
 *   nanorun/rt/spawn.c      spawn
 *   nanorun/rt/worker.c     run; that work is found is the matter of park.pml
 *   nanorun/rt/task.c       wake_with, nr_task_run, nr_task_freeze, release,
 *                           in short: task.pml has them in full
 *
 * The world: two workers, a list each, and three tasks. WAITER is there from
 * the start, detached, and waits for a wake-up of a thread; when it is
 * cancelled its FINALLY spawns CLEANER, which is not waited for, and with
 * SHIELDED waits for the wake-up all the same. With BORROWED the thread has no
 * reference to it, as who wakes a line (nr_waker_mark, nr_task_push). GUEST is
 * spawned by a thread that has a handle of the runtime, at any time, also after
 * the end, and joined there. With BOUNDED the end has a deadline, which comes
 * at any time, and with STUCK the poll of GUEST does not return until the
 * runtime's end has.
 *
 * Proved, in every interleaving: the end comes to its end; every future that
 * was handed over is dropped once, run or not; every handle resolves; a spawn
 * that finds its list closed is refused; no task and no runtime is touched
 * after it was freed, and all are freed.
 *
 * Assumed: one order of all steps. What a lock guards is one step, but for what
 * a thread that goes without the lock could see.
 *
 * run:
 * run: -DBOUNDED -DSHIELDED
 * run: -DBOUNDED -DSHIELDED -DBORROWED
 * run: -DBOUNDED -DSTUCK
 * ends:
 * ends: -DBOUNDED -DSTUCK
 *
 * mutant: COUNTED_BEFORE_CLOSED: has_returned
 *   A list is counted, then closed.
 * mutant: ADDED_UNLOCKED: has_returned
 *   A spawn looks whether the list is closed, then adds.
 * mutant: UNCANCELLED: has_returned
 *   The tasks are waited for and not cancelled.
 * mutant: SCHEDULE_UNRETAINED: rt_freed: -DBOUNDED -DSHIELDED
 *   A thread that has pushed a task touches a runtime that may have ended.
 * mutant: CLOSED_BEFORE_FROZEN: dropped: -DBOUNDED -DSHIELDED
 *   The injector is closed before references are taken for who finds it so.
 * mutant: UNFROZEN: assertion: -DBOUNDED -DSHIELDED
 *   What is left is dropped, and wake-ups still schedule it.
 * mutant: UNPUSHED_FREED: freed: -DBOUNDED -DSHIELDED -DBORROWED
 *   A task that is marked is freed before it is pushed.
 * mutant: ABANDONED_LATE: has_torn_down: -DBOUNDED -DSHIELDED
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
bool is_made[TASKS], freed[TASKS], dropped[TASKS];
byte refs[TASKS], place[TASKS] = NOWHERE, list_of[TASKS] = IN_NO_LIST;

/* What WAITER waits for. */
bool has_come, kept;

/* nr_runtime */
byte rt_refs = 4, remaining, workers = 2;
bool rt_lock, list_closed[2], injector_closed, stopped, is_abandoned, rt_freed;
bool has_torn_down, has_returned;

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

/* schedule, by a thread that is no worker. */
inline schedule(t)
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
    :: falls_to_us -> falls_to_us = false; schedule(t)
    :: else
    fi
}

/* ---- spawning ---- */

inline create(t)
{
    d_step {
        assert(!is_made[t]);
        is_made[t] = true;
        queued[t] = true;
        refs[t] = 2
    }
}

inline nr_tasklist_add(t, l)
{
    touch_rt();
#ifdef MUTANT_ADDED_UNLOCKED
    is_open = !list_closed[l];
#endif
    d_step {
#ifndef MUTANT_ADDED_UNLOCKED
        is_open = !list_closed[l];
#endif
        if
        :: is_open -> list_of[t] = l
        :: else
        fi
    }
}

inline nr_task_refuse(t)
{
    forget_waker(t);
    d_step { touch(t); drop_future(t); queued[t] = false; ended[t] = true }
}

/* ---- workers ---- */

inline nr_runtime_task_gone()
{
    atomic { !rt_lock -> touch_rt(); remaining-- }
}

inline nr_tasklist_remove(t)
{
    d_step {
        touch(t);
        was_closed = list_closed[list_of[t]];
        list_of[t] = IN_NO_LIST
    }
}

/* Sets `ends` where the task need not wait any more. */
inline poll(t)
{
    ends = true;
    if
    :: t == WAITER ->
        if
        :: unwinds && !is_made[CLEANER] -> /* DETACH(SPAWN(cleaner())) */
            create(CLEANER);
            nr_tasklist_add(CLEANER, w);
            if
            :: is_open -> place[CLEANER] = w
            :: else -> nr_task_refuse(CLEANER); nr_task_release(CLEANER)
            fi;
            nr_task_release(CLEANER)
        :: else
        fi;
        d_step {
            ends = has_come;
#ifndef SHIELDED
            ends = ends || unwinds;
#endif
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
    :: t == GUEST -> has_returned
#endif
    :: else
    fi
}

inline run_it(t)
{
    d_step {
        touch(t);
        assert(queued[t] && !running[t] && !ended[t]);
        queued[t] = false;
        running[t] = true;
        unwinds = cancelled[t]
    }
    poll(t);
    if
    :: ends ->
        forget_waker(t);
        d_step { touch(t); drop_future(t); running[t] = false; ended[t] = true }
        nr_tasklist_remove(t);
        if
        :: was_closed -> was_closed = false; nr_runtime_task_gone()
        :: else
        fi;
        nr_task_release(t)
    :: else ->
        d_step {
            touch(t);
            running[t] = false;
            if
            :: queued[t] -> place[t] = w
            :: else
            fi
        }
    fi;
    unwinds = false;
    ends = false
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
    :: falls_to_us -> touch(WAITER); schedule(WAITER) /* nr_task_push */
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
    nr_tasklist_add(GUEST, 1);
    if
    :: is_open -> schedule(GUEST)
    :: else -> nr_task_refuse(GUEST); nr_task_release(GUEST)
    fi;
    nr_runtime_release();
    ended[GUEST]; /* JOIN */
    nr_task_release(GUEST)
}

#define is_over(t) (!is_made[t] || (ended[t] && freed[t]))

init {
    atomic {
        is_made[WAITER] = true;
        queued[WAITER] = true;
        refs[WAITER] = 1;
        place[WAITER] = 0;
        list_of[WAITER] = 0;
        run worker(0);
        run worker(1);
        run spawner();
#ifdef SHIELDED
        run waker();
#else
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
