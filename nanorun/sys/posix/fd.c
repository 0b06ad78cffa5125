/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/posix/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int nr_sys_fd_above_stdio(int fd)
{
    int moved, error;

    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    error = errno;
    close(fd);
    errno = error;
    return moved;
}
