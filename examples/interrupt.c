/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L

#include "examples/interrupt.h"

#include <errno.h>
#include <stddef.h>

static void (*interrupted)(void);

#ifdef _WIN32

#include <windows.h>

/* The system calls it in a thread of its own; TRUE: that is all, do not end. */
static BOOL WINAPI take(DWORD event)
{
    (void)event;
    interrupted();
    return TRUE;
}

int on_interrupt(void (*run)(void))
{
    interrupted = run;
    return SetConsoleCtrlHandler(take, TRUE) ? 0 : EINVAL;
}

#else

#include <pthread.h>
#include <signal.h>

static void *wait_for_signal(void *arg)
{
    int signal_number;
    sigwait(arg, &signal_number);
    interrupted();
    return NULL;
}

int on_interrupt(void (*run)(void))
{
    static sigset_t signals;
    pthread_t waiter;
    interrupted = run;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    /* Here and in new threads, so that only the waiter takes them. */
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    int error = pthread_create(&waiter, NULL, wait_for_signal, &signals);
    if (!error)
        pthread_detach(waiter);
    return error;
}

#endif
