/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_FUTEX_H
#define NANORUN_SYS_FUTEX_H

/*
 * Sleeping until a word changes, as futex(2) and WaitOnAddress have it, and the
 * fence that lets the thread that changes the word look for sleepers without a
 * fence of its own: rt/thread/spinlock.h. Threads: any, all three.
 */

#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sleeps while *word is `value` and nobody has called nr_sys_futex_wake_all
 * for it. May return for no reason, so the caller looks again. */
void nr_sys_futex_wait(const nr_atomic_u32 *word, uint32_t value);

/* Wakes every thread that sleeps on the word. Only the address counts: the
 * memory may be freed already, or be another word by now. */
void nr_sys_futex_wake_all(const nr_atomic_u32 *word);

/* Every thread of the process executes a full fence between the call and the
 * return of this function. Takes microseconds. On a system that has no such
 * call, or refuses it, nr_sys_futex_wait returns after a millisecond. */
void nr_sys_fence_all_threads(void);

#ifdef __cplusplus
}
#endif

#endif
