/* SPDX-License-Identifier: MIT */

/*
 * Windows reports the network's answer to a datagram, that nobody receives at
 * its port or that it travelled too far, as an error of a later receive. With
 * SIO_UDP_CONNRESET and SIO_UDP_NETRESET off it does not. A socket with a peer
 * has the former on, as there it means what it means on other systems. An
 * answer that comes nevertheless is taken for a receive that found nothing: a
 * poll reports at once if there is more.
 *
 * A datagram that is larger than its buffer goes on in a second one, which is
 * never read, so it is one for all sockets. So its full length is known, and it
 * is no error.
 */

#include "nanorun/sys/udp.h"

#include <errno.h>
#include <string.h>

#include "nanorun/sys/common/socket/sockaddr.h"
#include "nanorun/sys/windows/error.h"
#include "nanorun/sys/windows/winsock.h"

/* Not in every set of headers. */
#define NR_SIO_UDP_CONNRESET _WSAIOW(IOC_VENDOR, 12)
#define NR_SIO_UDP_NETRESET _WSAIOW(IOC_VENDOR, 15)

static char udp_rest[65536];

/* May fail: systems that do not know it do not need it. */
static void udp_report(SOCKET s, DWORD code, BOOL on)
{
    DWORD ignored;

    (void)WSAIoctl(s, code, &on, sizeof on, NULL, 0, &ignored, NULL, NULL);
}

static int udp_set(SOCKET s, int level, int name, DWORD value)
{
    return setsockopt(s, level, name, (const char *)&value, sizeof value);
}

static int udp_bind(SOCKET s, const nr_addr *at, const nr_sys_udp_options *o)
{
    struct sockaddr_storage at_sys;
    socklen_t at_len = nr_sys_sockaddr_from(at, &at_sys);
    u_long on = 1;

    udp_report(s, NR_SIO_UDP_CONNRESET, FALSE);
    udp_report(s, NR_SIO_UDP_NETRESET, FALSE);
    if (ioctlsocket(s, (long)FIONBIO, &on) != 0 ||
        udp_set(s, SOL_SOCKET, (int)SO_EXCLUSIVEADDRUSE, 1) != 0 ||
        (o->broadcast && udp_set(s, SOL_SOCKET, SO_BROADCAST, 1) != 0) ||
        (o->recv_buffer != 0 &&
         udp_set(s, SOL_SOCKET, SO_RCVBUF, (DWORD)o->recv_buffer) != 0) ||
        (o->send_buffer != 0 &&
         udp_set(s, SOL_SOCKET, SO_SNDBUF, (DWORD)o->send_buffer) != 0) ||
        (at->is_v6_ && udp_set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1) != 0) ||
        bind(s, (struct sockaddr *)&at_sys, at_len) != 0)
        return nr_sys_last_wsa_error();
    return 0;
}

int nr_sys_udp_open(const nr_addr *at, const nr_sys_udp_options *o,
                    nr_sys_socket *out)
{
    int error = o->reuse_port ? -ENOTSUP : nr_winsock_start();
    SOCKET s;

    if (error != 0)
        return error;
    s = WSASocketW(at->is_v6_ ? AF_INET6 : AF_INET, SOCK_DGRAM, IPPROTO_UDP,
                   NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (s == INVALID_SOCKET) {
        error = nr_sys_last_wsa_error();
        nr_winsock_stop();
        return error;
    }
    error = udp_bind(s, at, o);
    if (error != 0) {
        nr_sys_socket_close((nr_sys_socket)s);
        return error;
    }
    *out = (nr_sys_socket)s;
    return 0;
}

int nr_sys_udp_connect(nr_sys_socket s, const nr_addr *to)
{
    struct sockaddr_storage to_sys;
    socklen_t to_len = nr_sys_sockaddr_from(to, &to_sys);

    if (connect((SOCKET)s, (struct sockaddr *)&to_sys, to_len) != 0)
        return nr_sys_last_wsa_error();
    udp_report((SOCKET)s, NR_SIO_UDP_CONNRESET, TRUE);
    return 0;
}

/* ---- one datagram ---- */

static bool udp_has_peer(SOCKET s)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    return getpeername(s, (struct sockaddr *)&a, &len) == 0;
}

/* The error of a call, without the answers that are not for this socket. */
static int udp_error(SOCKET s)
{
    int error = nr_sys_last_wsa_error();

    switch (error) {
    case -ECONNRESET:
    case -ECONNREFUSED:
        return udp_has_peer(s) ? -ECONNREFUSED : -EAGAIN;
    case -ENETRESET:
        return -EAGAIN;
    default:
        return error;
    }
}

