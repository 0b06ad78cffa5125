/* SPDX-License-Identifier: MIT */

/* Of park.pml: what workers do. */

/* ---- worker.c, search.c, worker_loop.c ---- */

/* One, or two where the share is that large. */
inline take_injected()
{
    atomic {
        take(INJECTOR, task);
        if
        :: task != NOBODY -> take(INJECTOR, more)
        :: true
        fi
    }
    if
    :: more != NOBODY ->
        d_step { place[more] = w; more = NOBODY }
#ifndef MUTANT_BATCH_SILENT
        nr_idle_notify()
#endif
    :: else
    fi
}

inline take_yielded()
{
    if
    :: has_work(YIELDED(w)) ->
        if
        :: driver == 1 || any_timer -> nr_worker_look(); take(w, task)
        :: true
        fi;
        if
        :: task == NOBODY -> take(YIELDED(w), task)
        :: else
        fi
    :: else
    fi
}

/* What nr_worker_push has left for the end of the poll. */
inline look_at_sleepers()
{
    if
#ifndef MUTANT_PUSH_SILENT
    :: has_pushed ->
        has_pushed = false;
        if
        :: has_work(w) -> nr_idle_notify()
#ifndef MUTANT_YIELDED_SILENT
        :: !has_work(w) && has_work(YIELDED(w)) -> nr_idle_notify()
#endif
        :: else
        fi
#endif
    :: else
    fi
}

inline next()
{
    if
    :: has_work(YIELDED(w)) -> take(YIELDED(w), task) /* take_oldest */
    :: true
    fi;
    if
    :: task == NOBODY -> take(w, task)
    :: else
    fi;
    look_at_sleepers();
    if
    :: task == NOBODY -> take_injected()
    :: else
    fi;
    if
    :: task == NOBODY -> take_yielded()
    :: else
    fi
}

/* Of so few items, half of a queue is one. */
inline steal_from(v)
{
    if
    :: task == NOBODY && !away[v] ->
        take(v, task);
        if
        :: task == NOBODY -> take(YIELDED(v), task)
        :: else
        fi
    :: else
    fi
}

inline search()
{
    nr_idle_begin_search();
    if
    :: searching[w] ->
        if
        :: sleepers + 1 < WORKERS ->
#if WORKERS == 3
            if
            :: true -> steal_from((w + 1) % 3); steal_from((w + 2) % 3)
            :: true -> steal_from((w + 2) % 3); steal_from((w + 1) % 3)
            fi
#else
            steal_from(1 - w)
#endif
        :: else
        fi;
        if
        :: task == NOBODY -> take_injected()
        :: else
        fi
    :: else
    fi
}

inline look_at(v)
{
    if
    :: !away[v] ->
        has_seen = has_seen || has_work(v);
        has_seen = has_seen || has_work(YIELDED(v))
    :: else
    fi
}

/* The own queues are empty: who rests has found so, and nobody else pushes. */
inline any_work()
{
    assert(!has_work(w) && !has_work(YIELDED(w)));
#ifndef MUTANT_INJECTOR_LAST
    has_seen = has_work(INJECTOR);
#endif
    if
    :: sleepers < WORKERS ->
        look_at((w + 1) % WORKERS);
#if WORKERS == 3
        look_at((w + 2) % WORKERS)
#endif
    :: else
    fi;
#ifdef MUTANT_INJECTOR_LAST
    has_seen = has_seen || has_work(INJECTOR)
#endif
}

inline rest()
{
#ifdef MUTANT_LOOKS_BEFORE_ENTER
    any_work();
    nr_idle_enter();
#else
    nr_idle_enter();
    any_work();
#endif
    if
#ifndef MUTANT_REST_UNCHECKED
    :: has_seen -> has_seen = false; nr_idle_notify()
#endif
    :: else
    fi;
    if
    :: !stopped -> nr_worker_park()
    :: else
    fi;
    nr_idle_leave()
}

inline announce()
{
    if
    :: searching[w] -> nr_idle_end_search()
#ifndef MUTANT_REST_SILENT
    :: !searching[w] -> nr_idle_notify()
#else
    :: else
#endif
    fi;
#ifdef MUTANT_AWAKE_LATE
    away[w] = false
#endif
}

/* nr_timers_settle, after the poll that arms, on the own wheel. */
inline arm()
{
#ifdef MUTANT_ARM_LOOKS_EARLY
    to_unpark = (token -> token - 1 : NOBODY);
#endif
    d_step {
        armed[w] = true;
        was_in_set = in_set[w];
        in_set[w] = true;
        if
        :: was_in_set && noted[w] != NOBODY && !noted_armed[w] ->
            to_unpark = noted[w];
            noted[w] = NOBODY
        :: else
        fi
    }
#if !defined(MUTANT_ARM_SILENT) && !defined(MUTANT_ARM_LOOKS_EARLY)
    if
    :: !was_in_set -> to_unpark = (token -> token - 1 : NOBODY)
    :: else
    fi;
#endif
    was_in_set = false;
    if
    :: to_unpark != NOBODY && to_unpark != w -> nr_worker_unpark(to_unpark)
    :: else
    fi;
    to_unpark = NOBODY
}

inline run_it()
{
    if
    :: kind[task] == SPAWNER -> place[CHILD] = w; has_pushed = true
    :: kind[task] == SPAWNER -> place[CHILD] = w; nr_idle_notify()
    :: kind[task] == OPENER || kind[task] == LISTENER ->
        driver = 1; /* nr_driver_install */
        woken[0] = true
    :: else
    fi;
    if
    :: kind[task] == ARMER || kind[task] == SERVER -> arm()
    :: else
    fi;
    if
    :: kind[task] >= YIELDER ->
        d_step {
            kind[task] = (kind[task] == SERVER -> PLAIN : STAYER);
            place[task] = YIELDED(w);
            task = NOBODY
        }
    :: else ->
        left--;
        if
        :: kind[task] == STAYER -> left == 0
        :: true
        fi;
        task = NOBODY
    fi
}

proctype worker(byte w)
{
    byte task = NOBODY, more = NOBODY, to_unpark = NOBODY, sleeper;
    bool has_pushed, has_rested, has_seen, has_token, has_deadline, is_wanted, is_last;
    bool was_in_set;
    bool in_driver;
    mtype old_state = EMPTY;
    do
    :: stopped -> break
    :: else ->
        next();
        if
        :: task == NOBODY -> search(); has_rested = true
        :: else
        fi;
        if
        :: task == NOBODY -> rest()
        :: else ->
            if
            :: has_rested || searching[w] -> announce()
            :: else
            fi;
            has_rested = false;
            run_it()
        fi
    od
}
