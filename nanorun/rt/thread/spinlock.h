/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_THREAD_SPINLOCK_H
#define NANORUN_RT_THREAD_SPINLOCK_H

/*
 * The lock inside the objects of nanorun/rt/sync.h and of what workers share:
 * four bytes, so that making an object cannot fail, and the unlock ends with
 * one store, so that whoever has the lock next may free the object. A thread
 * that waits spins for some microseconds, then sleeps: the holder may have lost
 * its processor to the very thread that waits. Held for a few lines or one
 * batch only, never while a task is woken, freed or waited for. The protocol is
 * in spinlock.c.
 */

#include "nanorun/async/lower.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/futex.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many threads sleep, or are about to, on any word. On a line of its own,
 * because every unlock reads it. */
typedef struct nr_spin_sleepers {
    char before_[NR_CACHE_LINE];
    nr_atomic_u32 count;
    char after_[NR_CACHE_LINE];
} nr_spin_sleepers;
extern nr_spin_sleepers nr_spin_sleepers_;

static inline nr_atomic_u32 *nr_spin_word_(uint32_t *lock)
{
    return (nr_atomic_u32 *)(void *)lock;
}

/* Waits until none of `bits` is set in the word, and returns the word. It may
 * be set again by then. The acquire pairs with the release of who clears the
 * bits, and calls nr_spin_wake afterwards. Not inline: that would cost
 * registers where nobody waits. */
uint32_t nr_spin_wait(const nr_atomic_u32 *word, uint32_t bits);

/* Wakes those that wait for the word, which was changed before by the calling
 * thread. The memory of the word may be free by now. */
static inline void nr_spin_wake(const nr_atomic_u32 *word)
{
    nr_compiler_fence();
    if (NR_RARELY_(nr_load_u32_relaxed(&nr_spin_sleepers_.count) != 0))
        nr_sys_futex_wake_all(word);
}

/* The acquire pairs with the release of the unlock before. */
static inline void nr_spin_lock(uint32_t *lock)
{
    nr_atomic_u32 *word = nr_spin_word_(lock);
    while (nr_exchange_u32_acquire(word, 1) != 0)
        nr_spin_wait(word, 1);
}

static inline void nr_spin_unlock(uint32_t *lock)
{
    nr_store_u32_release(nr_spin_word_(lock), 0);
    nr_spin_wake(nr_spin_word_(lock));
}

#ifdef __cplusplus
}
#endif

#endif
