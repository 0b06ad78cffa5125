/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/thread.h"

/* POSIX has no name for a thread, and every system another call for it. */
void nr_sys_thread_name(const char *name)
{
    (void)name;
}
