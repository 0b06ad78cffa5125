/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_THREAD_SPINLOCK_H
#define NANORUN_RT_THREAD_SPINLOCK_H

/*
 * The lock inside the objects of nanorun/rt/sync.h and of what workers share.
 * It has four bytes, so that initializing an object cannot fail, and the unlock
 * ends with one store, so that the next holder may free the object. A thread
 * that waits spins for some microseconds, then sleeps, because the holder may
 * have lost its processor to that very thread. The lock is held for a few lines
 * or one batch, never while a task is pushed, freed or waited for. The protocol
 * is in spinlock.c.
 */

#include "nanorun/async/lower.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/futex.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many threads sleep on any word, or are about to. On a cache line of its
 * own, because every unlock reads it. */
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

/* Waits until none of `bits` is set in the word, and returns the word; by then
 * they may be set again. The acquire pairs with the release that clears the
 * bits, after which the clearing thread calls nr_spin_wake. Not inline, which
 * would cost registers in callers that do not wait. */
uint32_t nr_spin_wait(const nr_atomic_u32 *word, uint32_t bits);

/* Wakes the threads that wait for the word. The calling thread has changed the
 * word before. The memory of the word may be freed already. */
static inline void nr_spin_wake(const nr_atomic_u32 *word)
{
    nr_compiler_fence();
    if (NR_RARELY_(nr_load_u32_relaxed(&nr_spin_sleepers_.count) != 0))
        nr_sys_futex_wake_all(word);
}

/* The acquire pairs with the release of the last unlock. */
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
