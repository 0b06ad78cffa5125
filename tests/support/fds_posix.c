/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "tests/support/fds.h"

int count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;
    if (!dir)
        abort();
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

bool fds_can_be_limited(void)
{
    return true;
}

unsigned limit_fds(unsigned limit)
{
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now))
        abort();
    rlim_t before = now.rlim_cur;
    now.rlim_cur = limit < now.rlim_max ? limit : now.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &now))
        abort();
    return before < UINT_MAX ? (unsigned)before : UINT_MAX;
}
