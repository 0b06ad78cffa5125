/* SPDX-License-Identifier: MIT */

/*
 * The threads are threads of the system's, so that thread-locals, debuggers and
 * sanitizers work as ever, but each waits for its turn and only one has it. The
 * turn changes hands in `pass_turn` alone. So all here is read and written by
 * one thread at a time, and a semaphore a thread carries it over.
 *
 * A run is a walk: at each point the thread goes on, but every so often, and
 * whenever it waits, one of those that could go on is drawn. How often, and how
 * likely each thread is, is drawn once a run: some runs change at every other
 * point, others let a thread stand still for thousands of them.
 */

#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/sim/threads.h"

#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/thread.h"

/* Virtual time at the start; what a step and, at most, a change of threads
 * take. */
enum { START_NS = 1000000000, STEP_NS = 20, CHANGE_NS = 2000 };

static struct {
    nr_sim_config config;
    uint64_t random;
    uint64_t now_ns;
    uint64_t steps;
    uint32_t change_every; /* points, on average; a power of two */
    uint32_t change_after; /* points from now */
    unsigned threads_made;
    nr_sim_thread *threads; /* those that have not ended, the newest first */
} world;

static NR_THREAD_LOCAL nr_sim_thread *self;

bool nr_sim_inside(void)
{
    return self != NULL;
}

const nr_sim_config *nr_sim_config_of_run(void)
{
    return &world.config;
}

uint64_t nr_sim_now_ns(void)
{
    return world.now_ns;
}

uint64_t nr_sim_steps(void)
{
    return world.steps;
}

