/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <sys/prctl.h>

#include "nanorun/sys/thread.h"

/* prctl(2) truncates a long name; pthread_setname_np would refuse it. The name
 * is for debuggers, so a failure is ignored. */
void nr_sys_thread_name(const char *name)
{
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}
