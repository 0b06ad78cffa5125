/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "nanorun/sys/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/common/socket/sockaddr.h"
#include "nanorun/sys/posix/errno.h"
#include "nanorun/sys/posix/fd.h"

/* The network's answers to an earlier datagram, which ip(7) and udp(7) leave to
 * ICMP's codes, become those that udp.h names. */
static int udp_from_errno(int error)
{
    switch (error) {
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
        return nr_sys_from_errno(error);
    }
}

static int udp_set(nr_sys_socket s, int level, int name, int value)
{
    return setsockopt((int)s, level, name, &value, sizeof value);
}

/* Older headers lack it. */
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

/* A socket hears its own groups, and not those of all others on the host, which
 * is Linux's default. May fail: for IPv6 kernels before 4.20 do not know it. */
static void udp_hear_own_groups(nr_sys_socket s, bool is_v6)
{
    if (is_v6)
        (void)udp_set(s, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
    else
        (void)udp_set(s, IPPROTO_IP, IP_MULTICAST_ALL, 0);
}

static int udp_bind(nr_sys_socket s, const nr_addr *at,
                    const nr_sys_udp_options *o)
{
    struct sockaddr_storage at_sys;
    socklen_t at_len = nr_sys_sockaddr_from(at, &at_sys);

    udp_hear_own_groups(s, at->is_v6_);
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

/*
 * The kernel takes datagrams of one size for one receiver as one piece of
 * memory and a size, and cuts it below (UDP_SEGMENT, udp(7)): the way through
 * the stack is paid once. On loopback that sends and receives three times as
 * many datagrams of 1,200 bytes a second. Such a row becomes one message, whose
 * last datagram may be shorter.
 *
 * The kernel refuses rows where it would have to fragment, and where a device
 * or IPsec needs checksums from the stack: then each datagram is a message.
 * Rejected: UDP_GRO, the same for receiving. A receive would take many
 * datagrams at once, and those that find no buffer would have to be kept.
 */

/* Older headers lack it. */
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

/* The most bytes of a row, with room for headers, and the most datagrams that
 * all kernels take. */
enum { UDP_ROW_BYTES = 65000, UDP_ROW_DATAGRAMS = 64 };

typedef struct udp_control {
    _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(uint16_t))];
} udp_control;

/* What recvmmsg and sendmmsg take. Only what is used is initialized. */
typedef struct udp_batch {
    int count; /* of headers */
    struct mmsghdr headers[NR_SYS_DATAGRAMS_MAX];
    struct iovec pieces[NR_SYS_DATAGRAMS_MAX];
    struct sockaddr_storage addrs[NR_SYS_DATAGRAMS_MAX];
    udp_control controls[NR_SYS_DATAGRAMS_MAX];
} udp_batch;

/* Adds a message of `n` datagrams, whose pieces begin at `piece`, and returns
 * it. */
static struct msghdr *udp_batch_add(udp_batch *b, int piece, int n)
{
    struct mmsghdr *header = &b->headers[b->count++];

    *header = (struct mmsghdr){
        .msg_hdr = {.msg_iov = &b->pieces[piece], .msg_iovlen = (size_t)n}};
    return &header->msg_hdr;
}

/* An error after the first datagram is left for the next call by the system. */
int nr_sys_udp_recv_many(nr_sys_socket s, nr_datagram *v, int n, int *later)
{
    udp_batch b;
    int count;

    *later = 0;
    b.count = 0;
    for (int i = 0; i < n; i++) {
        struct msghdr *message = udp_batch_add(&b, i, 1);

        b.pieces[i] =
            (struct iovec){.iov_base = v[i].buf, .iov_len = v[i].size};
        message->msg_name = &b.addrs[i];
        message->msg_namelen = sizeof b.addrs[i];
    }
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

static bool udp_is_same_addr(const nr_addr *a, const nr_addr *b)
{
    return memcmp(a->ip_, b->ip_, sizeof a->ip_) == 0 &&
           a->scope_id_ == b->scope_id_ && a->port_ == b->port_ &&
           a->is_v6_ == b->is_v6_;
}

/* How many of the `n` datagrams from v[0] on make a row, at least 1. */
static int udp_row(const nr_datagram *v, int n, bool has_peer)
{
    size_t sum = v[0].len;
    int count = 1;

    for (; count < n && count < UDP_ROW_DATAGRAMS; count++) {
        size_t len = v[count].len;

        if (len == 0 || len > v[0].len || v[count - 1].len < v[0].len ||
            sum + len > UDP_ROW_BYTES ||
            (!has_peer && !udp_is_same_addr(&v[0].addr, &v[count].addr)))
            break;
        sum += len;
    }
    return count;
}

static void udp_set_segment(struct msghdr *message, udp_control *control,
                            size_t len)
{
    uint16_t segment = (uint16_t)len;
    struct cmsghdr *c;

    memset(control, 0, sizeof *control);
    message->msg_control = control->bytes;
    message->msg_controllen = sizeof control->bytes;
    c = CMSG_FIRSTHDR(message);
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof segment);
    memcpy(CMSG_DATA(c), &segment, sizeof segment);
}