ptrdiff_t nr_sys_udp_recv(nr_sys_socket s, void *buf, size_t len,
                          nr_addr *from_or_null)
{
    struct sockaddr_storage from;
    INT from_len = sizeof from;
    DWORD count = 0, flags = 0;
    WSABUF pieces[2] = {{0, buf}, {sizeof udp_rest, udp_rest}};

    pieces[0].len = len < sizeof udp_rest ? (ULONG)len : sizeof udp_rest;
    if (WSARecvFrom((SOCKET)s, pieces, 2, &count, &flags,
                    (struct sockaddr *)&from, &from_len, NULL, NULL) != 0)
        return udp_error((SOCKET)s);
    if (from_or_null)
        (void)nr_sys_sockaddr_to(&from, from_or_null);
    return (ptrdiff_t)count;
}

ptrdiff_t nr_sys_udp_send(nr_sys_socket s, const void *buf, size_t len,
                          const nr_addr *to_or_null)
{
    struct sockaddr_storage to;
    socklen_t to_len = to_or_null ? nr_sys_sockaddr_from(to_or_null, &to) : 0;
    int count = to_or_null ? sendto((SOCKET)s, buf, (int)len, 0,
                                    (struct sockaddr *)&to, to_len)
                           : send((SOCKET)s, buf, (int)len, 0);

    return count >= 0 ? count : udp_error((SOCKET)s);
}

/* ---- several ---- */

/* How many, or the error of the first. */
static int udp_many(int count, ptrdiff_t error, int *later)
{
    *later = count > 0 ? (int)error : 0;
    return count > 0 ? count : (int)error;
}

int nr_sys_udp_recv_many(nr_sys_socket s, nr_datagram *v, int n, int *later)
{
    *later = 0;
    for (int i = 0; i < n; i++) {
        ptrdiff_t len = nr_sys_udp_recv(s, v[i].buf, v[i].size, &v[i].addr);

        if (len < 0)
            return udp_many(i, len, later);
        v[i].len = (size_t)len;
    }
    return n;
}

int nr_sys_udp_send_many(nr_sys_socket s, const nr_datagram *v, int n,
                         bool has_peer, int *later)
{
    *later = 0;
    for (int i = 0; i < n; i++) {
        ptrdiff_t len = nr_sys_udp_send(s, v[i].buf, v[i].len,
                                        has_peer ? NULL : &v[i].addr);

        if (len < 0)
            return udp_many(i, len, later);
    }
    return n;
}

/* ---- multicast ---- */

static int udp_membership(SOCKET s, int v4_name, int v6_name,
                          const nr_addr *group, unsigned ifindex)
{
    struct sockaddr_storage a;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct ip_mreq v4_request;
    struct ipv6_mreq v6_request;
    int result;

    if (!group->is_v6_ && ifindex >> 24 != 0) /* it would be an address */
        return -EADDRNOTAVAIL;
    (void)nr_sys_sockaddr_from(group, &a);
    if (group->is_v6_) {
        memcpy(&v6, &a, sizeof v6);
        v6_request.ipv6mr_multiaddr = v6.sin6_addr;
        v6_request.ipv6mr_interface = ifindex;
        result = setsockopt(s, IPPROTO_IPV6, v6_name, (const char *)&v6_request,
                            sizeof v6_request);
    } else {
        memcpy(&v4, &a, sizeof v4);
        v4_request.imr_multiaddr = v4.sin_addr;
        /* 0.x.x.x stands for an index. */
        v4_request.imr_interface.s_addr = htonl(ifindex);
        result = setsockopt(s, IPPROTO_IP, v4_name, (const char *)&v4_request,
                            sizeof v4_request);
    }
    return result == 0 ? 0 : nr_sys_last_wsa_error();
}

/* The group has been checked, so what is invalid is the interface; or, for a
 * leave, that nothing was joined. */
static int udp_membership_error(int error, int if_invalid)
{
    return error == -EINVAL || error == -EADDRNOTAVAIL ? if_invalid : error;
}

int nr_sys_udp_join(nr_sys_socket s, const nr_addr *group, unsigned ifindex)
{
    return udp_membership_error(udp_membership((SOCKET)s, IP_ADD_MEMBERSHIP,
                                               IPV6_ADD_MEMBERSHIP, group,
                                               ifindex),
                                -ENODEV);
}

int nr_sys_udp_leave(nr_sys_socket s, const nr_addr *group, unsigned ifindex)
{
    return udp_membership_error(udp_membership((SOCKET)s, IP_DROP_MEMBERSHIP,
                                               IPV6_DROP_MEMBERSHIP, group,
                                               ifindex),
                                -EADDRNOTAVAIL);
}
