/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "nanorun/sys/unix.h"

#include <errno.h>
#include <string.h>

#include "nanorun/sys/linux/unix_name.h"
#include "nanorun/sys/posix/errno.h"
#include "nanorun/sys/posix/fd.h"

_Static_assert(sizeof((struct sockaddr_un *)0)->sun_path ==
                   NR_SYS_UNIX_NAME_MAX + 1,
               "a path and its NUL, or a NUL and an abstract name");

int nr_sys_unix_name(const char *name, struct sockaddr_un *out, socklen_t *len)
{
    bool is_abstract = name[0] == '@';
    size_t name_len = strlen(name + is_abstract);

    if (name_len == 0)
        return -EINVAL;
    if (name_len > NR_SYS_UNIX_NAME_MAX)
        return -ENAMETOOLONG;
    memset(out, 0, sizeof *out);
    out->sun_family = AF_UNIX;
    memcpy(out->sun_path + is_abstract, name + is_abstract, name_len);
    /* Every byte of an abstract name counts, so its length ends it; with a path
     * the length has its NUL. */
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + name_len);
    return 0;
}

int nr_sys_unix_open(nr_sys_socket *out)
{
    int fd = nr_sys_fd_above_stdio(
        socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));

    if (fd < 0)
        return nr_sys_from_errno(errno);
    *out = fd;
    return 0;
}

/* Linux decides at once, and has no EINPROGRESS here. */
int nr_sys_unix_connect(nr_sys_socket s, const char *name)
{
    struct sockaddr_un to;
    socklen_t to_len;
    int error = nr_sys_unix_name(name, &to, &to_len);

    if (error != 0)
        return error;
    do {
        error = connect((int)s, (struct sockaddr *)&to, to_len);
    } while (error != 0 && errno == EINTR);
    return error == 0 ? 0 : nr_sys_from_errno(errno);
}

int nr_sys_unix_pair(nr_sys_socket out[2])
{
    int fds[2], error;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                   fds) != 0)
        return nr_sys_from_errno(errno);
    fds[0] = nr_sys_fd_above_stdio(fds[0]);
    error = fds[0] < 0 ? -errno : 0;
    fds[1] = nr_sys_fd_above_stdio(fds[1]);
    error = fds[1] < 0 ? -errno : error;
    for (int i = 0; i < 2; i++) {
        if (error == 0)
            out[i] = fds[i];
        else if (fds[i] >= 0)
            nr_sys_socket_close(fds[i]);
    }
    return error;
}

int nr_sys_unix_peer(nr_sys_socket s, int *pid, unsigned *uid, unsigned *gid)
{
    struct ucred peer;
    socklen_t len = sizeof peer;

    if (getsockopt((int)s, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return -errno;
    *pid = (int)peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}
