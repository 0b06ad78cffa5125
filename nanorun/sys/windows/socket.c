/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/socket.h"

#include <errno.h>
#include <limits.h>

#include "nanorun/sys/common/socket/sockaddr.h"
#include "nanorun/sys/windows/error.h"
#include "nanorun/sys/windows/winsock.h"

/* The calls on an open socket. */

/* Windows accepts a write of any size as a whole, into memory that it cannot
 * page out. So one call offers no more than this. */
enum { SOCKET_WRITE_MAX = 1 << 20 };

/* SIO_TCP_INITIAL_RTO and its parameters, not in every set of headers. */
#define NR_SIO_TCP_INITIAL_RTO _WSAIOW(IOC_VENDOR, 17)
typedef struct socket_initial_rto {
    USHORT rtt_ms;
    UCHAR syn_retransmissions;
} socket_initial_rto;

/* Where close should linger, Windows refuses it to a socket that does not block
 * and has bytes to send: it is closed in the background then. */
void nr_sys_socket_close(nr_sys_socket s)
{
    if (closesocket((SOCKET)s) != 0 && WSAGetLastError() == WSAEWOULDBLOCK) {
        (void)nr_sys_socket_set_linger(s, -1);
        (void)closesocket((SOCKET)s);
    }
    nr_winsock_stop();
}

/* Windows retries a refused connection for two seconds. At an address of this
 * machine a refusal is final. */
static void socket_refuse_quickly(SOCKET s)
{
    socket_initial_rto once = {0xFFFF /* unspecified */, (UCHAR)-2 /* none */};
    DWORD ignored;

    /* It saves time, so may fail: Windows knows it since version 1607. */
    (void)WSAIoctl(s, NR_SIO_TCP_INITIAL_RTO, &once, sizeof once, NULL, 0,
                   &ignored, NULL, NULL);
}

static bool socket_is_loopback(const nr_addr *a)
{
    int last = 0;

    if (!a->is_v6_)
        return a->ip_[0] == 127;
    while (last < 15 && a->ip_[last] == 0)
        last++;
    return last == 15 && a->ip_[15] == 1;
}

int nr_sys_socket_connect(nr_sys_socket s, const nr_addr *to)
{
    struct sockaddr_storage to_sys;
    socklen_t to_len = nr_sys_sockaddr_from(to, &to_sys);
    int error;

    if (socket_is_loopback(to))
        socket_refuse_quickly((SOCKET)s);
    if (connect((SOCKET)s, (struct sockaddr *)&to_sys, to_len) == 0)
        return 0;
    error = nr_sys_last_wsa_error();
    return error == -EAGAIN ? -EINPROGRESS : error;
}

/* Returns 1 if a connection was made or has failed, 0 if it is under way or was
 * never started. Windows reports a failure as an exception. */
static int socket_is_settled(SOCKET s)
{
    struct timeval at_once = {0, 0};
    fd_set made, failed;
    int count;

    FD_ZERO(&made);
    FD_ZERO(&failed);
    FD_SET(s, &made);
    FD_SET(s, &failed);
    count = select(0, NULL, &made, &failed, &at_once);
    return count == SOCKET_ERROR ? nr_sys_last_wsa_error() : count > 0;
}

/* A connect binds, and a socket that is not bound has no name. */
static bool socket_is_started(SOCKET s)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    return getsockname(s, (struct sockaddr *)&a, &len) == 0;
}

int nr_sys_socket_connect_result(nr_sys_socket s)
{
    struct sockaddr_storage peer;
    socklen_t peer_len = sizeof peer;
    int settled = socket_is_settled((SOCKET)s);
    int error = 0;
    socklen_t error_len = sizeof error;

    if (settled < 0)
        return settled;
    if (settled == 0)
        return socket_is_started((SOCKET)s) ? -EINPROGRESS : -ENOTCONN;
    if (getsockopt((SOCKET)s, SOL_SOCKET, SO_ERROR, (char *)&error,
                   &error_len) != 0)
        return nr_sys_last_wsa_error();
    if (error != 0)
        return nr_sys_error_from_wsa(error);
    if (getpeername((SOCKET)s, (struct sockaddr *)&peer, &peer_len) == 0)
        return 0;
    /* It was connected, so the peer has reset it since. */
    error = nr_sys_last_wsa_error();
    return error == -ENOTCONN ? -ECONNRESET : error;
}

