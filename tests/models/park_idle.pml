/* SPDX-License-Identifier: MIT */

/* Of park.pml: how workers sleep. */

/* ---- parker.c: unpark ---- */

/* What is after the exchange, without its lock: that one is for `exited`. */
inline wake_driver()
{
    in_driver = driver;
    woken[in_driver] = true;
    in_driver = 0
}

inline nr_worker_unpark(u)
{
    d_step { old_state = park_state[u]; park_state[u] = NOTIFIED }
    if
    :: old_state == PARKED ->
#ifdef MUTANT_SIGNAL_UNLOCKED
        waits_for_signal[u] = false
#else
        atomic { !park_lock[u] -> waits_for_signal[u] = false }
#endif
    :: old_state == DRIVING -> wake_driver()
    :: else
    fi;
    old_state = EMPTY
}

/* ---- idle.c ---- */

#define wants_one (sleepers > 0 && searchers == 0)

inline nr_idle_notify()
{
    if
    :: wants_one ->
        atomic { !idle_lock -> is_wanted = wants_one; idle_lock = is_wanted }
        if
        :: is_wanted ->
            atomic {
                if
                :: asleep[0] -> sleeper = 0
                :: asleep[1] -> sleeper = 1
                :: asleep[WORKERS - 1] -> sleeper = WORKERS - 1
                fi;
                asleep[sleeper] = false;
                searching[sleeper] = true;
                sleepers--;
                searchers++;
                idle_lock = false
            }
            nr_worker_unpark(sleeper)
        :: else
        fi;
        is_wanted = false;
        sleeper = 0
    :: else
    fi
}

inline nr_idle_begin_search()
{
    if
    :: searching[w]
    :: !searching[w] && 2 * searchers < WORKERS ->
        d_step { searchers++; searching[w] = true }
    :: !searching[w] && 2 * searchers >= WORKERS
    fi
}

inline nr_idle_end_search()
{
    d_step { searching[w] = false; searchers--; is_last = searchers == 0 }
    if
#ifndef MUTANT_LAST_SEARCHER_SILENT
    :: is_last -> is_last = false; nr_idle_notify()
#endif
    :: else
    fi
}

inline nr_idle_enter()
{
    atomic {
        !idle_lock ->
        asleep[w] = true;
        sleepers++;
        searchers = searchers - searching[w];
        searching[w] = false
    }
    away[w] = true
}

inline nr_idle_leave()
{
    atomic {
        !idle_lock ->
        sleepers = sleepers - asleep[w];
        asleep[w] = false
    }
#ifndef MUTANT_AWAKE_LATE
    away[w] = false
#endif
}

/* ---- park.c ---- */

inline try_token()
{
    d_step {
        has_token = token == 0;
        token = (has_token -> w + 1 : token)
    }
}

inline release_token()
{
    d_step { assert(token == w + 1); token = 0; has_token = false }
}

/* What both drivers' wait does, once it is due; dispatching, so a push is
 * not announced. */
inline dispatch()
{
    woken[in_driver] = false;
    if
    :: in_driver == 1 && readable ->
        readable = false;
        place[CHILD_OF_SOCKET] = w
    :: else
    fi
}

/* All timers that are armed are due, or none is. */
inline fire_timer(i)
{
    if
    :: in_set[i] ->
        atomic {
            if
            :: armed[i] -> armed[i] = false; place[CHILD] = w
            :: else
            fi;
            noted[i] = NOBODY;
            in_set[i] = false
        }
    :: else
    fi
}

inline fire_timers()
{
    fire_timer(0);
#if WORKERS == 3
    fire_timer(2);
#endif
    fire_timer(1)
}

#define any_timer (in_set[0] || in_set[1] || in_set[WORKERS - 1])

inline nr_worker_look()
{
    in_driver = driver;
    if
    :: in_driver == 1 || any_timer ->
        try_token();
        if
        :: has_token ->
            d_step { drivers++; assert(drivers == 1) }
            if
            :: in_driver == 1 -> atomic { dispatch() }
            :: else
            fi;
            if
            :: fire_timers()
            :: true
            fi;
            drivers--;
            in_driver = 0;
            release_token();
#ifndef MUTANT_LOOK_SILENT
            nr_idle_notify()
#endif
        :: else -> in_driver = 0
        fi
    :: else
    fi
}

/* nr_timers_watch, of a wheel in the set: who arms an earlier one will see the
 * note. */
inline nr_timers_watch(i)
{
    if
    :: in_set[i] ->
#ifdef MUTANT_WATCH_UNLOCKED
        is_wanted = armed[i];
        d_step {
            noted[i] = w;
            noted_armed[i] = is_wanted;
            has_deadline = has_deadline || is_wanted;
            is_wanted = false
        }
#else
        d_step {
            noted[i] = w;
            noted_armed[i] = armed[i];
            has_deadline = has_deadline || armed[i]
        }
#endif
    :: else
    fi
}

inline driver_wait()
{
    d_step { drivers++; assert(drivers == 1) }
    if
    :: atomic { woken[in_driver] || (in_driver == 1 && readable) -> dispatch() }
        if
        :: fire_timers()
        :: true
        fi
    :: has_deadline -> fire_timers()
    fi;
    drivers--
}

inline drive()
{
    nr_timers_watch(0);
    nr_timers_watch(1);
#if WORKERS == 3
    nr_timers_watch(2);
#endif
    in_driver = driver;
    d_step {
        old_state = park_state[w];
        if
        :: old_state == EMPTY -> park_state[w] = DRIVING
        :: else
        fi
    }
    if
    :: old_state == EMPTY ->
#ifdef MUTANT_DRIVER_READ_LATE
        in_driver = driver;
#endif
        driver_wait()
    :: else
    fi;
    has_deadline = false;
    in_driver = 0;
    old_state = EMPTY;
    park_state[w] = EMPTY
}

inline wait_parked()
{
    atomic {
        !park_lock[w] ->
        park_lock[w] = true;
        if
#ifdef MUTANT_PARK_OVER_NOTIFIED
        :: true -> park_state[w] = PARKED
#else
        :: park_state[w] == EMPTY -> park_state[w] = PARKED
#endif
        :: else
        fi
    }
    do
    :: park_state[w] == NOTIFIED -> break
    :: else ->
        d_step { waits_for_signal[w] = true; park_lock[w] = false }
        atomic { !waits_for_signal[w] && !park_lock[w] -> park_lock[w] = true }
    od;
    atomic { park_state[w] = EMPTY; park_lock[w] = false }
}

inline nr_worker_park()
{
    try_token();
    if
    :: has_token ->
        drive();
        release_token()
    :: else -> wait_parked()
    fi
}
