/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_THREADS_H
#define NANORUN_SYS_SIM_THREADS_H

/*
 * The simulated threads, and which of them runs. Calls: world, events.
 * Outside a run only nr_sim_inside and the points may be called.
 */

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

/* nr_sim_point and nr_sim_let_others_run are declared there. */
#include "nanorun/sys/simulation.h"

typedef struct nr_sim_thread {
    struct nr_sim_thread *next;
    sem_t turn;
    const void *on; /* NULL: can run */
    const char *what;
    uint64_t deadline_ns;
    uint32_t weight;
    char name[16];
} nr_sim_thread;

/* Whether the calling thread is one of a run. */
bool nr_sim_inside(void);

/* Waits until nr_sim_wake_one or nr_sim_wake_all of `on` wakes this thread
 * (true), or the time is deadline_ns (false). `on` is any address; `what`, such
 * as "a lock", is for the report. The waking thread runs on, so the caller
 * tests again what it waited for. */
bool nr_sim_wait(const void *on, const char *what, uint64_t deadline_ns);

/* Ends the wait of one thread, chosen at random, of all. */
void nr_sim_wake_one(const void *on);
void nr_sim_wake_all(const void *on);

/* Called by the creator: from now on `t` can be chosen to run. */
void nr_sim_thread_begin(nr_sim_thread *t);

/* Called first by the new thread; returns when it has the turn. */
void nr_sim_thread_enter(nr_sim_thread *t);

/* Called last by a thread: wakes the threads that wait on `t`, one of which may
 * free `t`, and then passes the turn on. */
void nr_sim_thread_end(nr_sim_thread *t);
void nr_sim_thread_leave(void);

void nr_sim_thread_set_name(const char *name);

/* By the first thread of a run, at its beginning: makes the caller `first`. */
void nr_sim_threads_begin(nr_sim_thread *first);

/* Waits until every other thread has ended. */
void nr_sim_threads_await(const nr_sim_thread *first);

/* Ends the first thread of the run, after all others. */
void nr_sim_threads_end(nr_sim_thread *first);

#endif
