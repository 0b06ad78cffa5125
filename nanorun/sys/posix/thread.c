/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "nanorun/sys/clock.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"

_Static_assert(sizeof(pthread_t) <= sizeof(nr_sys_thread),
               "nr_sys_thread holds a pthread_t");
_Static_assert(sizeof(pthread_mutex_t) <= sizeof(nr_sys_mutex),
               "nr_sys_mutex holds a pthread_mutex_t");
_Static_assert(sizeof(pthread_cond_t) <= sizeof(nr_sys_cond),
               "nr_sys_cond holds a pthread_cond_t");
_Static_assert(_Alignof(pthread_mutex_t) <= _Alignof(nr_sys_mutex) &&
                   _Alignof(pthread_cond_t) <= _Alignof(nr_sys_cond),
               "uint64_t aligns what a lock needs");

typedef struct start {
    void (*run)(void *arg);
    void *arg;
} start;

static pthread_t handle(const nr_sys_thread *thread)
{
    pthread_t id;

    memcpy(&id, thread->opaque, sizeof(id));
    return id;
}

static pthread_mutex_t *mutex(nr_sys_mutex *m)
{
    return (pthread_mutex_t *)(void *)m->opaque;
}

static pthread_cond_t *cond(nr_sys_cond *c)
{
    return (pthread_cond_t *)(void *)c->opaque;
}

static void check(int error, const char *call)
{
    if (error != 0)
        nr_sys_die("the system refused a call on a thread or lock", call);
}

static void *enter(void *arg)
{
    start s = *(start *)arg;

    nr_sys_free(arg);
    s.run(s.arg);
    return NULL;
}

/* All but the faults: those are the thread's own doing, and blocked ones kill
 * the process without the handler of a crash reporter or a sanitizer. */
static void fill_blocked(sigset_t *set)
{
    static const int faults[] = {SIGBUS,  SIGFPE, SIGILL,
                                 SIGSEGV, SIGSYS, SIGTRAP};

    sigfillset(set);
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        sigdelset(set, faults[i]);
}

int nr_sys_thread_create(nr_sys_thread *out, void (*run)(void *arg), void *arg)
{
    start *s = nr_sys_alloc(sizeof(*s));
    sigset_t blocked, before;
    pthread_t id;
    int error;

    if (s == NULL)
        return -EAGAIN;
    s->run = run;
    s->arg = arg;
    /* A thread inherits its creator's mask, so there is no moment at which it
     * runs and takes a signal. */
    fill_blocked(&blocked);
    check(pthread_sigmask(SIG_SETMASK, &blocked, &before), "pthread_sigmask");
    error = pthread_create(&id, NULL, enter, s);
    check(pthread_sigmask(SIG_SETMASK, &before, NULL), "pthread_sigmask");
    if (error != 0) {
        nr_sys_free(s);
        return -EAGAIN;
    }
    memcpy(out->opaque, &id, sizeof(id));
    return 0;
}

void nr_sys_thread_join(nr_sys_thread *thread)
{
    check(pthread_join(handle(thread), NULL), "pthread_join");
}

void nr_sys_thread_detach(nr_sys_thread *thread)
{
    check(pthread_detach(handle(thread)), "pthread_detach");
}

void nr_sys_thread_yield(void)
{
    sched_yield(); /* POSIX names no error that could come here */
}

int nr_sys_mutex_init(nr_sys_mutex *m)
{
    return pthread_mutex_init(mutex(m), NULL) == 0 ? 0 : -ENOMEM;
}

void nr_sys_mutex_deinit(nr_sys_mutex *m)
{
    check(pthread_mutex_destroy(mutex(m)), "pthread_mutex_destroy");
}

void nr_sys_mutex_lock(nr_sys_mutex *m)
{
    check(pthread_mutex_lock(mutex(m)), "pthread_mutex_lock");
}

bool nr_sys_mutex_try_lock(nr_sys_mutex *m)
{
    int error = pthread_mutex_trylock(mutex(m));

    if (error == EBUSY)
        return false;
    check(error, "pthread_mutex_trylock");
    return true;
}

void nr_sys_mutex_unlock(nr_sys_mutex *m)
{
    check(pthread_mutex_unlock(mutex(m)), "pthread_mutex_unlock");
}

int nr_sys_cond_init(nr_sys_cond *c)
{
    pthread_condattr_t attr;
    int error = pthread_condattr_init(&attr);

    if (error != 0)
        return -ENOMEM;
    error = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    check(error, "pthread_condattr_setclock");
    error = pthread_cond_init(cond(c), &attr);
    pthread_condattr_destroy(&attr);
    return error == 0 ? 0 : -ENOMEM;
}

void nr_sys_cond_deinit(nr_sys_cond *c)
{
    check(pthread_cond_destroy(cond(c)), "pthread_cond_destroy");
}

void nr_sys_cond_signal(nr_sys_cond *c)
{
    check(pthread_cond_signal(cond(c)), "pthread_cond_signal");
}

void nr_sys_cond_broadcast(nr_sys_cond *c)
{
    check(pthread_cond_broadcast(cond(c)), "pthread_cond_broadcast");
}

void nr_sys_cond_wait(nr_sys_cond *c, nr_sys_mutex *m)
{
    check(pthread_cond_wait(cond(c), mutex(m)), "pthread_cond_wait");
}

bool nr_sys_cond_wait_until(nr_sys_cond *c, nr_sys_mutex *m,
                            uint64_t deadline_ns)
{
    uint64_t seconds = deadline_ns / 1000000000u;
    struct timespec at = {.tv_nsec = (long)(deadline_ns % 1000000000u)};
    int error;

    if (deadline_ns == UINT64_MAX) {
        nr_sys_cond_wait(c, m);
        return true;
    }
    /* A time_t of 32 bits ends here; the cut is a spurious wake-up. */
    at.tv_sec = (time_t)(seconds < INT32_MAX ? seconds : INT32_MAX);
    error = pthread_cond_timedwait(cond(c), mutex(m), &at);
    if (error == ETIMEDOUT)
        return nr_sys_now_ns() < deadline_ns;
    check(error, "pthread_cond_timedwait");
    return true;
}
