/* SPDX-License-Identifier: MIT */

/* Of task.pml: detaching and joining. */

/* ---- the handle ---- */

inline nr_task_detach()
{
#ifndef MUTANT_DETACH_READS_LATE
    touch(); /* reads joiner */
#endif
    d_step {
        touch();
        assert(handle);
        is_ours = joins && !ended;
        handle = false;
#ifndef MUTANT_DETACH_LEAVES_JOINER
        joins = joins && ended;
#endif
        release_in_step()
    }
    if
    :: is_ours ->
#ifdef MUTANT_DETACH_READS_LATE
        touch();
#endif
        drop_joiner()
    :: else
    fi
}

inline poll_ended()
{
    d_step { touch(); is_ready = ended; is_waiting = joins && !ended }
    if
    :: is_ready || is_waiting
    :: else ->
        d_step { touch(); joiner_clones++ }
#ifndef MUTANT_JOINER_STORED_LATE
        d_step { touch(); joiner_stored = true }
#endif
        d_step {
            touch();
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
        if
        :: is_ready -> drop_joiner()
        :: else
        fi
    fi
}

proctype holder()
{
    bool falls_to_us, is_ready, is_waiting, is_ours;
    bool is_patient, is_woken, has_looked;
    if
    :: wake_with(true) /* ABORT */
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
            assert(result_is_there || cancelled);
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
    others--
}
