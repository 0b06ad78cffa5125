/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_THREAD_FORK_H
#define NANORUN_RT_THREAD_FORK_H

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

/* Lets the child of a fork call `in_child`, by the thread that forked. Threads:
 * any; always with the same function. */
void nr_fork_set_hook(void (*in_child)(void));

/* In the child of a fork, first of all. */
void nr_fork_begin_child(void);

#ifdef __cplusplus
}
#endif

#endif
