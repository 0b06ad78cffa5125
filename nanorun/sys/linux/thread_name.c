/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <sys/prctl.h>

#include "nanorun/sys/thread.h"

/* prctl(2) cuts the name by itself; pthread_setname_np would refuse it. It is
 * for debuggers, so a failure is no news to anybody. */
void nr_sys_thread_name(const char *name)
{
    (void)prctl(PR_SET_NAME, name, 0, 0, 0);
}
