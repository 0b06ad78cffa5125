/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/thread.h"

/* POSIX has no call for this; it only promises that no wait ends early. */
void nr_sys_thread_wait_exactly(void)
{
}
