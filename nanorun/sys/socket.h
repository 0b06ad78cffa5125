/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SOCKET_H
#define NANORUN_SYS_SOCKET_H

/*
 * Stream sockets, the same on every system: non-blocking, and not inherited by
 * child processes. No call raises SIGPIPE, and an interrupted call is retried.
 * Errors are negative errno constants with the same names on every system.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/iovec.h"
#include "nanorun/sys/ip.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The system's socket: a descriptor or a SOCKET. */
typedef intptr_t nr_sys_socket;
enum { NR_SYS_NO_SOCKET = -1 };

/* Opens a socket. Returns 0, or -EMFILE, -ENFILE, -ENOMEM, -EAFNOSUPPORT. */
int nr_sys_socket_open(bool is_v6, nr_sys_socket *out);
void nr_sys_socket_close(nr_sys_socket s);

typedef struct nr_sys_listen_options {
    int backlog;
    bool reuse_port; /* several sockets share the port */
    bool dual_stack; /* at `[::]`: IPv4 too */
} nr_sys_listen_options;

/* Opens a listening socket, with IPV6_V6ONLY unless dual_stack, and with
 * SO_REUSEADDR where that only permits a port in TIME_WAIT. Returns 0, an error
 * of open, or -EADDRINUSE, -EADDRNOTAVAIL, -EACCES; -ENOTSUP if the system
 * cannot share a port. */
int nr_sys_socket_listen(const nr_addr *at, const nr_sys_listen_options *o,
                         nr_sys_socket *out);

/* Accepts the next connection. Returns 0, -EAGAIN if there is none,
 * -ECONNABORTED, -EMFILE, -ENFILE, -ENOMEM, … `peer` may be NULL. */
int nr_sys_socket_accept(nr_sys_socket s, nr_sys_socket *out, nr_addr *peer);

/* Starts a connection. Returns 0 if it is made, -EINPROGRESS if the socket will
 * become writable when it is made or has failed, or an error. */
int nr_sys_socket_connect(nr_sys_socket s, const nr_addr *to);

/* Returns the result of a started connection: 0, or -ECONNREFUSED, -ECONNRESET,
 * -ETIMEDOUT, …; -EINPROGRESS if there is none yet. */
int nr_sys_socket_connect_result(nr_sys_socket s);

/* Return the number of bytes (0: end of stream), or -EAGAIN, -ECONNRESET,
 * -EPIPE, … */
ptrdiff_t nr_sys_socket_read(nr_sys_socket s, void *buf, size_t len);
ptrdiff_t nr_sys_socket_write(nr_sys_socket s, const void *buf, size_t len);

/* The same with up to NR_SYS_IOVECS_MAX pieces of memory. */
enum { NR_SYS_IOVECS_MAX = 1024 };
ptrdiff_t nr_sys_socket_readv(nr_sys_socket s, const nr_iovec *v, int n);
ptrdiff_t nr_sys_socket_writev(nr_sys_socket s, const nr_iovec *v, int n);

/* `how`: 0 reading, 1 writing, 2 both. Returns 0 or -ENOTCONN, -EINVAL. */
int nr_sys_socket_shutdown(nr_sys_socket s, int how);
int nr_sys_socket_set_nodelay(nr_sys_socket s, bool on);

/* As nr_tcp_set_keepalive and nr_tcp_set_linger. */
int nr_sys_socket_set_keepalive(nr_sys_socket s, unsigned idle_s,
                                unsigned interval_s, unsigned count);
int nr_sys_socket_set_linger(nr_sys_socket s, int seconds);
int nr_sys_socket_local_addr(nr_sys_socket s, nr_addr *out);
int nr_sys_socket_peer_addr(nr_sys_socket s, nr_addr *out);

#ifdef __cplusplus
}
#endif

#endif
