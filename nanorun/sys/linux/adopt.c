/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64 /* any inode number and size */

#include "nanorun/sys/adopt.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static int adopt_option(int fd, int name, int *out)
{
    socklen_t len = sizeof *out;

    return getsockopt(fd, SOL_SOCKET, name, out, &len) == 0 ? 0 : -errno;
}

/* Returns 0, or -EINVAL if it is no stream socket, or not one that listens or
 * does not, as it is `listening`. */
static int adopt_check_socket(int fd, int listening, nr_sys_stream_kind *kind)
{
    int type = 0, family = 0, listens = 0, protocol = 0;

    if (adopt_option(fd, SO_TYPE, &type) != 0 || type != SOCK_STREAM ||
        adopt_option(fd, SO_ACCEPTCONN, &listens) != 0 ||
        listens != listening || adopt_option(fd, SO_DOMAIN, &family) != 0 ||
        adopt_option(fd, SO_PROTOCOL, &protocol) != 0)
        return -EINVAL;
    if (family == AF_UNIX)
        *kind = NR_SYS_STREAM_UNIX;
    else if ((family == AF_INET || family == AF_INET6) &&
             protocol == IPPROTO_TCP)
        *kind = NR_SYS_STREAM_TCP;
    else
        *kind = NR_SYS_STREAM_OTHER;
    return 0;
}

static int adopt_check_stream(int fd, nr_sys_stream_kind *kind)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    struct stat status;

    if (fstat(fd, &status) != 0)
        return -errno;
    if (S_ISFIFO(status.st_mode)) {
        *kind = NR_SYS_STREAM_PIPE;
        return 0;
    }
    if (S_ISCHR(status.st_mode) && isatty(fd)) {
        *kind = NR_SYS_STREAM_TERMINAL;
        return 0;
    }
    if (!S_ISSOCK(status.st_mode) ||
        getpeername(fd, (struct sockaddr *)&peer, &len) != 0)
        return -EINVAL;
    return adopt_check_socket(fd, 0, kind);
}

/* Linux says O_NONBLOCK of the open file, which other processes may share. */
static int adopt_change_flags(int fd)
{
    int status = fcntl(fd, F_GETFL);
    int flags = fcntl(fd, F_GETFD);

    if (status < 0 || flags < 0 ||
        fcntl(fd, F_SETFL, status | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, flags | FD_CLOEXEC) != 0)
        return -errno;
    return 0;
}

/* Opens a terminal once more. That cannot be done with the master of a pseudo
 * terminal, whose device makes a new pair at each open, nor without the right
 * to open the device: then the open file is used as it is. */
static int adopt_reopen(int fd)
{
    char path[32];
    int pty_number, again, error = 0;

    if (ioctl(fd, TIOCGPTN, &pty_number) == 0)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    again = open(path, (fcntl(fd, F_GETFL) & O_ACCMODE) | O_NONBLOCK |
                           O_CLOEXEC | O_NOCTTY);
    if (again < 0)
        return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -errno
                                                                     : 0;
    if (dup3(again, fd, O_CLOEXEC) < 0)
        error = -errno;
    close(again);
    return error;
}

int nr_sys_adopt_stream(int fd, nr_sys_socket *out, nr_sys_stream_kind *kind)
{
    nr_sys_stream_kind found = NR_SYS_STREAM_OTHER;
    int error = adopt_check_stream(fd, &found);

    if (error == 0 && found == NR_SYS_STREAM_TERMINAL)
        error = adopt_reopen(fd);
    if (error == 0)
        error = adopt_change_flags(fd);
    if (error != 0)
        return error;
    *out = fd;
    *kind = found;
    return 0;
}

int nr_sys_adopt_listener(int fd, nr_sys_socket *out, nr_sys_stream_kind *kind)
{
    nr_sys_stream_kind found = NR_SYS_STREAM_OTHER;
    struct stat status;
    int error = fstat(fd, &status) == 0 ? 0 : -errno;

    if (error == 0)
        error = adopt_check_socket(fd, 1, &found);
    if (error == 0)
        error = adopt_change_flags(fd);
    if (error != 0)
        return error;
    *out = fd;
    *kind = found;
    return 0;
}

void nr_sys_adopt_undo(nr_sys_socket s)
{
    (void)s;
}
