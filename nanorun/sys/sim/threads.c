/* SPDX-License-Identifier: MIT */

/*
 * The threads are threads of the system, so that thread-locals, debuggers and
 * sanitizers work. One of them has the turn, and each other one waits for it on
 * a semaphore of its own. Only `threads_pass_turn` passes the turn on. So one
 * thread at a time accesses the state here, and the semaphores order the
 * accesses.
 *
 * A run is a random walk. At most points the thread goes on; at some, and
 * whenever it waits, one of the threads that can run is chosen at random. How
 * often that happens, and the weight of each thread, are chosen once for the
 * run: some runs change threads at every other point, others let a thread stand
 * still for thousands.
 */

#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/sim/threads.h"

#include <stddef.h>
#include <stdio.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/sim/events.h"
#include "nanorun/sys/sim/world.h"
#include "nanorun/sys/thread.h"

/* Virtual time that a change of threads takes at most. */
enum { THREADS_CHANGE_NS = 2000 };

static struct {
    uint32_t change_every; /* points, on average; a power of two */
    uint32_t change_after; /* points from now */
    unsigned made;
    nr_sim_thread *all; /* those that have not ended, the newest first */
} threads;

static NR_THREAD_LOCAL nr_sim_thread *threads_self;

bool nr_sim_inside(void)
{
    return threads_self;
}

/* ---- whose turn it is ---- */

static void threads_stop_run(const char *why)
{
    for (const nr_sim_thread *t = threads.all; t; t = t->next)
        fprintf(stderr, "nanorun: %s %s%s\n", t->name,
                t->on ? "waits for " : "could go on", t->on ? t->what : "");
    nr_sys_die(why, NULL);
}

static bool threads_can_run(const nr_sim_thread *t)
{
    return !t->on || t->deadline_ns <= nr_sim_now_ns();
}

/* Moves the time to the first event or deadline. */
static void threads_skip_time(void)
{
    uint64_t to_ns = nr_sim_next_event_ns();

    for (const nr_sim_thread *t = threads.all; t; t = t->next) {
        if (t->deadline_ns < to_ns)
            to_ns = t->deadline_ns;
    }
    if (to_ns == NR_SIM_NEVER)
        threads_stop_run(
            "deadlock: every thread waits, and nothing is to come");
    nr_sim_skip_to(to_ns);
}

/* Chooses a thread that can run, by weight; not `but` if there is another. */
static nr_sim_thread *threads_draw(const nr_sim_thread *but)
{
    uint32_t weights = 0, drawn;
    nr_sim_thread *only = NULL;

    for (nr_sim_thread *t = threads.all; t; t = t->next) {
        if (!threads_can_run(t))
            continue;
        only = t;
        weights += t != but ? t->weight : 0;
    }
    if (weights == 0)
        return only;
    drawn = nr_sim_random(weights);
    for (nr_sim_thread *t = threads.all; t; t = t->next) {
        if (!threads_can_run(t) || t == but)
            continue;
        if (drawn < t->weight)
            return t;
        drawn -= t->weight;
    }
    return only;
}

static nr_sim_thread *threads_draw_next(const nr_sim_thread *but)
{
    nr_sim_thread *t;

    threads.change_after = 1 + nr_sim_random(2 * threads.change_every);
    nr_sim_pass_ns(nr_sim_random(THREADS_CHANGE_NS));
    nr_sim_let_happen();
    while (!(t = threads_draw(but))) {
        threads_skip_time();
        nr_sim_let_happen();
    }
    return t;
}

static void threads_wait_turn(nr_sim_thread *t)
{
    while (sem_wait(&t->turn) != 0) {
    }
}

static void threads_pass_turn(const nr_sim_thread *but)
{
    nr_sim_thread *me = threads_self;
    nr_sim_thread *t = threads_draw_next(but);

    if (t == me)
        return;
    sem_post(&t->turn);
    threads_wait_turn(me);
    nr_sim_trace_as(me->name);
    nr_sim_trace("goes on");
}

static void threads_count_step(void)
{
    if (!nr_sim_step())
        threads_stop_run("the run has more steps than it may have");
}

