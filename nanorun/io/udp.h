/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_UDP_H
#define NANORUN_IO_UDP_H

/*
 * Datagrams: UDP over IPv4 and IPv6, with multicast.
 *
 * A socket belongs to the runtime of the task that opened it. Only tasks of
 * that runtime may use it, and the end of the runtime closes it: the pointer is
 * invalid then.
 *
 * One receiver and one sender may wait on a socket at the same time; a second
 * one in the same direction gets -EBUSY. Closing ends the waits on it with
 * -ECANCELED; afterwards no task may use the pointer. Misuse: a call on a
 * closed socket, which is noticed until its memory is reused; opening one
 * outside a task.
 *
 * The network may lose, double and reorder datagrams, and a receive queue that
 * is full drops them. A datagram of 0 bytes is one like any other, and no end:
 * a datagram socket has none.
 *
 * Awaitables are cancellation-safe: a cancelled receive has taken nothing, and
 * a cancelled send has sent nothing. Buffers, arrays and out pointers are the
 * caller's and must live until the await ends; addresses are copied. Each
 * constructor returns NULL when out of memory; an AWAIT of NULL unwinds its
 * frame.
 *
 * When a datagram reaches a port at which nobody receives, the peer's system
 * may say so. That is never an error of a socket without a peer, on any system.
 * A socket with a peer (nr_udp_connect) gets -ECONNREFUSED once, from the next
 * receive or send: it is about an earlier datagram, ends nothing, and the call
 * may be repeated.
 *
 * Every awaitable may also result in -EBUSY, or in -ECANCELED if its socket was
 * closed during the wait.
 */

#ifdef NR_NO_SOCKETS
#error "nanorun has no sockets on this system, so no nanorun/io/udp.h"
#endif

#include <stdbool.h>
#include <stddef.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/sys/datagram.h" /* nr_datagram, for several in one call */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_udp nr_udp;

typedef struct nr_udp_options {
    bool reuse_port; /* several sockets share the port, and the system deals
                        datagrams out to them (SO_REUSEPORT); -ENOTSUP on
                        Windows and in the simulation */
    bool broadcast;  /* may send to broadcast addresses */
    int recv_buffer; /* bytes of the system's queues; 0: its default. The system
                        may bound them */
    int send_buffer;
} nr_udp_options;

/* ---- opening and closing ---- */

/* Opens a socket at `at`: port 0 picks a free one, and `[::]` is IPv6 only. The
 * options are copied; NULL and zeros are the defaults. Returns 0, or
 * -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, -EMFILE, -ENFILE, -ENOMEM,
 * -EAFNOSUPPORT, -ENOTSUP; -EINVAL: a negative size of a buffer. Threads:
 * tasks. Ownership: the caller's, ended by nr_udp_close. */
int nr_udp_open(const nr_addr *at, const nr_udp_options *options_or_null,
                nr_udp **out);
#define nr_udp_open(...) nr_udp_open_at_(__VA_ARGS__, NR_PLACE_)
int nr_udp_open_at_(const nr_addr *at, const nr_udp_options *options_or_null,
                    nr_udp **out, const char *place);

/* Makes `to` the peer, which is copied: from then on only its datagrams are
 * received, and a send needs no address. What had arrived before may be from
 * others. May be repeated with another peer. Sends nothing. Returns 0, or
 * -EINVAL (port 0), -EAFNOSUPPORT (not the socket's family), -ENETUNREACH,
 * -EHOSTUNREACH, -EADDRNOTAVAIL, -EACCES (a broadcast address). Threads: tasks
 * of its runtime, as for all that follows. */
int nr_udp_connect(nr_udp *u, const nr_addr *to);
#define nr_udp_connect(...) nr_udp_connect_at_(__VA_ARGS__, NR_PLACE_)
int nr_udp_connect_at_(nr_udp *u, const nr_addr *to, const char *place);

/* Stores the socket's own address. Returns 0. */
int nr_udp_addr(const nr_udp *u, nr_addr *out);
#define nr_udp_addr(...) nr_udp_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_udp_addr_at_(const nr_udp *u, nr_addr *out, const char *place);

/* Closes the socket; what was sent is still on its way. NULL is fine.
 * Ownership: takes `u`. */
void nr_udp_close(nr_udp *u);
#define nr_udp_close(...) nr_udp_close_at_(__VA_ARGS__, NR_PLACE_)
void nr_udp_close_at_(nr_udp *u, const char *place);

/* ---- one datagram ---- */

/* The results: a length or a count; else a negative errno. */
typedef struct nr_udp_size_future {
    nr_future base;
    ptrdiff_t result;
} nr_udp_size_future, nr_udp_recv_future, nr_udp_send_future;

typedef struct nr_udp_int_future {
    nr_future base;
    int result;
} nr_udp_int_future, nr_udp_recv_many_future, nr_udp_send_many_future;

