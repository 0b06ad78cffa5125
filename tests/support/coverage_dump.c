/* SPDX-License-Identifier: MIT */

/*
 * Linked into tests under --config=coverage only: a process that aborts, as a
 * death test's child does, first writes what it ran, which else only exit does.
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
