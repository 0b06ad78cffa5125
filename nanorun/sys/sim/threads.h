/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_THREADS_H
#define NANORUN_SYS_SIM_THREADS_H

/* Between the files of sys/sim: the life of simulated threads, in world.c, and
 * what is to happen, in events.c. */

#include <semaphore.h>

#include "nanorun/sys/sim/world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_sim_thread {
    struct nr_sim_thread *next;
    sem_t turn;
    const void *on; /* NULL: can run */
    const char *what;
    uint64_t deadline_ns;
    uint32_t weight;
    char name[16];
} nr_sim_thread;

/* By the creator: `t` can be drawn from now on. */
void nr_sim_thread_begin(nr_sim_thread *t);

/* By the new thread, first of all: returns when it is its turn. */
void nr_sim_thread_enter(nr_sim_thread *t);

/* By the thread at its end: wakes those that wait on `t`, which may be freed
 * now or by one of them; then, last of all, gives the turn away. */
void nr_sim_thread_end(nr_sim_thread *t);
void nr_sim_thread_leave(void);

void nr_sim_thread_set_name(const char *name);

/* When the next event is due; lets those happen that are. */
uint64_t nr_sim_next_event_ns(void);
void nr_sim_let_happen(void);

#ifdef __cplusplus
}
#endif

#endif
