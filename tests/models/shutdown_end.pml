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
            rt_refs = rt_refs + (queued[t] || running[t] -> 1 : 0);
#ifndef MUTANT_UNPUSHED_FREED
            refs[t] = refs[t] + (queued[t] || running[t] -> 1 : 0);
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
    :: place[t] != NOWHERE ->
        place[t] = NOWHERE;
        /* take_out */
        if
#ifndef MUTANT_TAKEN_OUT_RELEASED
        :: is_new[t] -> d_step { nr_tasklist_add(t, 0) }
#endif
        :: else -> release_unpushed(t)
        fi
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

inline nr_runtime_thread_gone()
{
    d_step {
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

#define is_queued(t) (place[t] != NOWHERE)
#define is_any_queued \
    (is_queued(WAITER) || is_queued(CLEANER) || is_queued(GUEST))

/* rest: once there is nothing to run, as often as something ran or it was
 * unparked. */
inline rest()
{
    d_step { touch_rt(); notified[w] = false; is_changed = is_changed || closing }
}

/* The two may both be taken: a worker that has not seen `stopped` runs what it
 * finds. */
proctype worker(byte w)
{
    bool is_open, unwinds, ends, was_kept, cleans_up, is_late;
    do
    :: stopped -> break
    :: atomic { is_queued(WAITER) -> place[WAITER] = NOWHERE }
        run_it(WAITER);
        notified[w] = true
    :: atomic { is_queued(CLEANER) -> place[CLEANER] = NOWHERE }
        run_it(CLEANER);
        notified[w] = true
    :: atomic { is_queued(GUEST) -> place[GUEST] = NOWHERE }
        run_it(GUEST);
        notified[w] = true
    :: atomic { notified[w] && !is_any_queued && !stopped -> rest() }
    od;
    nr_runtime_thread_gone()
}

/* runtime_cancel: who is to be scheduled does not leave its list before it
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

#define is_over_or_late(t) (!is_made[t] || ended[t])
#define has_ended \
    (ended[WAITER] && is_over_or_late(CLEANER) && \
     (ended[GUEST] || let_in < 2))

/* Each counter by itself. */
inline is_drained()
{
#ifdef MUTANT_SPAWNED_SUMMED_FIRST
    alive = alive + spawned[0];
    alive = alive + spawned[1];
#endif
    alive = alive - ended_on[0];
    alive = alive - ended_on[1];
#ifndef MUTANT_SPAWNED_SUMMED_FIRST
    alive = alive + spawned[0];
    alive = alive + spawned[1];
#endif
    d_step {
        has_drained = alive == 0;
        alive = let_in;
        assert(!has_drained || has_ended)
    }
}

/* `changed` is signalled under the lock that drain has from the sum until it
 * waits: so a signal is there for the sum or for the wait. */
inline drain()
{
    d_step { is_entry_closed = true; let_in = entered; alive = entered }
#ifdef MUTANT_CANCELLED_BEFORE_CLOSING
    cancel(WAITER);
#endif
    closing = true;
#ifndef MUTANT_UNCANCELLED
    cancel(WAITER);
    cancel(CLEANER);
    cancel(GUEST);
#endif
    notified[0] = true;
    notified[1] = true;
    do
    :: is_changed = false;
        is_drained();
        if
        :: has_drained -> break
        :: else
        fi;
        if
        :: is_changed
#ifdef BOUNDED
        :: true -> is_drained(); break
#endif
        fi
    od
}

inline await_workers()
{
    if
    :: workers == 0 -> have_ended = true
#ifdef BOUNDED
    :: !has_drained ->
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
    bool is_open, falls_to_us, was_kept, has_drained, have_ended;
    short alive;
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
