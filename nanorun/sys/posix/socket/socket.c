/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L

#include "nanorun/sys/socket.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nanorun/sys/common/socket/sockaddr.h"
#include "nanorun/sys/posix/errno.h"

/* The calls on an open socket that are the same on all POSIX systems. Opening
 * one, non-blocking and close-on-exec from the start, is in each system's
 * socket_open.c; reading and writing are in socket_transfer.c. */

void nr_sys_socket_close(nr_sys_socket s)
{
    /* Not retried: after EINTR the descriptor is gone and may be another's. */
    close((int)s);
}

int nr_sys_socket_connect(nr_sys_socket s, const nr_addr *to)
{
    struct sockaddr_storage to_sys;
    socklen_t to_len = nr_sys_sockaddr_from(to, &to_sys);

    if (connect((int)s, (struct sockaddr *)&to_sys, to_len) == 0)
        return 0;
    /* POSIX: an interrupted connect goes on by itself. */
    return errno == EINTR ? -EINPROGRESS : nr_sys_from_errno(errno);
}

/* Tested before SO_ERROR is read, because an error that came after that would
 * be taken for success. */
static int socket_is_settled(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int count;

    do {
        count = poll(&p, 1, 0);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

/* The error that the socket keeps, which the call takes, or 0. Linux names a
 * reset EPIPE if the peer ended its stream before. */
static int socket_take_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        return -errno;
    return error == EPIPE ? -ECONNRESET : -error;
}

int nr_sys_socket_connect_result(nr_sys_socket s)
{
    struct sockaddr_storage peer;
    socklen_t peer_len = sizeof peer;
    int settled = socket_is_settled((int)s);
    int error;

    if (settled <= 0)
        return settled == 0 ? -EINPROGRESS : settled;
    error = socket_take_error((int)s);
    if (error != 0 ||
        getpeername((int)s, (struct sockaddr *)&peer, &peer_len) == 0)
        return error;
    if (errno != ENOTCONN)
        return -errno;
    /* The peer may have reset the connection since the error was taken; that is
     * the next error then. A socket that was never connected has none. */
    error = socket_take_error((int)s);
    return error != 0 ? error : -ENOTCONN;
}

int nr_sys_socket_shutdown(nr_sys_socket s, int how)
{
    static const int hows[] = {SHUT_RD, SHUT_WR, SHUT_RDWR};

    if (how < 0 || how > 2)
        return -EINVAL;
    return shutdown((int)s, hows[how]) == 0 ? 0 : -errno;
}

static int socket_set(nr_sys_socket s, int level, int name, int value)
{
    return setsockopt((int)s, level, name, &value, sizeof value) == 0 ? 0
                                                                      : -errno;
}

int nr_sys_socket_set_nodelay(nr_sys_socket s, bool on)
{
    return socket_set(s, IPPROTO_TCP, TCP_NODELAY, on);
}

static int socket_set_if(nr_sys_socket s, int name, unsigned value)
{
    return value ? socket_set(s, IPPROTO_TCP, name,
                              value < INT_MAX ? (int)value : INT_MAX)
                 : 0;
}

int nr_sys_socket_set_keepalive(nr_sys_socket s, unsigned idle_s,
                                unsigned interval_s, unsigned count)
{
    int error = socket_set_if(s, TCP_KEEPIDLE, idle_s);

    if (error == 0 && idle_s != 0)
        error = socket_set_if(s, TCP_KEEPINTVL, interval_s);
    if (error == 0 && idle_s != 0)
        error = socket_set_if(s, TCP_KEEPCNT, count);
    return error == 0 ? socket_set(s, SOL_SOCKET, SO_KEEPALIVE, idle_s != 0)
                      : error;
}

int nr_sys_socket_set_linger(nr_sys_socket s, int seconds)
{
    struct linger value = {.l_onoff = seconds >= 0,
                           .l_linger = seconds >= 0 ? seconds : 0};

    if (setsockopt((int)s, SOL_SOCKET, SO_LINGER, &value, sizeof value) != 0)
        return -errno;
    return 0;
}

int nr_sys_socket_local_addr(nr_sys_socket s, nr_addr *out)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    if (getsockname((int)s, (struct sockaddr *)&a, &len) != 0)
        return -errno;
    return nr_sys_sockaddr_to(&a, out);
}

int nr_sys_socket_peer_addr(nr_sys_socket s, nr_addr *out)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    if (getpeername((int)s, (struct sockaddr *)&a, &len) != 0)
        return -errno;
    return nr_sys_sockaddr_to(&a, out);
}
