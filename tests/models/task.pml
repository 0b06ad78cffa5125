/* SPDX-License-Identifier: MIT */

/*
 * The state word of a task: nanorun/rt/task/task.c and task_handle.c, function by
 * function, without the prefix task_: wake_with, nr_waker_clone, nr_waker_drop,
 * begin, end, end_locked, after_pending, enlist, nr_task_run, poll_ended and
 * nr_task_detach have their names here; nr_task_release is `release`, JOIN and
 * JOIN_STATUS, which are the same to the state word, `holder`.
 *
 * The world: two workers and a queue; a task that waits for two sources at once
 * and may yield; a thread that wakes when it likes, also after the end; the end
 * of the runtime, which closes its list and cancels what is in it; one holder
 * of the handle, who may abort, and detaches, or joins, and may give the join up
 * any time; it is then gone, as the task that joined may be.
 *
 * Proved, in every interleaving: a source that fired is seen by a poll (no
 * wake-up is lost); one worker at a time polls; the task is queued once at a
 * time and never once it has ended; the joiner is marked exactly when it waits,
 * once, while it is there, and then finds the end; every reference is given
 * back; the task is freed once, and nobody touches it after.
 *
 * Assumed: one step here is one read-modify-write there, and steps of different
 * threads have one order. The code orders them acq_rel and every one of them is
 * on the same word, which has one order anyway; what else a thread wrote is
 * passed on by acquire and release there. GoogleTest under TSan looks at that.
 *
 * run: -DSOURCES=2
 * run: -DSOURCES=1 -DSTRANGER
 * run: -DSOURCES=1 -DSHUTDOWN
 * ends: -DSOURCES=1
 *
 * mutant: WAKE_SKIPS_RUNNING: has_finished: -DSOURCES=2
 *   A wake-up of a task that runs does not set QUEUED.
 * mutant: PENDING_FORGETS_QUEUED: has_finished: -DSOURCES=2
 *   The end of a poll does not look whether QUEUED was set in it.
 * mutant: QUEUED_CLEARED_LATE: has_finished: -DSOURCES=2
 *   The worker clears QUEUED after the poll, not before it.
 * mutant: DETACH_LEAVES_JOINER: freed: -DSOURCES=2
 *   A detach does not take JOINER back.
 * mutant: DETACH_UNLOCKED: is_there: -DSOURCES=2
 *   A detach does not wait while the worker marks the joiner.
 * mutant: POLL_UNLOCKED: is_woken: -DSOURCES=2
 *   The joiner's poll does not wait while the worker marks it.
 * mutant: MARKED_LATE: freed: -DSOURCES=2
 *   The joiner is marked when ENDED is set.
 * mutant: JOINER_STORED_LATE: joiner_stored: -DSOURCES=2
 *   JOINER is announced before the waker is in its place.
 * mutant: JOINER_UNCHECKED: has_finished: -DSOURCES=2
 *   JOINER is set without another look whether the task has ended.
 * mutant: FREED_BY_LAST_BUT_ONE: freed: -DSOURCES=2
 *   The end takes its own reference for the last while the handle is there.
 * mutant: RELEASED_BEFORE_REMOVED: freed: -DSOURCES=1 -DSHUTDOWN
 *   The runtime's reference ends before the task has left the list.
 * mutant: ENLISTED_LATE: freed: -DSOURCES=1 -DSHUTDOWN
 *   The task enters the list when it may have been woken.
 */

/* The state word; `refs` is its upper part. */
bool queued, running = true, ended, joins, locked, cancelled;
byte refs = 2;

/* The rest of the task. */
bool joiner_stored, result_is_there, in_list, is_new = true;
bool freed;

/* Its list. */
bool list_closed;

/* Whether there is who holds the handle, and the task it joins in. */
bool handle = true, is_there = true;
byte joiner_wakes;

/* What it waits for. */
bool ready[SOURCES], kept[SOURCES];

/* The queue holds the task this many times. */
byte queue = 1;
byte polling;
bool has_yielded;
byte others; /* but for the workers, who has not come to its end */

#define touch() assert(!freed)

/* ---- references ---- */

inline nr_waker_clone()
{
    d_step { touch(); refs++ }
}

/* In the step of the caller's read-modify-write. */
inline release_in_step()
{
    assert(refs > 0);
    refs--;
    if
    :: refs == 0 ->
        assert(!handle && !kept[0] && !kept[SOURCES - 1]);
        freed = true
    :: else
    fi
}

inline release()
{
    d_step { touch(); release_in_step() }
}

/* ---- waking ---- */

inline mark(with_cancel)
{
    d_step {
        touch();
        falls_to_us = !queued && !running && !ended;
#ifdef MUTANT_WAKE_SKIPS_RUNNING
        queued = queued || !running;
#else
        queued = true;
#endif
        cancelled = cancelled || with_cancel
    }
}

inline push()
{
    if
    :: falls_to_us ->
        d_step { touch(); queue++; assert(queue == 1) }
    :: else
    fi
}

inline wake_with(with_cancel)
{
    mark(with_cancel);
    push()
}

/* ---- the worker ---- */

/* `joiner` is read, then used. */
inline nr_waker_mark()
{
    d_step { touch(); assert(joiner_stored && is_there); joiner_wakes++ }
}

