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

void nr_sigpipe_hold(sigset_t *before)
{
    sigset_t only = sigpipe_only();

    pthread_sigmask(SIG_BLOCK, &only, before);
}

void nr_sigpipe_release(const sigset_t *before, bool is_raised)
{
    static const struct timespec at_once;
    sigset_t only = sigpipe_only();

    /* A process that ignores the signal has none to take. */
    while (is_raised && sigtimedwait(&only, NULL, &at_once) < 0 &&
           errno == EINTR)
        continue;
    if (!sigismember(before, SIGPIPE))
        pthread_sigmask(SIG_SETMASK, before, NULL);
}