void nr_sim_point(void)
{
    if (!threads_self)
        return;
    threads_count_step();
    if (--threads.change_after == 0)
        threads_pass_turn(NULL);
}

void nr_sim_let_others_run(void)
{
    if (!threads_self)
        return;
    threads_count_step();
    threads_pass_turn(threads_self);
}

bool nr_sim_wait(const void *on, const char *what, uint64_t deadline_ns)
{
    bool is_woken;

    if (!threads_self)
        nr_sys_die("a thread outside the simulation would have to wait", what);
    threads_count_step();
    nr_sim_trace("waits for %s", what);
    threads_self->on = on;
    threads_self->what = what;
    threads_self->deadline_ns = deadline_ns;
    threads_pass_turn(NULL);
    is_woken = !threads_self->on;
    threads_self->on = NULL;
    threads_self->deadline_ns = NR_SIM_NEVER;
    return is_woken;
}

static void threads_wake(nr_sim_thread *t)
{
    t->on = NULL;
    t->deadline_ns = NR_SIM_NEVER;
}

void nr_sim_wake_all(const void *on)
{
    for (nr_sim_thread *t = threads.all; t; t = t->next) {
        if (t->on == on)
            threads_wake(t);
    }
}

void nr_sim_wake_one(const void *on)
{
    uint32_t waiting = 0, drawn;

    for (nr_sim_thread *t = threads.all; t; t = t->next)
        waiting += t->on == on;
    if (waiting == 0)
        return;
    drawn = nr_sim_random(waiting);
    for (nr_sim_thread *t = threads.all; t; t = t->next) {
        if (t->on == on && drawn-- == 0) {
            threads_wake(t);
            return;
        }
    }
}

/* ---- threads ---- */

void nr_sim_thread_begin(nr_sim_thread *t)
{
    static const uint32_t weights[] = {1, 4, 16};

    if (sem_init(&t->turn, 0, 0) != 0)
        nr_sys_die("the system refused a semaphore", NULL);
    t->on = NULL;
    t->deadline_ns = NR_SIM_NEVER;
    t->weight = weights[nr_sim_random(3)];
    snprintf(t->name, sizeof t->name, "thread-%u", threads.made++);
    t->next = threads.all;
    threads.all = t;
}

void nr_sim_thread_enter(nr_sim_thread *t)
{
    threads_wait_turn(t);
    threads_self = t;
    nr_sim_trace_as(t->name);
    nr_sim_trace("begins");
}

static void threads_unlink(const nr_sim_thread *t)
{
    nr_sim_thread **link = &threads.all;

    while (*link != t)
        link = &(*link)->next;
    *link = t->next;
}

void nr_sim_thread_end(nr_sim_thread *t)
{
    nr_sim_trace("ends");
    threads_unlink(t);
    nr_sim_wake_all(t);
    nr_sim_wake_all(&threads.all);
    nr_sim_trace_as(NULL);
    threads_self = NULL;
}

void nr_sim_thread_leave(void)
{
    sem_post(&threads_draw_next(NULL)->turn);
}

void nr_sim_thread_set_name(const char *name)
{
    if (threads_self)
        snprintf(threads_self->name, sizeof threads_self->name, "%s", name);
}

/* ---- the first thread ---- */

void nr_sim_threads_begin(nr_sim_thread *first)
{
    threads.made = 0;
    threads.change_every = 1u << (1 + 2 * nr_sim_random(6));
    threads.change_after = 1 + nr_sim_random(threads.change_every);
    nr_sim_thread_begin(first);
    threads_self = first;
    nr_sim_trace_as(first->name);
}

void nr_sim_threads_await(const nr_sim_thread *first)
{
    while (threads.all != first || first->next)
        nr_sim_wait(&threads.all, "the other threads to end", NR_SIM_NEVER);
}

void nr_sim_threads_end(nr_sim_thread *first)
{
    threads_unlink(first);
    threads_self = NULL;
    nr_sim_trace_as(NULL);
    sem_destroy(&first->turn);
}
