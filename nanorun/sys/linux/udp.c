/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "nanorun/sys/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "nanorun/sys/common/socket/sockaddr.h"
#include "nanorun/sys/posix/fd.h"

/* The network's answers to an earlier datagram, which ip(7) and udp(7) leave to
 * ICMP's codes, become those that udp.h names. */
static int udp_from_errno(int error)
{
    switch (error) {
    case ENOBUFS:
        return -ENOMEM;
    case EPERM: /* a firewall's */
        return -EACCES;
    case ENOPROTOOPT: /* the peer's system has no UDP */
    case EPROTO:
        return -ECONNREFUSED;
    case EHOSTDOWN:
    case ENONET:
    case EOPNOTSUPP: /* source routing failed */
        return -EHOSTUNREACH;
    case ENETDOWN:
    case EINVAL: /* no way there from a loopback address, or without a scope */
        return -ENETUNREACH;
    default:
        return -error;
    }
}

static int udp_set(nr_sys_socket s, int level, int name, int value)
{
    return setsockopt((int)s, level, name, &value, sizeof value);
}

static int udp_bind(nr_sys_socket s, const nr_addr *at,
                    const nr_sys_udp_options *o)
{
    struct sockaddr_storage at_sys;
    socklen_t at_len = nr_sys_sockaddr_from(at, &at_sys);

    if ((o->reuse_port && udp_set(s, SOL_SOCKET, SO_REUSEPORT, 1) != 0) ||
        (o->broadcast && udp_set(s, SOL_SOCKET, SO_BROADCAST, 1) != 0) ||
        (o->recv_buffer != 0 &&
         udp_set(s, SOL_SOCKET, SO_RCVBUF, o->recv_buffer) != 0) ||
        (o->send_buffer != 0 &&
         udp_set(s, SOL_SOCKET, SO_SNDBUF, o->send_buffer) != 0) ||
        (at->is_v6_ && udp_set(s, IPPROTO_IPV6, IPV6_V6ONLY, 1) != 0) ||
        bind((int)s, (struct sockaddr *)&at_sys, at_len) != 0)
        return errno == EINVAL ? -EADDRNOTAVAIL : udp_from_errno(errno);
    return 0;
}

int nr_sys_udp_open(const nr_addr *at, const nr_sys_udp_options *o,
                    nr_sys_socket *out)
{
    int fd = nr_sys_fd_above_stdio(
        socket(at->is_v6_ ? AF_INET6 : AF_INET,
               SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
    int error;

    if (fd < 0)
        return udp_from_errno(errno);
    error = udp_bind(fd, at, o);
    if (error != 0) {
        nr_sys_socket_close(fd);
        return error;
    }
    *out = fd;
    return 0;
}

int nr_sys_udp_connect(nr_sys_socket s, const nr_addr *to)
{
    struct sockaddr_storage to_sys;
    socklen_t to_len = nr_sys_sockaddr_from(to, &to_sys);

    if (connect((int)s, (struct sockaddr *)&to_sys, to_len) == 0)
        return 0;
    return udp_from_errno(errno);
}

/* ---- one datagram ---- */

ptrdiff_t nr_sys_udp_recv(nr_sys_socket s, void *buf, size_t len,
                          nr_addr *from_or_null)
{
    struct sockaddr_storage from;
    socklen_t from_len = sizeof from;
    ssize_t count;

    do {
        count = recvfrom((int)s, buf, len, MSG_TRUNC, (struct sockaddr *)&from,
                         &from_len);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return udp_from_errno(errno);
    if (from_or_null)
        (void)nr_sys_sockaddr_to(&from, from_or_null);
    return count;
}

ptrdiff_t nr_sys_udp_send(nr_sys_socket s, const void *buf, size_t len,
                          const nr_addr *to_or_null)
{
    struct sockaddr_storage to;
    socklen_t to_len = to_or_null ? nr_sys_sockaddr_from(to_or_null, &to) : 0;
    ssize_t count;

    do {
        count = sendto((int)s, buf, len, MSG_NOSIGNAL,
                       to_or_null ? (struct sockaddr *)&to : NULL, to_len);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? udp_from_errno(errno) : count;
}

/* ---- several ---- */

/* What recvmmsg and sendmmsg take, for as many datagrams as they are called
 * with. Only what is used is initialized. */
typedef struct udp_batch {
    struct mmsghdr headers[NR_SYS_DATAGRAMS_MAX];
    struct iovec pieces[NR_SYS_DATAGRAMS_MAX];
    struct sockaddr_storage addrs[NR_SYS_DATAGRAMS_MAX];
} udp_batch;

static void udp_batch_set(udp_batch *b, int i, void *buf, size_t len,
                          socklen_t addr_len)
{
    b->pieces[i] = (struct iovec){.iov_base = buf, .iov_len = len};
    b->headers[i] =
        (struct mmsghdr){.msg_hdr = {.msg_name = addr_len ? &b->addrs[i] : NULL,
                                     .msg_namelen = addr_len,
                                     .msg_iov = &b->pieces[i],
                                     .msg_iovlen = 1}};
}

int nr_sys_udp_recv_many(nr_sys_socket s, nr_datagram *v, int n)
{
    udp_batch b;
    int count;

    for (int i = 0; i < n; i++)
        udp_batch_set(&b, i, v[i].buf, v[i].size, sizeof b.addrs[i]);
    do {
        count = recvmmsg((int)s, b.headers, (unsigned)n, MSG_TRUNC, NULL);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return udp_from_errno(errno);
    for (int i = 0; i < count; i++) {
        v[i].len = b.headers[i].msg_len;
        (void)nr_sys_sockaddr_to(&b.addrs[i], &v[i].addr);
    }
    return count;
}

int nr_sys_udp_send_many(nr_sys_socket s, const nr_datagram *v, int n,
                         bool has_peer)
{
    udp_batch b;
    int count;

    for (int i = 0; i < n; i++)
        udp_batch_set(&b, i, v[i].buf, v[i].len,
                      has_peer ? 0
                               : nr_sys_sockaddr_from(&v[i].addr, &b.addrs[i]));
    do {
        count = sendmmsg((int)s, b.headers, (unsigned)n, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count < 0 ? udp_from_errno(errno) : count;
}

/* ---- multicast ---- */

static int udp_membership(nr_sys_socket s, int v4_name, int v6_name,
                          const nr_addr *group, unsigned ifindex)
{
    struct sockaddr_storage a;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    int result;

    (void)nr_sys_sockaddr_from(group, &a);
    if (group->is_v6_) {
        memcpy(&v6, &a, sizeof v6);
        struct ipv6_mreq request = {.ipv6mr_multiaddr = v6.sin6_addr,
                                    .ipv6mr_interface = ifindex};
        result =
            setsockopt((int)s, IPPROTO_IPV6, v6_name, &request, sizeof request);
    } else {
        memcpy(&v4, &a, sizeof v4);
        struct ip_mreqn request = {.imr_multiaddr = v4.sin_addr,
                                   .imr_ifindex = (int)ifindex};
        result =
            setsockopt((int)s, IPPROTO_IP, v4_name, &request, sizeof request);
    }
    return result == 0 ? 0 : udp_from_errno(errno);
}

int nr_sys_udp_join(nr_sys_socket s, const nr_addr *group, unsigned ifindex)
{
    return udp_membership(s, IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP, group,
                          ifindex);
}

int nr_sys_udp_leave(nr_sys_socket s, const nr_addr *group, unsigned ifindex)
{
    return udp_membership(s, IP_DROP_MEMBERSHIP, IPV6_LEAVE_GROUP, group,
                          ifindex);
}
