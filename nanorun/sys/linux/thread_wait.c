/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <sys/prctl.h>

#include "nanorun/sys/thread.h"

/* A thread starts with a timer slack of 50 us (prctl(2)), which 0 would
 * restore. If the call is refused, waits are as late as before. */
void nr_sys_thread_wait_exactly(void)
{
    (void)prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}
