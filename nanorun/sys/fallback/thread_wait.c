/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/thread.h"

/* POSIX promises no more than a wait that is not early. */
void nr_sys_thread_wait_exactly(void)
{
}
