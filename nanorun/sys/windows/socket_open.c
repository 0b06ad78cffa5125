/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "nanorun/sys/common/socket/sockaddr.h"
#include "nanorun/sys/socket.h"
#include "nanorun/sys/windows/error.h"
#include "nanorun/sys/windows/winsock.h"

/* The calls that make a socket: non-blocking and not inherited. Each socket is
 * one user of Winsock (winsock.h), until nr_sys_socket_close. */

static int socket_set_nonblocking(SOCKET s)
{
    u_long on = 1;

    return ioctlsocket(s, (long)FIONBIO, &on) == 0 ? 0
                                                   : nr_sys_last_wsa_error();
}

int nr_sys_socket_open(bool is_v6, nr_sys_socket *out)
{
    int error = nr_winsock_start();
    SOCKET s;

    if (error != 0)
        return error;
    s = WSASocketW(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL,
                   0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (s == INVALID_SOCKET) {
        error = nr_sys_last_wsa_error();
        nr_winsock_stop();
        return error;
    }
    error = socket_set_nonblocking(s);
    if (error != 0) {
        nr_sys_socket_close((nr_sys_socket)s);
        return error;
    }
    *out = (nr_sys_socket)s;
    return 0;
}

static int socket_set_option(SOCKET s, int level, int name, DWORD value)
{
    return setsockopt(s, level, name, (const char *)&value, sizeof value);
}

/* More than 200 count only when they come as a negative number; SOMAXCONN_HINT
 * is not in every set of headers. */
static int socket_to_backlog(int backlog)
{
    return backlog > 200 ? -backlog : backlog;
}

/* No SO_REUSEADDR, which would let another process take over the port. A port
 * in TIME_WAIT can be bound without it. */
static int socket_listen_at(SOCKET s, const nr_addr *at,
                            const nr_sys_listen_options *o)
{
    struct sockaddr_storage at_sys;
    socklen_t at_len = nr_sys_sockaddr_from(at, &at_sys);

    if (socket_set_option(s, SOL_SOCKET, (int)SO_EXCLUSIVEADDRUSE, 1) != 0 ||
        (at->is_v6_ && socket_set_option(s, IPPROTO_IPV6, IPV6_V6ONLY,
                                         !o->dual_stack) != 0) ||
        bind(s, (struct sockaddr *)&at_sys, at_len) != 0 ||
        listen(s, socket_to_backlog(o->backlog)) != 0)
        return nr_sys_last_wsa_error();
    return 0;
}

/* Windows deals no connections out to several sockets of one port. */
int nr_sys_socket_listen(const nr_addr *at, const nr_sys_listen_options *o,
                         nr_sys_socket *out)
{
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    int error = o->reuse_port ? -ENOTSUP : nr_sys_socket_open(at->is_v6_, &s);

    if (error != 0)
        return error;
    error = socket_listen_at((SOCKET)s, at, o);
    if (error != 0) {
        nr_sys_socket_close(s);
        return error;
    }
    *out = s;
    return 0;
}

/* The peer has given up a connection that waited; the listener is intact. Wine
 * accepts it, finds no address of a peer, and closes it again. */
static int socket_from_accept_error(int error)
{
    switch (error) {
    case -ECONNRESET:
    case -ENETRESET:
    case -ENOTCONN:
    case -ETIMEDOUT:
        return -ECONNABORTED;
    default:
        return error;
    }
}

/* Sets what accept does not. A child process that is started between the two
 * calls may inherit the socket; only AcceptEx could avoid that. */
static int socket_adopt(SOCKET s, const struct sockaddr_storage *a,
                        nr_addr *peer)
{
    int error = socket_set_nonblocking(s);

    (void)SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
    if (error == 0 && peer)
        error = nr_sys_sockaddr_to(a, peer);
    return error;
}

int nr_sys_socket_accept(nr_sys_socket s, nr_sys_socket *out, nr_addr *peer)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    SOCKET accepted = accept((SOCKET)s, (struct sockaddr *)&a, &len);
    int error;

    if (accepted == INVALID_SOCKET)
        return socket_from_accept_error(nr_sys_last_wsa_error());
    error = nr_winsock_start();
    if (error != 0) {
        closesocket(accepted);
        return error;
    }
    error = socket_adopt(accepted, &a, peer);
    if (error != 0) {
        nr_sys_socket_close((nr_sys_socket)accepted);
        return error;
    }
    *out = (nr_sys_socket)accepted;
    return 0;
}
