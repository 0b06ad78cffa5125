/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_THREAD_H
#define NANORUN_SYS_THREAD_H

/*
 * Threads, locks and the processors there are. Locks and conditions of an
 * initialized object never fail; an impossible answer of the system stops the
 * process.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for the system's own objects, so that one header serves all systems;
 * each system's folder asserts that they fit. Do not copy or move them. */
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
 * the system's default, but 2 MiB at least. Every signal is blocked in the
 * thread, because signals are the program's, except those of its own faults, as
 * SIGSEGV. Returns 0, or -EAGAIN: no memory, too many threads, or a stack of a
 * size that the system refuses. A thread that is ended before run returns, by
 * pthread_exit, pthread_cancel or ExitThread, stops the process with one line.
 * Ownership: ended by join or detach. */
enum { NR_SYS_STACK_SIZE_MIN = 2 << 20 };
int nr_sys_thread_create(nr_sys_thread *out, size_t stack_size,
                         void (*run)(void *arg), void *arg);
void nr_sys_thread_join(nr_sys_thread *thread);
void nr_sys_thread_detach(nr_sys_thread *thread);

/* Lets other threads run that wait for a processor, if there are any. */
void nr_sys_thread_yield(void);

/* Names the calling thread for debuggers, where the system can; at most 15
 * bytes count. */
void nr_sys_thread_name(const char *name);

/* Asks that timed waits of the calling thread end when their time has come, not
 * when it suits the system: where it can be asked. */
void nr_sys_thread_wait_exactly(void);

/* Calls `before` in a thread that is about to fork the process, and then
 * `in_parent` and `in_child`. Where no process can be forked they are never
 * called. Once a process: a later call, of several threads at once, too, gives
 * the same hooks and returns when they are in force. Returns 0 or -ENOMEM. */
typedef struct nr_sys_fork_hooks {
    void (*before)(void);
    void (*in_parent)(void);
    void (*in_child)(void);
} nr_sys_fork_hooks;
int nr_sys_at_fork(const nr_sys_fork_hooks *hooks);

/* A mutex. init returns 0 or -ENOMEM. Not recursive. */
int nr_sys_mutex_init(nr_sys_mutex *m);
void nr_sys_mutex_deinit(nr_sys_mutex *m);
void nr_sys_mutex_lock(nr_sys_mutex *m);
bool nr_sys_mutex_try_lock(nr_sys_mutex *m);
void nr_sys_mutex_unlock(nr_sys_mutex *m);

/* A condition variable, of the monotonic clock. init returns 0 or -ENOMEM. */
int nr_sys_cond_init(nr_sys_cond *c);
void nr_sys_cond_deinit(nr_sys_cond *c);
void nr_sys_cond_signal(nr_sys_cond *c);
void nr_sys_cond_broadcast(nr_sys_cond *c);
void nr_sys_cond_wait(nr_sys_cond *c, nr_sys_mutex *m);
/* Returns false once nr_sys_now_ns() has reached `deadline_ns`; UINT64_MAX
 * waits for ever. Spurious wake-ups are possible in both. */
bool nr_sys_cond_wait_until(nr_sys_cond *c, nr_sys_mutex *m,
                            uint64_t deadline_ns);

/* How many processors this process may use; at least 1. On Linux the affinity
 * mask, cut to the quota of its cgroups (v1 and v2, rounded up). */
unsigned nr_sys_cpu_count(void);

#ifdef __cplusplus
}
#endif

#endif
