/* SPDX-License-Identifier: MIT */

/* Of shutdown.pml: the end of the runtime, and what it has to do with
 * workers. */

/* ---- the end ---- */

/* With its retain: nobody finds the injector closed yet. */
inline freeze(t)
{
    d_step {
        if
        :: list_of[t] != IN_NO_LIST ->
            touch(t);
            rt_refs = rt_refs + queued[t];
#ifndef MUTANT_UNPUSHED_FREED
            refs[t] = refs[t] + queued[t];
#endif
#ifndef MUTANT_UNFROZEN
            queued[t] = true
#endif
        :: else
        fi
    }
}

inline empty_queue_of(t)
{
    if
    :: place[t] != NOWHERE -> place[t] = NOWHERE; release_unpushed(t)
    :: else
    fi
}

inline refuse(t)
{
    if
    :: list_of[t] != IN_NO_LIST -> nr_task_refuse(t)
    :: else
    fi
}

inline let_go(t)
{
    d_step {
        if
        :: list_of[t] != IN_NO_LIST ->
            list_of[t] = IN_NO_LIST;
            release_in_step(t)
        :: else
        fi
    }
}

/* free_tasks, with empty_queues. */
inline tear_down()
{
    d_step { assert(!has_torn_down); has_torn_down = true }
#ifdef MUTANT_CLOSED_BEFORE_FROZEN
    injector_closed = true;
#endif
    freeze(WAITER);
    freeze(CLEANER);
    freeze(GUEST);
    injector_closed = true;
    empty_queue_of(WAITER);
    empty_queue_of(CLEANER);
    empty_queue_of(GUEST);
    refuse(WAITER);
    refuse(CLEANER);
    refuse(GUEST);
    let_go(WAITER);
    let_go(CLEANER);
    let_go(GUEST)
}

inline nr_runtime_worker_gone()
{
    atomic {
        !rt_lock ->
        touch_rt();
        workers--;
        cleans_up = workers == 0 && is_abandoned
    }
    if
    :: cleans_up -> tear_down()
    :: else
    fi;
    nr_runtime_release()
}

/* The two may both be taken: a worker that has not seen `stopped` runs what it
 * finds. */
proctype worker(byte w)
{
    bool is_open, unwinds, ends, was_closed, was_kept, cleans_up;
    do
    :: stopped -> break
    :: atomic { place[WAITER] != NOWHERE -> place[WAITER] = NOWHERE }
        run_it(WAITER)
    :: atomic { place[CLEANER] != NOWHERE -> place[CLEANER] = NOWHERE }
        run_it(CLEANER)
    :: atomic { place[GUEST] != NOWHERE -> place[GUEST] = NOWHERE }
        run_it(GUEST)
    od;
    nr_runtime_worker_gone()
}

#define is_in(t, l) (list_of[t] == l -> 1 : 0)
#define count_of(l) (is_in(WAITER, l) + is_in(CLEANER, l) + is_in(GUEST, l))

inline nr_tasklist_close(l)
{
#ifdef MUTANT_COUNTED_BEFORE_CLOSED
    remaining = remaining + count_of(l);
    list_closed[l] = true
#else
    d_step { remaining = remaining + count_of(l); list_closed[l] = true }
#endif
}

/* nr_tasklist_cancel: who is to be scheduled does not leave its list before it
 * was, so only the read-modify-write needs the lock. */
inline cancel(t)
{
    atomic {
        if
        :: list_of[t] != IN_NO_LIST -> wake_with(t, true)
        :: else
        fi
    }
}

inline drain()
{
    atomic { !rt_lock -> rt_lock = true }
    nr_tasklist_close(0);
    nr_tasklist_close(1);
#ifndef MUTANT_UNCANCELLED
    cancel(WAITER);
    cancel(CLEANER);
    cancel(GUEST);
#endif
    rt_lock = false; /* in the wait for the condition */
    if
    :: remaining == 0 -> is_drained = true
#ifdef BOUNDED
    :: true -> is_drained = remaining == 0
#endif
    fi
}

inline await_workers()
{
    if
    :: workers == 0 -> have_ended = true
#ifdef BOUNDED
    :: !is_drained ->
        d_step {
            have_ended = workers == 0;
#ifndef MUTANT_ABANDONED_LATE
            is_abandoned = !have_ended
#endif
        }
#ifdef MUTANT_ABANDONED_LATE
        is_abandoned = !have_ended
#endif
#endif
    fi
}

proctype end()
{
    bool is_open, falls_to_us, was_kept, is_drained, have_ended;
    drain();
    stopped = true;
    await_workers();
    if
    :: have_ended -> tear_down()
    :: else
    fi;
    nr_runtime_release();
    has_returned = true
}