/* Whether the error is one of those for a connection that the network ended. */
static int socket_transfer_error(void)
{
    int error = nr_sys_last_wsa_error();

    return error == -ECONNABORTED || error == -ENETRESET ? -ECONNRESET : error;
}

/* Wine's server consumes a reset by itself, after which a read finds the end of
 * the stream; a poll still reports the reset. On Windows this costs at most one
 * call in vain for each connection. */
static int socket_end_or_reset(SOCKET s)
{
    WSAPOLLFD p = {.fd = s, .events = POLLIN};

    return WSAPoll(&p, 1, 0) > 0 && (p.revents & POLLERR) ? -ECONNRESET : 0;
}

/* What a read says that has not got any byte. */
static ptrdiff_t socket_read_nothing(SOCKET s, bool has_failed)
{
    if (!has_failed)
        return socket_end_or_reset(s);
    /* Shut down for reading, by us: the end, as everywhere. */
    return WSAGetLastError() == WSAESHUTDOWN ? 0 : socket_transfer_error();
}

ptrdiff_t nr_sys_socket_read(nr_sys_socket s, void *buf, size_t len)
{
    int count = recv((SOCKET)s, buf, len < INT_MAX ? (int)len : INT_MAX, 0);

    return count > 0 || len == 0 ? count
                                 : socket_read_nothing((SOCKET)s, count < 0);
}

ptrdiff_t nr_sys_socket_write(nr_sys_socket s, const void *buf, size_t len)
{
    int count = send((SOCKET)s, buf,
                     len < SOCKET_WRITE_MAX ? (int)len : SOCKET_WRITE_MAX, 0);

    return count >= 0 ? count : socket_transfer_error();
}

/* The pieces that hold `most` bytes together, in the system's order. Returns
 * how many. */
static DWORD socket_to_buffers(const nr_iovec *v, int n, size_t most,
                               WSABUF *out)
{
    DWORD count = 0;

    for (; n > 0 && most > 0; v++, n--) {
        size_t len = v->len < most ? v->len : most;

        out[count].buf = v->base;
        out[count++].len = (ULONG)len;
        most -= len;
    }
    return count;
}

ptrdiff_t nr_sys_socket_readv(nr_sys_socket s, const nr_iovec *v, int n)
{
    WSABUF buffers[NR_SYS_IOVECS_MAX];
    DWORD count, flags = 0;
    int error =
        WSARecv((SOCKET)s, buffers, socket_to_buffers(v, n, INT_MAX, buffers),
                &count, &flags, NULL, NULL);

    return error == 0 && count > 0 ? (ptrdiff_t)count
                                   : socket_read_nothing((SOCKET)s, error != 0);
}

ptrdiff_t nr_sys_socket_writev(nr_sys_socket s, const nr_iovec *v, int n)
{
    WSABUF buffers[NR_SYS_IOVECS_MAX];
    DWORD count;
    int error = WSASend((SOCKET)s, buffers,
                        socket_to_buffers(v, n, SOCKET_WRITE_MAX, buffers),
                        &count, 0, NULL, NULL);

    return error == 0 ? (ptrdiff_t)count : socket_transfer_error();
}

int nr_sys_socket_shutdown(nr_sys_socket s, int how)
{
    static const int hows[] = {SD_RECEIVE, SD_SEND, SD_BOTH};

    if (how < 0 || how > 2)
        return -EINVAL;
    if (shutdown((SOCKET)s, hows[how]) == 0)
        return 0;
    /* What became of the connection is for who reads or writes. */
    int error = nr_sys_last_wsa_error();
    return error == -ECONNABORTED || error == -ECONNRESET ? -ENOTCONN : error;
}

