/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_LINUX_SIGPIPE_H
#define NANORUN_SYS_LINUX_SIGPIPE_H

/*
 * Keeps SIGPIPE from the process where a system call has no flag for that, as
 * write(2) and splice(2). The signal is sent to the calling thread, so the
 * thread blocks it during the call and takes it back after one that failed. For
 * sys only.
 */

#include <signal.h>
#include <stdbool.h>

typedef struct nr_sigpipe {
    sigset_t mask; /* of before */
    bool is_pending;
} nr_sigpipe;

/* Before the call: blocks the signal. */
void nr_sigpipe_hold(nr_sigpipe *held);

/* After it: takes the signal if the call may have raised it, unless it was
 * pending before, and restores the mask. */
void nr_sigpipe_release(const nr_sigpipe *held, bool may_be_raised);

#endif
