/* SPDX-License-Identifier: MIT */

/*
 * A thread that unlocks has to wake a sleeper. It must not touch the word after
 * the store that unlocks it, because the object may be freed by then. An
 * exchange in place of the store would tell it of a sleeper, but is a second
 * locked instruction for each lock. So the sleepers are counted in one place
 * for all words, and the thread that sleeps executes the fence between the
 * store and the look at that count, on behalf of all other threads:
 *
 *     unlock                         wait
 *     the word = 0                   count of sleepers + 1
 *     (the compiler's fence)         a fence in every thread
 *     the count is not 0: wake       the word is still set: sleep
 *
 * The fence of the right column falls before or after the look of the left one.
 * If it falls before the look, the look sees the count, and the sleeper is
 * woken. If it falls after the look, it falls after the store, too, and the
 * thread on the right sees the word free. The kernel compares the word again
 * before it lets a thread sleep, so a wake-up between the two is not lost.
 *
 * While a thread sleeps, each unlock in the process makes a system call. That
 * is rare: a thread sleeps only if a holder has lost its processor.
 *
 * Rejected: a word that says that a thread sleeps, and an exchange that unlocks
 * (Drepper, "Futexes are tricky", 2005), for the reason above.
 * tests/models/lock.pml is the model.
 */

#include "nanorun/rt/thread/spinlock.h"

#include "nanorun/sys/thread.h"

/* 20 to 50 us: as long as it takes to sleep and to be woken. */
enum { SPINLOCK_HINTS_A_ROUND = 100, SPINLOCK_ROUNDS = 4 };

nr_spin_sleepers nr_spin_sleepers_;

/* Whether the bits were cleared while this thread spun. */
static bool spinlock_spin(const nr_atomic_u32 *word, uint32_t bits)
{
    for (unsigned spins = 1; spins <= SPINLOCK_ROUNDS * SPINLOCK_HINTS_A_ROUND;
         spins++) {
        if (!(nr_load_u32_relaxed(word) & bits))
            return true;
        /* Gives the processor to the holder, which may have lost its own. */
        if (spins % SPINLOCK_HINTS_A_ROUND == 0)
            nr_sys_thread_yield();
        else
            nr_spin_hint();
    }
    return false;
}

static void spinlock_sleep(const nr_atomic_u32 *word, uint32_t bits)
{
    uint32_t value;

    nr_fetch_add_u32_relaxed(&nr_spin_sleepers_.count, 1);
    nr_sys_fence_all_threads(); /* the note above */
    while ((value = nr_load_u32_relaxed(word)) & bits)
        nr_sys_futex_wait(word, value);
    nr_fetch_sub_u32_relaxed(&nr_spin_sleepers_.count, 1);
}

uint32_t nr_spin_wait(const nr_atomic_u32 *word, uint32_t bits)
{
    if (!spinlock_spin(word, bits))
        spinlock_sleep(word, bits);
    return nr_load_u32_acquire(word);
}
