/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "nanorun/sys/common/socket/sockaddr.h"
#include "nanorun/sys/posix/errno.h"
#include "nanorun/sys/posix/fd.h"
#include "nanorun/sys/socket.h"

/* The calls that make a descriptor. It is non-blocking and close-on-exec from
 * its first moment, because another thread may fork at any time. */

int nr_sys_socket_open(bool is_v6, nr_sys_socket *out)
{
    int fd = nr_sys_fd_above_stdio(
        socket(is_v6 ? AF_INET6 : AF_INET,
               SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));

    if (fd < 0)
        return nr_sys_from_errno(errno);
    *out = fd;
    return 0;
}

static int socket_set_option(nr_sys_socket s, int level, int name, int value)
{
    return setsockopt((int)s, level, name, &value, sizeof value);
}

static int socket_listen_at(nr_sys_socket s, const nr_addr *at,
                            const nr_sys_listen_options *o)
{
    struct sockaddr_storage at_sys;
    socklen_t at_len = nr_sys_sockaddr_from(at, &at_sys);

    if (socket_set_option(s, SOL_SOCKET, SO_REUSEADDR, 1) != 0 ||
        (o->reuse_port &&
         socket_set_option(s, SOL_SOCKET, SO_REUSEPORT, 1) != 0) ||
        (at->is_v6_ &&
         socket_set_option(s, IPPROTO_IPV6, IPV6_V6ONLY, !o->dual_stack)) ||
        bind((int)s, (struct sockaddr *)&at_sys, at_len) != 0 ||
        listen((int)s, o->backlog) != 0)
        return nr_sys_from_errno(errno);
    return 0;
}

int nr_sys_socket_listen(const nr_addr *at, const nr_sys_listen_options *o,
                         nr_sys_socket *out)
{
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    int error = nr_sys_socket_open(at->is_v6_, &s);

    if (error != 0)
        return error;
    error = socket_listen_at(s, at, o);
    if (error != 0) {
        nr_sys_socket_close(s);
        return error;
    }
    *out = s;
    return 0;
}

/* On Linux accept also returns errors of the new connection; accept(2) lists
 * them. The listener is intact, and the next call may succeed. */
static int socket_from_accept_errno(int error)
{
    switch (error) {
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPERM: /* a firewall's */
    case EPROTO:
    case ETIMEDOUT:
        return -ECONNABORTED;
    default:
        return nr_sys_from_errno(error);
    }
}

int nr_sys_socket_accept(nr_sys_socket s, nr_sys_socket *out, nr_addr *peer)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    int fd, error;

    do {
        fd = accept4((int)s, (struct sockaddr *)&a, &len,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    fd = nr_sys_fd_above_stdio(fd);
    if (fd < 0)
        return socket_from_accept_errno(errno);
    error = peer ? nr_sys_sockaddr_to(&a, peer) : 0;
    if (error != 0) {
        nr_sys_socket_close(fd);
        return error;
    }
    *out = fd;
    return 0;
}