/* ---- chance and trace ---- */

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014. */
static uint64_t draw(void)
{
    uint64_t z = world.random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t nr_sim_random(uint32_t bound)
{
    return (uint32_t)((draw() >> 32) % bound);
}

bool nr_sim_chance(unsigned per_mille)
{
    return per_mille != 0 && nr_sim_random(1000) < per_mille;
}

void nr_sim_trace(const char *format, ...)
{
    char line[256];
    va_list args;
    int n;

    if (world.config.trace == NULL)
        return;
    n = snprintf(line, sizeof(line), "%llu.%09llu %s: ",
                 (unsigned long long)(world.now_ns / 1000000000u),
                 (unsigned long long)(world.now_ns % 1000000000u),
                 self != NULL ? self->name : "-");
    va_start(args, format);
    vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
    va_end(args);
    world.config.trace(world.config.trace_arg, line);
}

void nr_sim_note(const char *text)
{
    nr_sim_trace("%s", text);
}

/* ---- whose turn it is ---- */

static void stop_run(const char *why)
{
    for (const nr_sim_thread *t = world.threads; t != NULL; t = t->next)
        fprintf(stderr, "nanorun: %s %s%s\n", t->name,
                t->on != NULL ? "waits for " : "could go on",
                t->on != NULL ? t->what : "");
    nr_sys_die(why, NULL);
}

static bool can_run(const nr_sim_thread *t)
{
    return t->on == NULL || t->deadline_ns <= world.now_ns;
}

/* To the first moment at which something changes. */
static void skip_time(void)
{
    uint64_t to_ns = nr_sim_next_event_ns();

    for (const nr_sim_thread *t = world.threads; t != NULL; t = t->next) {
        if (t->deadline_ns < to_ns)
            to_ns = t->deadline_ns;
    }
    if (to_ns == NR_SIM_NEVER)
        stop_run("deadlock: every thread waits, and nothing is to come");
    if (to_ns > world.now_ns)
        world.now_ns = to_ns;
}

/* One of those that can run, by weight; not `but` if there is another. */
static nr_sim_thread *draw_thread(const nr_sim_thread *but)
{
    uint32_t weights = 0, drawn;
    nr_sim_thread *only = NULL;

    for (nr_sim_thread *t = world.threads; t != NULL; t = t->next) {
        if (!can_run(t))
            continue;
        only = t;
        weights += t != but ? t->weight : 0;
    }
    if (weights == 0)
        return only;
    drawn = nr_sim_random(weights);
    for (nr_sim_thread *t = world.threads; t != NULL; t = t->next) {
        if (!can_run(t) || t == but)
            continue;
        if (drawn < t->weight)
            return t;
        drawn -= t->weight;
    }
    return only;
}

static nr_sim_thread *draw_next(const nr_sim_thread *but)
{
    nr_sim_thread *t;

    world.change_after = 1 + nr_sim_random(2 * world.change_every);
    world.now_ns += nr_sim_random(CHANGE_NS);
    nr_sim_let_happen();
    while ((t = draw_thread(but)) == NULL) {
        skip_time();
        nr_sim_let_happen();
    }
    return t;
}

static void wait_turn(nr_sim_thread *t)
{
    while (sem_wait(&t->turn) != 0) {
    }
}

static void pass_turn(const nr_sim_thread *but)
{
    nr_sim_thread *me = self;
    nr_sim_thread *t = draw_next(but);

    if (t == me)
        return;
    sem_post(&t->turn);
    wait_turn(me);
    nr_sim_trace("goes on");
}

static void count_step(void)
{
    world.steps++;
    world.now_ns += STEP_NS;
    if (world.config.max_steps != 0 && world.steps > world.config.max_steps)
        stop_run("the run has more steps than it may have");
}

void nr_sim_point(void)
{
    if (self == NULL)
        return;
    count_step();
    if (--world.change_after == 0)
        pass_turn(NULL);
}

void nr_sim_let_others_run(void)
{
    if (self == NULL)
        return;
    count_step();
    pass_turn(self);
}

bool nr_sim_wait(const void *on, const char *what, uint64_t deadline_ns)
{
    bool is_woken;

    if (self == NULL)
        nr_sys_die("a thread outside the simulation would have to wait", what);
    count_step();
    nr_sim_trace("waits for %s", what);
    self->on = on;
    self->what = what;
    self->deadline_ns = deadline_ns;
    pass_turn(NULL);
    is_woken = self->on == NULL;
    self->on = NULL;
    self->deadline_ns = NR_SIM_NEVER;
    return is_woken;
}

static void wake(nr_sim_thread *t)
{
    t->on = NULL;
    t->deadline_ns = NR_SIM_NEVER;
}

void nr_sim_wake_all(const void *on)
{
    for (nr_sim_thread *t = world.threads; t != NULL; t = t->next) {
        if (t->on == on)
            wake(t);
    }
}

void nr_sim_wake_one(const void *on)
{
    uint32_t waiting = 0, drawn;

    for (nr_sim_thread *t = world.threads; t != NULL; t = t->next)
        waiting += t->on == on;
    if (waiting == 0)
        return;
    drawn = nr_sim_random(waiting);
    for (nr_sim_thread *t = world.threads; t != NULL; t = t->next) {
        if (t->on == on && drawn-- == 0) {
            wake(t);
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
    snprintf(t->name, sizeof(t->name), "thread-%u", world.threads_made++);
    t->next = world.threads;
    world.threads = t;
}

void nr_sim_thread_enter(nr_sim_thread *t)
{
    wait_turn(t);
    self = t;
    nr_sim_trace("begins");
}

static void unlink_thread(const nr_sim_thread *t)
{
    nr_sim_thread **link = &world.threads;

    while (*link != t)
        link = &(*link)->next;
    *link = t->next;
}

void nr_sim_thread_end(nr_sim_thread *t)
{
    nr_sim_trace("ends");
    unlink_thread(t);
    nr_sim_wake_all(t);
    nr_sim_wake_all(&world.threads);
    self = NULL;
}

void nr_sim_thread_leave(void)
{
    sem_post(&draw_next(NULL)->turn);
}

void nr_sim_thread_set_name(const char *name)
{
    if (self != NULL)
        snprintf(self->name, sizeof(self->name), "%s", name);
}

/* ---- a run ---- */

/* However the process stops, by an assertion of the program's as by one of
 * ours, the seed is what one needs to see it again. */
static void print_seed(int signal_number)
{
    char line[128];
    int n = snprintf(line, sizeof(line),
                     "nanorun: in the simulation of seed %llu, step %llu\n",
                     (unsigned long long)world.config.seed,
                     (unsigned long long)world.steps);

    (void)signal_number;
    if (write(STDERR_FILENO, line, (size_t)n) != n)
        return; /* nobody reads */
}

static void begin(const nr_sim_config *config)
{
    world.config = *config;
    world.now_ns = START_NS;
    world.random = config->seed;
    world.steps = 0;
    world.threads_made = 0;
    world.change_every = 1u << (1 + 2 * nr_sim_random(6));
    world.change_after = 1 + nr_sim_random(world.change_every);
}

void nr_sim_run(const nr_sim_config *config, void (*body)(void *arg), void *arg)
{
    nr_sim_thread me = {0};
    struct sigaction with_seed = {.sa_handler = print_seed}, before;

    if (self != NULL || world.threads != NULL)
        nr_sys_die("a simulation in a simulation", NULL);
    begin(config);
    nr_sim_thread_begin(&me);
    self = &me;
    sigaction(SIGABRT, &with_seed, &before);
    body(arg);
    while (world.threads != &me || me.next != NULL)
        nr_sim_wait(&world.threads, "the other threads to end", NR_SIM_NEVER);
    if (nr_sim_net_end() != 0)
        nr_sys_die("a run left sockets open", NULL);
    sigaction(SIGABRT, &before, NULL);
    unlink_thread(&me);
    self = NULL;
    sem_destroy(&me.turn);
}
