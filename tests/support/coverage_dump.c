/* SPDX-License-Identifier: MIT */

/*
 * Linked into tests under --config=coverage only. A process that aborts, as the
 * child of a death test does, first writes its coverage, which otherwise only
 * exit does.
 */

#include <signal.h>

void __gcov_dump(void); /* gcc's */

/* Far from safe in a signal handler; but the process is at its end, and none
 * of the calls that abort holds a lock of the C library's. */
static void dump(int signal)
{
    (void)signal;
    __gcov_dump();
}

__attribute__((constructor)) static void dump_on_abort(void)
{
    signal(SIGABRT, dump);
}
