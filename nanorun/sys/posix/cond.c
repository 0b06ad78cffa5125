/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700
#define _DARWIN_C_SOURCE /* macOS: declares what is not of POSIX */

#include "nanorun/sys/thread.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "nanorun/sys/clock.h"
#include "nanorun/sys/die.h"

_Static_assert(sizeof(pthread_cond_t) <= sizeof(nr_sys_cond),
               "nr_sys_cond holds a pthread_cond_t");
_Static_assert(_Alignof(pthread_cond_t) <= _Alignof(nr_sys_cond),
               "nr_sys_cond aligns a pthread_cond_t");

static pthread_cond_t *cond_of(nr_sys_cond *c)
{
    return (pthread_cond_t *)(void *)c->opaque;
}

static void cond_check(int error, const char *call)
{
    if (error != 0)
        nr_sys_die("the system refused a call on a condition", call);
}

/* A time that a 32-bit time_t cannot hold is cut, which makes a spurious
 * wake-up. */
static struct timespec cond_to_timespec(uint64_t ns)
{
    uint64_t seconds = ns / 1000000000u;
    struct timespec t = {.tv_nsec = (long)(ns % 1000000000u)};

    t.tv_sec = (time_t)(seconds < INT32_MAX ? seconds : INT32_MAX);
    return t;
}

#if defined(__APPLE__)

/* macOS has no condition of the monotonic clock, but waits for a duration. */
static int cond_init_monotonic(pthread_cond_t *c)
{
    return pthread_cond_init(c, NULL);
}

static int cond_wait_until(pthread_cond_t *c, pthread_mutex_t *m,
                           uint64_t deadline_ns)
{
    uint64_t now_ns = nr_sys_now_ns();
    struct timespec left =
        cond_to_timespec(deadline_ns > now_ns ? deadline_ns - now_ns : 0);

    return pthread_cond_timedwait_relative_np(c, m, &left);
}

#else

static int cond_init_monotonic(pthread_cond_t *c)
{
    pthread_condattr_t attr;
    int error = pthread_condattr_init(&attr);

    if (error != 0)
        return error;
    error = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    cond_check(error, "pthread_condattr_setclock");
    error = pthread_cond_init(c, &attr);
    pthread_condattr_destroy(&attr);
    return error;
}

static int cond_wait_until(pthread_cond_t *c, pthread_mutex_t *m,
                           uint64_t deadline_ns)
{
    struct timespec at = cond_to_timespec(deadline_ns);

    return pthread_cond_timedwait(c, m, &at);
}

#endif

int nr_sys_cond_init(nr_sys_cond *c)
{
    return cond_init_monotonic(cond_of(c)) == 0 ? 0 : -ENOMEM;
}

void nr_sys_cond_deinit(nr_sys_cond *c)
{
    cond_check(pthread_cond_destroy(cond_of(c)), "pthread_cond_destroy");
}

void nr_sys_cond_signal(nr_sys_cond *c)
{
    cond_check(pthread_cond_signal(cond_of(c)), "pthread_cond_signal");
}

void nr_sys_cond_broadcast(nr_sys_cond *c)
{
    cond_check(pthread_cond_broadcast(cond_of(c)), "pthread_cond_broadcast");
}

void nr_sys_cond_wait(nr_sys_cond *c, nr_sys_mutex *m)
{
    cond_check(
        pthread_cond_wait(cond_of(c), (pthread_mutex_t *)(void *)m->opaque),
        "pthread_cond_wait");
}

bool nr_sys_cond_wait_until(nr_sys_cond *c, nr_sys_mutex *m,
                            uint64_t deadline_ns)
{
    int error;

    if (deadline_ns == UINT64_MAX) {
        nr_sys_cond_wait(c, m);
        return true;
    }
    error = cond_wait_until(cond_of(c), (pthread_mutex_t *)(void *)m->opaque,
                            deadline_ns);
    if (error == ETIMEDOUT)
        return nr_sys_now_ns() < deadline_ns;
    cond_check(error, "a timed wait on a condition");
    return true;
}