static int socket_set(nr_sys_socket s, int level, int name, DWORD value)
{
    return setsockopt((SOCKET)s, level, name, (const char *)&value,
                      sizeof value) == 0
               ? 0
               : nr_sys_last_wsa_error();
}

int nr_sys_socket_set_nodelay(nr_sys_socket s, bool on)
{
    return socket_set(s, IPPROTO_TCP, TCP_NODELAY, on);
}

/* Since Windows 10, versions 1709 and 1703; not in every set of headers. */
enum {
    SOCKET_TCP_KEEPIDLE = 3,
    SOCKET_TCP_KEEPCNT = 16,
    SOCKET_TCP_KEEPINTVL = 17
};

static int socket_set_if(nr_sys_socket s, int name, unsigned value)
{
    return value ? socket_set(s, IPPROTO_TCP, name, value) : 0;
}

/* SIO_KEEPALIVE_VALS and its parameters, not in every set of headers. */
#define NR_SIO_KEEPALIVE_VALS _WSAIOW(IOC_VENDOR, 4)
typedef struct socket_keepalive {
    ULONG is_on, idle_ms, interval_ms;
} socket_keepalive;

/* The way of older systems, and of Wine 8, which have no say in the count. The
 * default interval is a second. */
static int socket_set_keepalive_before_1709(SOCKET s, unsigned idle_s,
                                            unsigned interval_s)
{
    const unsigned most_s = ULONG_MAX / 1000;
    socket_keepalive value = {1, 0, 1000};
    DWORD ignored;

    value.idle_ms = 1000 * (idle_s < most_s ? idle_s : most_s);
    if (interval_s != 0)
        value.interval_ms = 1000 * (interval_s < most_s ? interval_s : most_s);
    return WSAIoctl(s, NR_SIO_KEEPALIVE_VALS, &value, sizeof value, NULL, 0,
                    &ignored, NULL, NULL) == 0
               ? 0
               : nr_sys_last_wsa_error();
}

int nr_sys_socket_set_keepalive(nr_sys_socket s, unsigned idle_s,
                                unsigned interval_s, unsigned count)
{
    int error = socket_set_if(s, SOCKET_TCP_KEEPIDLE, idle_s);

    if (error == -ENOPROTOOPT)
        return socket_set_keepalive_before_1709((SOCKET)s, idle_s, interval_s);
    if (error == 0 && idle_s != 0)
        error = socket_set_if(s, SOCKET_TCP_KEEPINTVL, interval_s);
    if (error == 0 && idle_s != 0)
        error = socket_set_if(s, SOCKET_TCP_KEEPCNT, count);
    return error == 0 ? socket_set(s, SOL_SOCKET, SO_KEEPALIVE, idle_s != 0)
                      : error;
}

int nr_sys_socket_set_linger(nr_sys_socket s, int seconds)
{
    struct linger value = {.l_onoff = seconds >= 0, .l_linger = 0};

    if (seconds > 0)
        value.l_linger = (u_short)(seconds < USHRT_MAX ? seconds : USHRT_MAX);
    if (setsockopt((SOCKET)s, SOL_SOCKET, SO_LINGER, (const char *)&value,
                   sizeof value) != 0)
        return nr_sys_last_wsa_error();
    return 0;
}

int nr_sys_socket_local_addr(nr_sys_socket s, nr_addr *out)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    if (getsockname((SOCKET)s, (struct sockaddr *)&a, &len) != 0)
        return nr_sys_last_wsa_error();
    return nr_sys_sockaddr_to(&a, out);
}

int nr_sys_socket_peer_addr(nr_sys_socket s, nr_addr *out)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    if (getpeername((SOCKET)s, (struct sockaddr *)&a, &len) != 0)
        return nr_sys_last_wsa_error();
    return nr_sys_sockaddr_to(&a, out);
}
