/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/linux/sigpipe.h"

#include <errno.h>
#include <time.h>

static sigset_t sigpipe_only(void)
{
    sigset_t only;

    sigemptyset(&only);
    sigaddset(&only, SIGPIPE);
    return only;
}

void nr_sigpipe_hold(nr_sigpipe *held)
{
    sigset_t only = sigpipe_only(), pending;

    pthread_sigmask(SIG_BLOCK, &only, &held->mask);
    held->is_pending = sigismember(&held->mask, SIGPIPE) == 1 &&
                       sigpending(&pending) == 0 &&
                       sigismember(&pending, SIGPIPE) == 1;
}

void nr_sigpipe_release(const nr_sigpipe *held, bool may_be_raised)
{
    static const struct timespec at_once;
    sigset_t only = sigpipe_only();

    /* A process that ignores the signal has none to take. */
    while (may_be_raised && !held->is_pending &&
           sigtimedwait(&only, NULL, &at_once) < 0 && errno == EINTR)
        continue;
    if (!sigismember(&held->mask, SIGPIPE))
        pthread_sigmask(SIG_SETMASK, &held->mask, NULL);
}
