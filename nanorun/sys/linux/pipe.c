/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64 /* any inode number and size */

#include "nanorun/sys/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nanorun/sys/linux/sigpipe.h"

static bool pipe_is_hung_up(nr_sys_socket s)
{
    struct pollfd p = {.fd = (int)s, .events = POLLIN};

    return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

/* A terminal that was hung up, or whose other side was closed, answers EIO; and
 * so does one that is read by a process in the background. */
ptrdiff_t nr_sys_pipe_read(nr_sys_socket s, void *buf, size_t len)
{
    ssize_t count;

    do {
        count = read((int)s, buf, len);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EIO)
        return pipe_is_hung_up(s) ? 0 : -EIO;
    return count < 0 ? -errno : count;
}

ptrdiff_t nr_sys_pipe_write(nr_sys_socket s, const void *buf, size_t len)
{
    nr_sigpipe held;
    ssize_t count;
    int error;

    nr_sigpipe_hold(&held);
    do {
        count = write((int)s, buf, len);
    } while (count < 0 && errno == EINTR);
    error = errno;
    nr_sigpipe_release(&held, count < 0 && error == EPIPE);
    return count < 0 ? -error : count;
}

bool nr_sys_pipe_is_writer(nr_sys_socket s)
{
    struct stat status;
    int flags = fcntl((int)s, F_GETFL);

    return flags >= 0 && (flags & O_ACCMODE) == O_WRONLY &&
           fstat((int)s, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* In one step, so that no other thread gets the number meanwhile. What it
 * stands for then is the end of a pipe for reading, because a file like
 * /dev/null would take what a write under way has, and may be missing. */
int nr_sys_pipe_hang_up(nr_sys_socket s)
{
    int ends[2], error = 0;

    if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0)
        return -errno;
    if (dup3(ends[0], (int)s, O_CLOEXEC) < 0)
        error = -errno;
    close(ends[0]);
    close(ends[1]);
    return error;
}
