/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_THREAD_H
#define NANORUN_SYS_THREAD_H

/*
 * Threads, mutexes, conditions, and the number of processors. Operations on an
 * initialized mutex or condition never fail; an impossible answer of the system
 * stops the process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory for the system's own objects, so that one header serves all systems.
 * Each system's folder asserts that its objects fit. Do not copy or move
 * them. */
typedef struct nr_sys_thread {
    uint64_t opaque[1];
} nr_sys_thread;
typedef struct nr_sys_mutex {
    uint64_t opaque[8];
} nr_sys_mutex;
typedef struct nr_sys_cond {
    uint64_t opaque[6];
} nr_sys_cond;

/* A thread-local variable of static storage. */
#if defined(_MSC_VER) && !defined(__GNUC__)
#define NR_THREAD_LOCAL __declspec(thread)
#else
#define NR_THREAD_LOCAL __thread
#endif

/* Starts run(arg) in a new thread with a stack of `stack_size` bytes; 0 means
 * the system's default, but at least 2 MiB. The thread blocks all signals,
 * which are for the program's own threads, except those of its own faults, such
 * as SIGSEGV. Returns 0, or -EAGAIN if there is no memory, there are too many
 * threads, or the system refuses the stack size. A thread that ends before run
 * returns, by pthread_exit, pthread_cancel or ExitThread, stops the process
 * with one line. Ownership: the caller's, ended by join or detach. */
enum { NR_SYS_STACK_SIZE_MIN = 2 << 20 };
int nr_sys_thread_create(nr_sys_thread *out, size_t stack_size,
                         void (*run)(void *arg), void *arg);
void nr_sys_thread_join(nr_sys_thread *thread);
void nr_sys_thread_detach(nr_sys_thread *thread);

/* Gives the processor to other threads that wait for one. */
void nr_sys_thread_yield(void);

/* Names the calling thread for debuggers, if the system can; only the first 15
 * bytes count. */
void nr_sys_thread_name(const char *name);

/* Makes timed waits of the calling thread end as exactly as the system can,
 * where it otherwise delays them to save power. */
void nr_sys_thread_wait_exactly(void);

/* Makes each thread that forks call `before`, then `in_parent` and `in_child`;
 * on a system without fork they are never called. A second call in a process,
 * even at the same time, must give the same hooks, and returns once they are
 * registered. Returns 0 or -ENOMEM. */
typedef struct nr_sys_fork_hooks {
    void (*before)(void);
    void (*in_parent)(void);
    void (*in_child)(void);
} nr_sys_fork_hooks;
int nr_sys_at_fork(const nr_sys_fork_hooks *hooks);

/* A mutex that is not recursive. init returns 0 or -ENOMEM. */
int nr_sys_mutex_init(nr_sys_mutex *m);
void nr_sys_mutex_deinit(nr_sys_mutex *m);
void nr_sys_mutex_lock(nr_sys_mutex *m);
bool nr_sys_mutex_try_lock(nr_sys_mutex *m);
void nr_sys_mutex_unlock(nr_sys_mutex *m);

/* A condition variable that uses the monotonic clock. init returns 0 or
 * -ENOMEM. */
int nr_sys_cond_init(nr_sys_cond *c);
void nr_sys_cond_deinit(nr_sys_cond *c);
void nr_sys_cond_signal(nr_sys_cond *c);
void nr_sys_cond_broadcast(nr_sys_cond *c);
void nr_sys_cond_wait(nr_sys_cond *c, nr_sys_mutex *m);
/* Returns false once nr_sys_now_ns() has reached `deadline_ns`; UINT64_MAX
 * waits for ever. Spurious wake-ups are possible in both. */
bool nr_sys_cond_wait_until(nr_sys_cond *c, nr_sys_mutex *m,
                            uint64_t deadline_ns);

/* How many processors this process may use, at least 1. On Linux this is the
 * affinity mask, but at most the quota of the process's cgroups (v1 and v2),
 * rounded up. */
unsigned nr_sys_cpu_count(void);

#ifdef __cplusplus
}
#endif

#endif
