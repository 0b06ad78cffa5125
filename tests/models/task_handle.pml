/* SPDX-License-Identifier: MIT */

/* Of task.pml: detaching and joining. */

/* ---- the handle ---- */

/* As in `end`, the last reference ends without a read-modify-write. */
inline nr_task_detach()
{
    atomic {
#ifndef MUTANT_DETACH_UNLOCKED
        !locked ->
#endif
        d_step {
            touch();
            assert(handle);
            handle = false;
#ifndef MUTANT_DETACH_LEAVES_JOINER
            joins = joins && ended;
#endif
            release_in_step()
        }
    }
}

inline poll_ended()
{
    atomic {
#ifndef MUTANT_POLL_UNLOCKED
        !locked ->
#endif
        d_step { touch(); is_ready = ended; is_waiting = joins && !ended }
    }
    if
    :: is_ready || is_waiting
    :: else ->
#ifndef MUTANT_JOINER_STORED_LATE
        d_step { touch(); joiner_stored = true }
#endif
        d_step {
            touch();
            assert(!locked);
#ifdef MUTANT_JOINER_UNCHECKED
            joins = true
#else
            is_ready = ended;
            joins = !ended
#endif
        }
#ifdef MUTANT_JOINER_STORED_LATE
        d_step { touch(); joiner_stored = true }
#endif
    fi
}

proctype holder()
{
    bool falls_to_us, is_ready, is_waiting;
    bool is_patient, is_woken, has_looked;
    if
    :: wake_with(true) /* ABORT */
    :: true
    fi;
    if
    :: has_looked = true
    :: true
    fi;
    if
    :: goto detach
    :: is_patient = true
    :: true
    fi;
    do
    :: poll_ended();
        if
        :: is_ready ->
            touch();
            assert(result_is_there || cancelled || list_closed);
            break
        :: else ->
            assert(!is_woken);
            if
            :: atomic { joiner_wakes > 0 -> joiner_wakes--; is_woken = true }
            :: !has_looked -> has_looked = true /* woken by something else */
            :: !is_patient -> break             /* the join is cancelled */
            fi
        fi
    od;
detach:
    nr_task_detach();
    is_there = false;
    others--
}
