/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700

#include "nanorun/sys/thread.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"

_Static_assert(sizeof(pthread_t) <= sizeof(nr_sys_thread),
               "nr_sys_thread holds a pthread_t");
_Static_assert(sizeof(pthread_mutex_t) <= sizeof(nr_sys_mutex),
               "nr_sys_mutex holds a pthread_mutex_t");
_Static_assert(_Alignof(pthread_mutex_t) <= _Alignof(nr_sys_mutex),
               "nr_sys_mutex aligns a pthread_mutex_t");

typedef struct thread_start {
    void (*run)(void *arg);
    void *arg;
} thread_start;

static pthread_t thread_handle(const nr_sys_thread *thread)
{
    pthread_t id;

    memcpy(&id, thread->opaque, sizeof id);
    return id;
}

static pthread_mutex_t *thread_mutex(nr_sys_mutex *m)
{
    return (pthread_mutex_t *)(void *)m->opaque;
}

static void thread_check(int error, const char *call)
{
    if (error != 0)
        nr_sys_die("the system refused a call on a thread or lock", call);
}

/* A thread that waits for the work of this one would wait for ever. */
static void thread_die_unfinished(void *unused)
{
    (void)unused;
    nr_sys_die("a thread of the runtime was ended by a task, or by "
               "pthread_cancel",
               NULL);
}

static void *thread_enter(void *arg)
{
    thread_start s = *(thread_start *)arg;

    nr_sys_free(arg);
    pthread_cleanup_push(thread_die_unfinished, NULL);
    s.run(s.arg);
    pthread_cleanup_pop(0);
    return NULL;
}

/* Sets the size of the stack. musl's default is 128 KiB, that of macOS 512. */
static int thread_set_stack(pthread_attr_t *attr, size_t stack_size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    if (stack_size == 0) {
        thread_check(pthread_attr_getstacksize(attr, &stack_size),
                     "pthread_attr_getstacksize");
        if (stack_size >= NR_SYS_STACK_SIZE_MIN)
            return 0;
        stack_size = NR_SYS_STACK_SIZE_MIN;
    }
    if (stack_size > SIZE_MAX - page)
        return EINVAL;
    return pthread_attr_setstacksize(attr,
                                     (stack_size + page - 1) / page * page);
}

/* Blocks all signals except those of faults. A blocked fault would kill the
 * process without calling the handler of a crash reporter or a sanitizer. */
static void thread_fill_blocked(sigset_t *set)
{
    static const int faults[] = {SIGBUS,  SIGFPE, SIGILL,
                                 SIGSEGV, SIGSYS, SIGTRAP};

    sigfillset(set);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(set, faults[i]);
}

int nr_sys_thread_create(nr_sys_thread *out, size_t stack_size,
                         void (*run)(void *arg), void *arg)
{
    thread_start *s = nr_sys_alloc(sizeof *s);
    sigset_t blocked, before;
    pthread_attr_t attr;
    pthread_t id;
    int error;

    if (!s)
        return -EAGAIN;
    if (pthread_attr_init(&attr) != 0) {
        nr_sys_free(s);
        return -EAGAIN;
    }
    s->run = run;
    s->arg = arg;
    /* A thread inherits the mask of its creator, so it never runs with signals
     * unblocked. */
    thread_fill_blocked(&blocked);
    thread_check(pthread_sigmask(SIG_SETMASK, &blocked, &before),
                 "pthread_sigmask");
    error = thread_set_stack(&attr, stack_size);
    if (error == 0)
        error = pthread_create(&id, &attr, thread_enter, s);
    pthread_attr_destroy(&attr);
    thread_check(pthread_sigmask(SIG_SETMASK, &before, NULL),
                 "pthread_sigmask");
    if (error != 0) {
        nr_sys_free(s);
        return -EAGAIN;
    }
    memcpy(out->opaque, &id, sizeof id);
    return 0;
}

void nr_sys_thread_join(nr_sys_thread *thread)
{
    thread_check(pthread_join(thread_handle(thread), NULL), "pthread_join");
}

void nr_sys_thread_detach(nr_sys_thread *thread)
{
    thread_check(pthread_detach(thread_handle(thread)), "pthread_detach");
}

static nr_atomic_ptr thread_fork_hooks; /* every call stores the same */
static int thread_fork_error;           /* written once */

static void thread_register_fork_hooks(void)
{
    const nr_sys_fork_hooks *h = nr_load_ptr_relaxed(&thread_fork_hooks);

    thread_fork_error = -pthread_atfork(h->before, h->in_parent, h->in_child);
}

int nr_sys_at_fork(const nr_sys_fork_hooks *hooks)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    nr_store_ptr_relaxed(&thread_fork_hooks, (void *)(uintptr_t)hooks);
    thread_check(pthread_once(&once, thread_register_fork_hooks),
                 "pthread_once");
    return thread_fork_error;
}

void nr_sys_thread_yield(void)
{
    sched_yield(); /* POSIX names no error that could come here */
}

int nr_sys_mutex_init(nr_sys_mutex *m)
{
    return pthread_mutex_init(thread_mutex(m), NULL) == 0 ? 0 : -ENOMEM;
}

void nr_sys_mutex_deinit(nr_sys_mutex *m)
{
    thread_check(pthread_mutex_destroy(thread_mutex(m)),
                 "pthread_mutex_destroy");
}

void nr_sys_mutex_lock(nr_sys_mutex *m)
{
    thread_check(pthread_mutex_lock(thread_mutex(m)), "pthread_mutex_lock");
}

bool nr_sys_mutex_try_lock(nr_sys_mutex *m)
{
    int error = pthread_mutex_trylock(thread_mutex(m));

    if (error == EBUSY)
        return false;
    thread_check(error, "pthread_mutex_trylock");
    return true;
}

void nr_sys_mutex_unlock(nr_sys_mutex *m)
{
    thread_check(pthread_mutex_unlock(thread_mutex(m)), "pthread_mutex_unlock");
}
