/* SPDX-License-Identifier: MIT */

/* The threads, locks and conditions of the contract. Calls: world, threads. */

#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/threads.h"
#include "nanorun/sys/sim/world.h"

/* ---- threads ---- */

typedef struct thread_block {
    nr_sim_thread base;
    pthread_t id;
    void (*run)(void *arg);
    void *arg;
    bool has_ended;
    bool is_detached;
} thread_block;

static thread_block *thread_of(const nr_sys_thread *handle)
{
    return (thread_block *)(uintptr_t)handle->opaque[0];
}

static void *thread_enter(void *arg)
{
    thread_block *t = arg;

    nr_sim_thread_enter(&t->base);
    t->run(t->arg);
    nr_sim_thread_end(&t->base);
    t->has_ended = true;
    if (t->is_detached) {
        sem_destroy(&t->base.turn);
        nr_sys_free(t);
    }
    nr_sim_thread_leave();
    return NULL;
}

/* Simulated threads have the system's own stacks, whatever is asked for. */
int nr_sys_thread_create(nr_sys_thread *out, size_t stack_size,
                         void (*run)(void *arg), void *arg)
{
    thread_block *t;

    (void)stack_size;
    if (!nr_sim_inside())
        nr_sys_die("a thread outside the simulation", NULL);
    nr_sim_point();
    t = nr_sys_alloc(sizeof *t);
    if (!t)
        return -EAGAIN;
    *t = (thread_block){.run = run, .arg = arg};
    nr_sim_thread_begin(&t->base);
    if (pthread_create(&t->id, NULL, thread_enter, t) != 0)
        nr_sys_die("the system refused a thread", "pthread_create");
    out->opaque[0] = (uintptr_t)t;
    return 0;
}

void nr_sys_thread_join(nr_sys_thread *handle)
{
    thread_block *t = thread_of(handle);

    nr_sim_point();
    while (!t->has_ended)
        nr_sim_wait(t, "the end of a thread", NR_SIM_NEVER);
    pthread_join(t->id, NULL);
    sem_destroy(&t->base.turn);
    nr_sys_free(t);
}

void nr_sys_thread_detach(nr_sys_thread *handle)
{
    thread_block *t = thread_of(handle);

    nr_sim_point();
    pthread_detach(t->id);
    t->is_detached = true;
    if (t->has_ended) {
        sem_destroy(&t->base.turn);
        nr_sys_free(t);
    }
}

int nr_sys_at_fork(const nr_sys_fork_hooks *hooks)
{
    (void)hooks;
    return 0;
}

void nr_sys_thread_yield(void)
{
    nr_sim_let_others_run();
}

void nr_sys_thread_name(const char *name)
{
    nr_sim_thread_set_name(name);
}

void nr_sys_thread_wait_exactly(void)
{
}

unsigned nr_sys_cpu_count(void)
{
    unsigned cpus = nr_sim_config_of_run()->cpus;

    return cpus != 0 ? cpus : 3;
}

/* ---- locks: opaque[0] is whether it is held ---- */

int nr_sys_mutex_init(nr_sys_mutex *m)
{
    m->opaque[0] = 0;
    return 0;
}

void nr_sys_mutex_deinit(nr_sys_mutex *m)
{
    if (m->opaque[0] != 0)
        nr_sys_die("a lock is held at its end", NULL);
}

void nr_sys_mutex_lock(nr_sys_mutex *m)
{
    nr_sim_point();
    while (m->opaque[0] != 0)
        nr_sim_wait(m, "a lock", NR_SIM_NEVER);
    m->opaque[0] = 1;
}

bool nr_sys_mutex_try_lock(nr_sys_mutex *m)
{
    nr_sim_point();
    if (m->opaque[0] != 0)
        return false;
    m->opaque[0] = 1;
    return true;
}

void nr_sys_mutex_unlock(nr_sys_mutex *m)
{
    if (m->opaque[0] == 0)
        nr_sys_die("unlock of a lock that nobody holds", NULL);
    m->opaque[0] = 0;
    nr_sim_wake_all(m); /* whoever is drawn first has it */
    nr_sim_point();
}

/* ---- conditions ---- */

int nr_sys_cond_init(nr_sys_cond *c)
{
    c->opaque[0] = 0;
    return 0;
}

void nr_sys_cond_deinit(nr_sys_cond *c)
{
    (void)c;
}

void nr_sys_cond_signal(nr_sys_cond *c)
{
    nr_sim_point();
    nr_sim_wake_one(c);
}

void nr_sys_cond_broadcast(nr_sys_cond *c)
{
    nr_sim_point();
    nr_sim_wake_all(c);
}

void nr_sys_cond_wait(nr_sys_cond *c, nr_sys_mutex *m)
{
    nr_sys_cond_wait_until(c, m, NR_SIM_NEVER);
}

bool nr_sys_cond_wait_until(nr_sys_cond *c, nr_sys_mutex *m,
                            uint64_t deadline_ns)
{
    nr_sim_point();
    if (m->opaque[0] == 0)
        nr_sys_die("a wait on a condition without its lock", NULL);
    m->opaque[0] = 0;
    nr_sim_wake_all(m);
    /* A wake-up for nothing now and then, as systems have them. */
    if (!nr_sim_chance(20))
        nr_sim_wait(c, "a condition", deadline_ns);
    nr_sys_mutex_lock(m);
    return nr_sim_now_ns() < deadline_ns;
}
