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

/* Before the call: blocks the signal, and stores the mask of before. */
void nr_sigpipe_hold(sigset_t *before);

/* After it: takes the signal if the call raised it, that is, failed with EPIPE,
 * and restores the mask. */
void nr_sigpipe_release(const sigset_t *before, bool is_raised);

#endif
