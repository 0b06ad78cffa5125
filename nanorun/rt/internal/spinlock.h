/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_SPINLOCK_H
#define NANORUN_RT_INTERNAL_SPINLOCK_H

/*
 * The lock inside the objects of nanorun/rt/sync.h and of what workers share:
 * four bytes, so that making an object cannot fail, and the unlock is one
 * store, so that whoever has the lock next may free the object. Held for a few
 * lines or one batch only, never while something is woken, freed or waited for.
 */

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NR_SPINS_MAX = 100 };

static inline nr_atomic_u32 *nr_spin_word_(uint32_t *lock)
{
    return (nr_atomic_u32 *)(void *)lock;
}

/* The holder may have lost its processor: it gets ours after some spins. */
static inline void nr_spin_once(unsigned spins)
{
    if (spins % NR_SPINS_MAX == 0)
        nr_sys_thread_yield();
    else
        nr_spin_hint();
}

/* Waits until it looks free. Not inline: that would cost registers where the
 * lock is free. */
void nr_spin_wait_(const nr_atomic_u32 *word);

/* The acquire pairs with the release of the unlock before. */
static inline void nr_spin_lock(uint32_t *lock)
{
    nr_atomic_u32 *word = nr_spin_word_(lock);
    while (nr_exchange_u32_acquire(word, 1) != 0)
        nr_spin_wait_(word);
}

static inline void nr_spin_unlock(uint32_t *lock)
{
    nr_store_u32_release(nr_spin_word_(lock), 0);
}

#ifdef __cplusplus
}
#endif

#endif
