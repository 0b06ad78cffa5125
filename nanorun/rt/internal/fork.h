/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_FORK_H
#define NANORUN_RT_INTERNAL_FORK_H

/*
 * What fork(2) leaves of the library in the child. The design note is at the
 * top of fork.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Distinguishes a process from those whose memory it was copied from. It
 * changes in the child of a fork only, which has one thread then. Never
 * NR_BLOCK_LENT_. */
extern uint8_t nr_fork_generation_;
static inline uint8_t nr_fork_generation(void)
{
    return nr_fork_generation_;
}

/* The line of a task that is continued in the child: it needs its worker. */
#define NR_FORK_IN_TASK "a task that called fork goes on in the child"

/* Sees to it that fork is prepared for; to be called before there is anything
 * that a child must know of. The same calls of the system and atomics each
 * time, as simulations need it. Returns false when out of memory. Threads: any.
 */
bool nr_fork_watch(void);

/* Whether that was done, for where it is asked often. */
extern nr_atomic_u32 nr_fork_is_watched_;
static inline bool nr_fork_is_watched(void)
{
    /* acquire: pairs with the store after the registration. */
    return nr_load_u32_acquire(&nr_fork_is_watched_) != 0;
}

#ifdef __cplusplus
}
#endif

#endif