static bool udp_may_refuse_row(int error)
{
    return error == EINVAL || error == EIO || error == EMSGSIZE;
}

/* Returns how many messages were taken, or -1 with errno. */
static int udp_send_together(nr_sys_socket s, udp_batch *b)
{
    int sent;

    do {
        sent = sendmmsg((int)s, b->headers, (unsigned)b->count, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

/* The same with a peer: the answer to one message is the error of the next, and
 * sendmmsg would take it from the socket and return only the count. */
static int udp_send_each(nr_sys_socket s, const udp_batch *b, int *later)
{
    int sent = 0;

    for (; sent < b->count; sent++) {
        while (sendmsg((int)s, &b->headers[sent].msg_hdr, MSG_NOSIGNAL) < 0) {
            if (errno == EINTR)
                continue;
            if (sent == 0)
                return -1;
            *later = udp_may_refuse_row(errno) ? 0 : udp_from_errno(errno);
            return sent;
        }
    }
    return sent;
}

/* Returns how many datagrams were taken, or -1 with errno; *later as in udp.h.
 */
static int udp_send_batch(nr_sys_socket s, udp_batch *b, bool has_peer,
                          int *later)
{
    int sent = has_peer ? udp_send_each(s, b, later) : udp_send_together(s, b);
    int count = 0;

    if (sent < 0)
        return -1;
    for (int i = 0; i < sent; i++)
        count += (int)b->headers[i].msg_hdr.msg_iovlen;
    return count;
}

/* In rows, or one by one. Returns as above. */
static int udp_send_in(bool rows, nr_sys_socket s, const nr_datagram *v, int n,
                       bool has_peer, int *later)
{
    udp_batch b;
    int count;

    b.count = 0;
    for (int i = 0; i < n; i += count) {
        struct sockaddr_storage *addr = &b.addrs[b.count];
        udp_control *control = &b.controls[b.count];
        struct msghdr *message;

        count = rows ? udp_row(v + i, n - i, has_peer) : 1;
        message = udp_batch_add(&b, i, count);
        for (int k = i; k < i + count; k++)
            b.pieces[k] =
                (struct iovec){.iov_base = v[k].buf, .iov_len = v[k].len};
        if (!has_peer) {
            message->msg_name = addr;
            message->msg_namelen = nr_sys_sockaddr_from(&v[i].addr, addr);
        }
        if (count > 1)
            udp_set_segment(message, control, v[i].len);
    }
    return udp_send_batch(s, &b, has_peer, later);
}

/* A kernel before 4.18 would send a row as one large datagram. */
static bool udp_has_rows(nr_sys_socket s)
{
    static nr_atomic_u32 known; /* 1: no, 2: yes */
    int value;
    socklen_t len = sizeof value;

    if (nr_load_u32_relaxed(&known) == 0)
        nr_store_u32_relaxed(
            &known,
            1 + !getsockopt((int)s, IPPROTO_UDP, UDP_SEGMENT, &value, &len));
    return nr_load_u32_relaxed(&known) == 2;
}

int nr_sys_udp_send_many(nr_sys_socket s, const nr_datagram *v, int n,
                         bool has_peer, int *later)
{
    int count;

    *later = 0;
    count = udp_send_in(udp_has_rows(s), s, v, n, has_peer, later);
    if (count < 0 && udp_may_refuse_row(errno))
        count = udp_send_in(false, s, v, n, has_peer, later);
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
