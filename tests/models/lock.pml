/* SPDX-License-Identifier: MIT */

/*
 * The lock of nanorun/rt/thread/spinlock.c: nr_spin_lock, nr_spin_unlock and
 * spinlock_sleep. A thread that waits for a bit of a state word, by
 * nr_spin_wait alone, does what a locker does here until it has the lock.
 *
 * The world: threads that lock and unlock one word, and spin or sleep as they
 * like. Each has a store buffer: the store that unlocks reaches the memory at
 * any later time, but before the thread's next read-modify-write or call of the
 * system.
 *
 * Proved, in every interleaving: one thread at a time has the lock, and no
 * thread sleeps for ever.
 *
 * Assumed: the kernel compares the word and lets a thread sleep in one step, and
 * a call that wakes is a full fence before it looks for sleepers (futex(2)).
 *
 * run: -DTHREADS=2 -DROUNDS=3
 * run: -DTHREADS=3 -DROUNDS=2
 * ends: -DTHREADS=2 -DROUNDS=3
 *
 * mutant: FENCELESS: invalid end state: -DTHREADS=2 -DROUNDS=3
 *   The sleeper does not fence the other threads.
 * mutant: FENCED_EARLY: invalid end state: -DTHREADS=2 -DROUNDS=3
 *   The fence comes before the sleeper is counted.
 * mutant: LOOKS_EARLY: invalid end state: -DTHREADS=2 -DROUNDS=3
 *   The unlock looks for sleepers before its store.
 */

bool word;
bool buffered[THREADS]; /* a 0 for the word */
byte sleepers;
bool asleep[THREADS];
byte inside;

inline drain(p)
{
    if
    :: buffered[p] -> buffered[p] = false; word = false
    :: else
    fi
}

inline fence_all_threads()
{
    d_step {
        drain(0);
        drain(1);
        drain(THREADS - 1)
    }
}

inline wake_all()
{
    d_step {
        drain(me);
        asleep[0] = false;
        asleep[1] = false;
        asleep[THREADS - 1] = false
    }
}

inline sleep()
{
#ifdef MUTANT_FENCED_EARLY
    fence_all_threads();
#endif
    d_step { drain(me); sleepers++ }
#if !defined(MUTANT_FENCELESS) && !defined(MUTANT_FENCED_EARLY)
    fence_all_threads();
#endif
    do
    :: d_step { !word -> skip } break
    :: atomic { word -> skip }
        d_step { asleep[me] = word }
        !asleep[me]
    od;
    sleepers--
}

inline lock()
{
    do
    :: d_step { drain(me); has = !word; word = true }
        if
        :: has -> break
        :: !has && !word /* spun */
        :: !has -> sleep()
        fi
    od;
    has = false
}

inline unlock()
{
#ifdef MUTANT_LOOKS_EARLY
    sees_sleepers = sleepers > 0;
    buffered[me] = true;
#else
    buffered[me] = true;
    sees_sleepers = sleepers > 0;
#endif
    if
    :: sees_sleepers -> wake_all()
    :: else
    fi;
    sees_sleepers = false
}

proctype thread(byte me)
{
    byte round;
    bool has, sees_sleepers;
    for (round : 1 .. ROUNDS) {
        lock();
        d_step { inside++; assert(inside == 1) }
        inside--;
        unlock()
    }
}

/* The processor empties a buffer when it likes. */
proctype processor(byte p)
{
end:
    do
    :: d_step { buffered[p] -> buffered[p] = false; word = false }
    od
}

init
{
    byte p;
    atomic {
        for (p : 0 .. THREADS - 1) {
            run thread(p);
            run processor(p)
        }
    }
}