inline end_locked()
{
#ifndef MUTANT_MARKED_LATE
    nr_waker_mark();
#endif
    d_step {
        touch();
        running = false;
        ended = true;
        locked = false;
        release_in_step()
    }
#ifdef MUTANT_MARKED_LATE
    nr_waker_mark()
#endif
}

/* The compare-exchange; where the load before it finds that the last reference
 * is ours, there is none, and nobody for whom that makes a difference. */
inline end()
{
    d_step {
        touch();
        assert(running && !ended);
        was_joined = joins;
        if
#ifdef MUTANT_FREED_BY_LAST_BUT_ONE
        :: refs <= 2 && !joins -> refs = 0; ended = true; freed = true
#else
        :: refs == 1 -> refs = 0; ended = true; freed = true
#endif
        :: else ->
            if
            :: joins -> locked = true
            :: else -> running = false; ended = true; release_in_step()
            fi
        fi
    }
    if
    :: was_joined -> end_locked()
    :: else
    fi;
    was_joined = false
}

inline after_pending()
{
    if
    :: yields -> again = true
    :: else ->
        d_step {
            touch();
#ifdef MUTANT_QUEUED_CLEARED_LATE
            queued = false;
#endif
            again = queued;
#ifdef MUTANT_PENDING_FORGETS_QUEUED
            again = false;
#endif
            running = again
        }
    fi
}

inline enlist()
{
    if
    :: is_new ->
        d_step { touch(); is_new = false; in_list = true; told = list_closed }
        if
        :: told -> told = false; wake_with(true); assert(!falls_to_us)
        :: else
        fi
    :: else
    fi
}

/* A leaf finds that it need not wait, or leaves its waker. */
inline wait_for(i)
{
    d_step {
        ends = ends && ready[i];
        if
        :: ready[i] || kept[i]
        :: else -> touch(); kept[i] = true; refs++
        fi
    }
}

/* The leaf is dropped: it takes its waker back if that was not used. */
inline forget(i)
{
    d_step { was_kept = kept[i]; kept[i] = false }
    if
    :: was_kept -> release()
    :: else
    fi;
    was_kept = false
}

inline poll()
{
    d_step { polling++; assert(polling == 1) }
    if
    :: unwinds ->
        forget(0);
        forget(SOURCES - 1);
        ends = true
    :: else ->
        ends = true;
        wait_for(0);
        wait_for(SOURCES - 1);
        result_is_there = ends;
        if
        :: d_step { !ends && !has_yielded -> has_yielded = true; yields = true }
        :: true
        fi
    fi;
    polling--
}

inline begin()
{
    d_step {
        touch();
        was_running = running;
        was_queued = queued;
        unwinds = cancelled
    }
    if
    :: !was_running || was_queued ->
        d_step {
            touch();
            assert(queued && running == was_running && !ended);
#ifndef MUTANT_QUEUED_CLEARED_LATE
            queued = false;
#endif
            running = true;
            unwinds = cancelled
        }
    :: else
    fi
}

inline leave_list()
{
    atomic { touch(); in_list = false }
}

inline nr_task_run()
{
    begin();
    unwinds = unwinds || (is_new && list_closed);
    poll();
    if
    :: ends ->
#ifdef MUTANT_RELEASED_BEFORE_REMOVED
        end();
        leave_list()
#else
        leave_list();
        end()
#endif
    :: else ->
#ifdef MUTANT_ENLISTED_LATE
        after_pending();
        enlist()
#else
        enlist();
        after_pending()
#endif
    fi
}

proctype worker()
{
    bool was_joined, was_kept, was_running, was_queued;
    bool falls_to_us, told, unwinds, ends, yields, again;
end_idle:
    do
    :: atomic { queue > 0 -> queue--; touch() }
        nr_task_run();
        if
        :: again -> d_step { touch(); queue++; assert(queue == 1) }
        :: else
        fi;
        d_step {
            falls_to_us = false;
            was_running = false;
            was_queued = false;
            unwinds = false;
            ends = false;
            yields = false;
            again = false
        }
    od
}

/* ---- who wakes ---- */

proctype source(byte i)
{
    bool falls_to_us, was_kept;
    d_step { ready[i] = true; was_kept = kept[i]; kept[i] = false }
    if
    :: was_kept ->
        wake_with(false);
        release()
    :: else
    fi;
    others--
}

/* Holds a waker of its own from the start. */
proctype stranger()
{
    bool falls_to_us;
    nr_waker_clone();
    release();
    wake_with(false);
    release();
    others--
}

/* runtime_cancel: marked under the list's lock, and pushed after it. */
proctype shutdown()
{
    bool falls_to_us;
    if
    :: atomic {
            list_closed = true;
            if
            :: in_list -> mark(true)
            :: else
            fi
        }
        push()
    :: true /* the runtime goes on */
    fi;
    others--
}

#include "task_handle.pml"

/* ---- the end of the world ---- */

bool has_finished;

init {
    atomic {
        run worker();
        run worker();
        run holder();
        run source(0);
        others = 2;
#if SOURCES == 2
        run source(1);
        others++;
#endif
#ifdef STRANGER
        refs++;
        run stranger();
        others++;
#endif
#ifdef SHUTDOWN
        run shutdown();
        others++;
#endif
    }
    timeout;
    /* Nobody can go on. */
    has_finished = others == 0 && ended && queue == 0;
    assert(has_finished);
    assert(freed);
    assert(joiner_wakes <= 1)
}
