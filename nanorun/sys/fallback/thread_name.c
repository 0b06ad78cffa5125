/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/thread.h"

/* POSIX has no names for threads, and each system has a call of its own. */
void nr_sys_thread_name(const char *name)
{
    (void)name;
}
