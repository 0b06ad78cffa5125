/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_UDP_H
#define NANORUN_SYS_UDP_H

/*
 * Datagram sockets, with the rules of nanorun/sys/socket.h, whose close and
 * local_addr are for them, too. The caller has checked the addresses: they are
 * of the socket's family and their port is not 0.
 */

#include "nanorun/sys/datagram.h"
#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_sys_udp_options {
    bool reuse_port; /* several sockets share the port */
    bool broadcast;
    int recv_buffer; /* bytes; 0: the system's */
    int send_buffer;
} nr_sys_udp_options;

/* Opens a socket that is bound to `at`, with IPV6_V6ONLY. Returns 0, an error
 * of nr_sys_socket_open, or -EADDRINUSE, -EADDRNOTAVAIL, -EACCES; -ENOTSUP if
 * the system cannot share a port. */
int nr_sys_udp_open(const nr_addr *at, const nr_sys_udp_options *o,
                    nr_sys_socket *out);

/* Makes `to` the one peer; may be repeated with another. Returns 0 or
 * -ENETUNREACH, … */
int nr_sys_udp_connect(nr_sys_socket s, const nr_addr *to);

/* Takes the next datagram. Returns its full length, of which at most `len`
 * bytes are stored, and its sender in *from_or_null; or -EAGAIN if there is
 * none. A socket with a peer also returns -ECONNREFUSED and its like, once for
 * an earlier datagram; one without a peer never does. */
ptrdiff_t nr_sys_udp_recv(nr_sys_socket s, void *buf, size_t len,
                          nr_addr *from_or_null);

/* Sends one datagram of at most 65,535 bytes, to the peer if `to_or_null` is
 * NULL. Returns `len`, or -EAGAIN if there is no room, -EMSGSIZE, -EACCES,
 * -ENETUNREACH, …; -ECONNREFUSED as recv, and then nothing was sent. */
ptrdiff_t nr_sys_udp_send(nr_sys_socket s, const void *buf, size_t len,
                          const nr_addr *to_or_null);

/* The same with several datagrams, 1 to NR_SYS_DATAGRAMS_MAX. Return how many
 * were received or taken, and the error only if the first one failed. If a
 * later one did, its error is in *later, else 0: the system may have forgotten
 * it. With `has_peer` their addresses are not used. */
enum { NR_SYS_DATAGRAMS_MAX = 64 };
int nr_sys_udp_recv_many(nr_sys_socket s, nr_datagram *v, int n, int *later);
int nr_sys_udp_send_many(nr_sys_socket s, const nr_datagram *v, int n,
                         bool has_peer, int *later);

/* Join or leave a multicast group on the interface of that index; 0: the
 * system's choice. Return 0, -EADDRINUSE (it has joined), -EADDRNOTAVAIL (it
 * has not there), -ENODEV (a join, or index 0), -ENOMEM. */
int nr_sys_udp_join(nr_sys_socket s, const nr_addr *group, unsigned ifindex);
int nr_sys_udp_leave(nr_sys_socket s, const nr_addr *group, unsigned ifindex);

#ifdef __cplusplus
}
#endif

#endif