/* Awaitable ptrdiff_t: receives one datagram, and waits for it if there is
 * none. Its full length: if that is larger than `len`, the first `len` bytes
 * are in `buf` and the others are lost. *from_or_null gets its sender. With a
 * peer also -ECONNREFUSED, -EHOSTUNREACH, -ENETUNREACH or -EMSGSIZE, for a
 * datagram sent before; -ENOMEM. */
NR_MUST_USE_ nr_udp_recv_future *nr_udp_recv(nr_udp *u, void *buf, size_t len,
                                             nr_addr *from_or_null);
#define nr_udp_recv(...) nr_udp_recv_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_udp_recv_future *nr_udp_recv_at_(nr_udp *u, void *buf,
                                                 size_t len,
                                                 nr_addr *from_or_null,
                                                 const char *place);

/* Awaitable ptrdiff_t: sends one datagram, and waits only if the system has no
 * room for it. `len`; or
 *   -EDESTADDRREQ  `to_or_null` is NULL, and there is no peer
 *   -EISCONN       it is not NULL, and there is a peer
 *   -EINVAL        its port is 0
 *   -EAFNOSUPPORT  it is not of the socket's family
 *   -EMSGSIZE      larger than a datagram can be: over IPv4 65,507 bytes
 *   -EACCES        a broadcast address without the option, or a firewall's no
 *   -ENETUNREACH, -EHOSTUNREACH, -EADDRNOTAVAIL, -ENOMEM
 *   -ECONNREFUSED  with a peer: see above; this datagram was not sent */
NR_MUST_USE_ nr_udp_send_future *
nr_udp_send(nr_udp *u, const void *buf, size_t len, const nr_addr *to_or_null);
#define nr_udp_send(...) nr_udp_send_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_udp_send_future *nr_udp_send_at_(nr_udp *u, const void *buf,
                                                 size_t len,
                                                 const nr_addr *to_or_null,
                                                 const char *place);

/* ---- several at once ---- */

/* Awaitable int: receives the datagrams that are there, at most `n` and at most
 * 64, and waits only if there is none. v[i].buf and v[i].size are the caller's;
 * v[i].len becomes the full length, as the result of nr_udp_recv, and v[i].addr
 * the sender. How many; 0 if `n` is 0; -EINVAL if it is negative; the errors of
 * nr_udp_recv. On Linux one system call. */
NR_MUST_USE_ nr_udp_recv_many_future *nr_udp_recv_many(nr_udp *u,
                                                       nr_datagram *v, int n);
#define nr_udp_recv_many(...) nr_udp_recv_many_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_udp_recv_many_future *
nr_udp_recv_many_at_(nr_udp *u, nr_datagram *v, int n, const char *place);

/* Awaitable int: sends v[i].len bytes of v[i].buf to v[i].addr, for at most `n`
 * and at most 64 datagrams, in order. With a peer the addresses are not used.
 * It waits only if the system has no room for the first. How many were taken,
 * which may be fewer than `n`: send the rest by a further call. 0 if `n` is 0;
 * -EINVAL if it is negative; the errors of nr_udp_send, but only for the first
 * datagram: one that comes later is not taken. What the network answers to an
 * earlier one meanwhile is the result of the next call. On Linux one system
 * call, with a peer one for each row of datagrams of one size. */
NR_MUST_USE_ nr_udp_send_many_future *
nr_udp_send_many(nr_udp *u, const nr_datagram *v, int n);
#define nr_udp_send_many(...) nr_udp_send_many_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_udp_send_many_future *
nr_udp_send_many_at_(nr_udp *u, const nr_datagram *v, int n, const char *place);

/* ---- multicast ---- */

/* Join and leave a group, whose port is not used, on the network interface of
 * that index; 0: the system's choice. A socket receives what is sent to its own
 * groups and its port, if it is open at `0.0.0.0` or `[::]`. Return 0, or
 *   -EINVAL         not a multicast address
 *   -EAFNOSUPPORT   not of the socket's family
 *   -EADDRINUSE     it has joined already (Windows: or -ENODEV)
 *   -EADDRNOTAVAIL  a leave: it had not joined, or no such interface
 *   -ENODEV         a join: no such interface; or none for index 0
 *   -ENOMEM         in more groups than the system allows */
int nr_udp_join(nr_udp *u, const nr_addr *group, unsigned ifindex);
#define nr_udp_join(...) nr_udp_join_at_(__VA_ARGS__, NR_PLACE_)
int nr_udp_join_at_(nr_udp *u, const nr_addr *group, unsigned ifindex,
                    const char *place);
int nr_udp_leave(nr_udp *u, const nr_addr *group, unsigned ifindex);
#define nr_udp_leave(...) nr_udp_leave_at_(__VA_ARGS__, NR_PLACE_)
int nr_udp_leave_at_(nr_udp *u, const nr_addr *group, unsigned ifindex,
                     const char *place);

#ifdef __cplusplus
}
#endif

#endif
