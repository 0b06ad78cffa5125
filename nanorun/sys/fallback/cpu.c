/* SPDX-License-Identifier: MIT */
#define _NETBSD_SOURCE /* the one BSD that hides the name of a count else */

#include <limits.h>
#include <unistd.h>

#include "nanorun/sys/thread.h"

/* Not of POSIX, but of every system that has it. No mask, no quota. */
unsigned nr_sys_cpu_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count >= 1 && count <= INT_MAX ? (unsigned)count : 1;
}
