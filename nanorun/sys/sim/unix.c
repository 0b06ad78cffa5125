/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/unix.h"

#include <errno.h>

/* No Unix sockets in a simulation yet. */

int nr_sys_unix_listen(const char *name, const nr_sys_unix_options *o,
                       nr_sys_socket *out, nr_sys_unix_file *file)
{
    (void)name;
    (void)o;
    (void)out;
    (void)file;
    return -EAFNOSUPPORT;
}

void nr_sys_unix_unlink(const char *path, const nr_sys_unix_file *file)
{
    (void)path;
    (void)file;
}

int nr_sys_unix_open(nr_sys_socket *out)
{
    (void)out;
    return -EAFNOSUPPORT;
}

int nr_sys_unix_connect(nr_sys_socket s, const char *name)
{
    (void)s;
    (void)name;
    return -EAFNOSUPPORT;
}

int nr_sys_unix_pair(nr_sys_socket out[2])
{
    (void)out;
    return -EAFNOSUPPORT;
}

int nr_sys_unix_peer(nr_sys_socket s, int *pid, unsigned *uid, unsigned *gid)
{
    (void)s;
    (void)pid;
    (void)uid;
    (void)gid;
    return -EAFNOSUPPORT;
}

ptrdiff_t nr_sys_unix_send(nr_sys_socket s, const void *buf, size_t len,
                           const int *fds, int nfds)
{
    (void)s;
    (void)buf;
    (void)len;
    (void)fds;
    (void)nfds;
    return -EAFNOSUPPORT;
}

ptrdiff_t nr_sys_unix_recv(nr_sys_socket s, void *buf, size_t len, int *fds,
                           int *nfds)
{
    (void)s;
    (void)buf;
    (void)len;
    (void)fds;
    (void)nfds;
    return -EAFNOSUPPORT;
}
