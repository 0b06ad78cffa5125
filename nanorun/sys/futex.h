/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_FUTEX_H
#define NANORUN_SYS_FUTEX_H

/*
 * Sleeping until a word changes, as futex(2) and WaitOnAddress do, and a fence
 * in all threads, so that the thread that changes the word needs no fence
 * before it looks for sleepers (rt/thread/spinlock.c). Threads: any, for all
 * three.
 */

#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sleeps while *word is `value`, until nr_sys_futex_wake_all is called for it.
 * May return spuriously, so the caller tests the word again. */
void nr_sys_futex_wait(const nr_atomic_u32 *word, uint32_t value);

/* Wakes every thread that sleeps on the word. Only uses the address: the memory
 * may have been freed or reused. */
void nr_sys_futex_wake_all(const nr_atomic_u32 *word);

/* Makes every thread of the process execute a full fence before it returns,
 * which takes microseconds. On a system that lacks or refuses such a call,
 * nr_sys_futex_wait returns after a millisecond instead. */
void nr_sys_fence_all_threads(void);

#ifdef __cplusplus
}
#endif

#endif
