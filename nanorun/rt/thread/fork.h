/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_THREAD_FORK_H
#define NANORUN_RT_THREAD_FORK_H

/*
 * The library in the child of a fork(2). The head of fork.c has the design.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A number that distinguishes a process from those whose memory it copied. It
 * changes only in the child of a fork, which has one thread then. It is never
 * NR_BLOCK_LENT_. */
extern uint8_t nr_fork_generation_;
static inline uint8_t nr_fork_generation(void)
{
    return nr_fork_generation_;
}

/* The message if a task goes on in the child, where its worker is missing. */
#define NR_FORK_IN_TASK "a task that called fork goes on in the child"

/* Makes the child of every later fork call `in_child`, on the thread that
 * forked. Threads: any; always with the same function. */
void nr_fork_set_hook(void (*in_child)(void));

/* Called in the child of a fork, before any other function of the library. */
void nr_fork_begin_child(void);

#ifdef __cplusplus
}
#endif

#endif
