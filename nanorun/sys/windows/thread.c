/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/thread.h"

#include <errno.h>
#include <limits.h>
#include <process.h>
#include <string.h>

#include "nanorun/sys/clock.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/windows/system.h"

_Static_assert(sizeof(HANDLE) <= sizeof(nr_sys_thread),
               "nr_sys_thread holds a HANDLE");
_Static_assert(sizeof(SRWLOCK) <= sizeof(nr_sys_mutex),
               "nr_sys_mutex holds an SRWLOCK");
_Static_assert(sizeof(CONDITION_VARIABLE) <= sizeof(nr_sys_cond),
               "nr_sys_cond holds a CONDITION_VARIABLE");

typedef struct thread_start {
    void (*run)(void *arg);
    void *arg;
} thread_start;

static HANDLE thread_handle(const nr_sys_thread *thread)
{
    HANDLE h;

    memcpy(&h, thread->opaque, sizeof h);
    return h;
}

static SRWLOCK *thread_lock(nr_sys_mutex *m)
{
    return (SRWLOCK *)(void *)m->opaque;
}

static CONDITION_VARIABLE *thread_cond(nr_sys_cond *c)
{
    return (CONDITION_VARIABLE *)(void *)c->opaque;
}

/* The value is not NULL in each thread of the library until its function has
 * returned. Windows calls thread_die_unfinished at the end of a thread whose
 * value is not NULL. It also does so in the thread that ends the process, which
 * a task may do. */
static DWORD thread_unfinished = FLS_OUT_OF_INDEXES;

static bool thread_ends_the_process(void)
{
    typedef BOOLEAN(WINAPI * in_progress)(void);
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    in_progress ask = ntdll ? (in_progress)(void (*)(void))GetProcAddress(
                                  ntdll, "RtlDllShutdownInProgress")
                            : NULL;

    return ask && ask();
}

static void WINAPI thread_die_unfinished(void *value)
{
    (void)value;
    if (thread_ends_the_process())
        return;
    nr_sys_die("a thread of the runtime was ended by a task (ExitThread)",
               NULL);
}

static BOOL CALLBACK thread_init_unfinished(PINIT_ONCE once, void *arg,
                                            void **context)
{
    (void)once;
    (void)arg;
    (void)context;
    thread_unfinished = FlsAlloc(thread_die_unfinished);
    return TRUE;
}

static unsigned __stdcall thread_enter(void *arg)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    thread_start s = *(thread_start *)arg;

    nr_sys_free(arg);
    InitOnceExecuteOnce(&once, thread_init_unfinished, NULL, NULL);
    if (thread_unfinished != FLS_OUT_OF_INDEXES)
        FlsSetValue(thread_unfinished, &once);
    s.run(s.arg);
    if (thread_unfinished != FLS_OUT_OF_INDEXES)
        FlsSetValue(thread_unfinished, NULL);
    return 0;
}

/* Not CreateThread: the C library keeps state for each of its threads. */
int nr_sys_thread_create(nr_sys_thread *out, size_t stack_size,
                         void (*run)(void *arg), void *arg)
{
    thread_start *s;
    uintptr_t h;

    if (stack_size == 0)
        stack_size = NR_SYS_STACK_SIZE_MIN;
    if (stack_size > UINT_MAX)
        return -EAGAIN;
    s = nr_sys_alloc(sizeof *s);
    if (!s)
        return -EAGAIN;
    s->run = run;
    s->arg = arg;
    h = _beginthreadex(NULL, (unsigned)stack_size, thread_enter, s,
                       STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (h == 0) {
        nr_sys_free(s);
        return -EAGAIN;
    }
    memcpy(out->opaque, &h, sizeof h);
    return 0;
}

void nr_sys_thread_join(nr_sys_thread *thread)
{
    if (WaitForSingleObject(thread_handle(thread), INFINITE) != WAIT_OBJECT_0)
        nr_sys_die("the system refused a call on a thread or lock",
                   "WaitForSingleObject");
    CloseHandle(thread_handle(thread));
}

void nr_sys_thread_detach(nr_sys_thread *thread)
{
    CloseHandle(thread_handle(thread));
}

int nr_sys_at_fork(const nr_sys_fork_hooks *hooks)
{
    (void)hooks;
    return 0;
}

void nr_sys_thread_yield(void)
{
    SwitchToThread();
}

/* Does nothing: the program chooses the resolution, by timeBeginPeriod. */
void nr_sys_thread_wait_exactly(void)
{
}

int nr_sys_mutex_init(nr_sys_mutex *m)
{
    InitializeSRWLock(thread_lock(m));
    return 0;
}

void nr_sys_mutex_deinit(nr_sys_mutex *m)
{
    (void)m; /* it holds nothing */
}

void nr_sys_mutex_lock(nr_sys_mutex *m)
{
    AcquireSRWLockExclusive(thread_lock(m));
}

bool nr_sys_mutex_try_lock(nr_sys_mutex *m)
{
    return TryAcquireSRWLockExclusive(thread_lock(m));
}

void nr_sys_mutex_unlock(nr_sys_mutex *m)
{
    ReleaseSRWLockExclusive(thread_lock(m));
}

int nr_sys_cond_init(nr_sys_cond *c)
{
    InitializeConditionVariable(thread_cond(c));
    return 0;
}

void nr_sys_cond_deinit(nr_sys_cond *c)
{
    (void)c; /* it holds nothing */
}

void nr_sys_cond_signal(nr_sys_cond *c)
{
    WakeConditionVariable(thread_cond(c));
}

void nr_sys_cond_broadcast(nr_sys_cond *c)
{
    WakeAllConditionVariable(thread_cond(c));
}

/* Returns whether it was woken. */
static bool thread_sleep_ms(nr_sys_cond *c, nr_sys_mutex *m, DWORD ms)
{
    if (SleepConditionVariableSRW(thread_cond(c), thread_lock(m), ms, 0))
        return true;
    if (GetLastError() != ERROR_TIMEOUT)
        nr_sys_die("the system refused a call on a thread or lock",
                   "SleepConditionVariableSRW");
    return false;
}

void nr_sys_cond_wait(nr_sys_cond *c, nr_sys_mutex *m)
{
    (void)thread_sleep_ms(c, m, INFINITE);
}

bool nr_sys_cond_wait_until(nr_sys_cond *c, nr_sys_mutex *m,
                            uint64_t deadline_ns)
{
    uint64_t now_ns, ms;

    if (deadline_ns == UINT64_MAX) {
        nr_sys_cond_wait(c, m);
        return true;
    }
    now_ns = nr_sys_now_ns();
    if (now_ns >= deadline_ns)
        return false;
    /* Rounded up, so that no wait ends early and spins towards its deadline;
     * what is too long for the call ends as a spurious wake-up. */
    ms = (deadline_ns - now_ns - 1) / 1000000u + 1;
    if (thread_sleep_ms(c, m, ms < INFINITE ? (DWORD)ms : INFINITE - 1))
        return true;
    return nr_sys_now_ns() < deadline_ns;
}
