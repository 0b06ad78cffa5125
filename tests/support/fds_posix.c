/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700

#include <dirent.h>
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

static struct rlimit get(void)
{
    struct rlimit now;
    if (getrlimit(RLIMIT_NOFILE, &now))
        abort();
    return now;
}

size_t fds_limit(void)
{
    return (size_t)get().rlim_cur;
}

size_t limit_fds(size_t limit)
{
    struct rlimit now = get();
    size_t before = (size_t)now.rlim_cur;
    now.rlim_cur = limit < now.rlim_max ? limit : now.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &now))
        abort();
    return before;
}
