/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SOCKET_H
#define NANORUN_SYS_SOCKET_H

/*
 * Stream sockets as every system has them: non-blocking, not inherited by
 * child processes, silent about broken pipes, interruptions retried. Errors
 * are negative errno constants with the same names on every system.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/ip.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The system's socket: a descriptor, a SOCKET. */
typedef intptr_t nr_sys_socket;
enum { NR_SYS_NO_SOCKET = -1 };

/* A new socket. Returns 0, or -EMFILE, -ENFILE, -ENOMEM, -EAFNOSUPPORT. */
int nr_sys_socket_open(bool is_v6, nr_sys_socket *out);
void nr_sys_socket_close(nr_sys_socket s);

/* A listening socket: SO_REUSEADDR where that means TIME_WAIT only, IPV6_V6ONLY
 * on, bound, listening. Returns 0, the errors of open, or -EADDRINUSE,
 * -EADDRNOTAVAIL, -EACCES. */
int nr_sys_socket_listen(const nr_addr *at, int backlog, nr_sys_socket *out);

/* The next connection. Returns 0, -EAGAIN when none waits, -ECONNABORTED,
 * -EMFILE, -ENFILE, -ENOMEM, … `peer` may be NULL. */
int nr_sys_socket_accept(nr_sys_socket s, nr_sys_socket *out, nr_addr *peer);

/* Starts a connection. Returns 0 when it is made, -EINPROGRESS when it will
 * show as writable, or why it cannot be. */
int nr_sys_socket_connect(nr_sys_socket s, const nr_addr *to);

/* How a started connection ended: 0, or -ECONNREFUSED, -ECONNRESET,
 * -ETIMEDOUT, … ; -EINPROGRESS while it has not. */
int nr_sys_socket_connect_result(nr_sys_socket s);

/* Return a count (0: end of stream), or -EAGAIN, -ECONNRESET, -EPIPE, … */
ptrdiff_t nr_sys_socket_read(nr_sys_socket s, void *buf, size_t len);
ptrdiff_t nr_sys_socket_write(nr_sys_socket s, const void *buf, size_t len);

/* `how`: 0 reading, 1 writing, 2 both. Returns 0 or -ENOTCONN, -EINVAL. */
int nr_sys_socket_shutdown(nr_sys_socket s, int how);
int nr_sys_socket_set_nodelay(nr_sys_socket s, bool on);
int nr_sys_socket_local_addr(nr_sys_socket s, nr_addr *out);
int nr_sys_socket_peer_addr(nr_sys_socket s, nr_addr *out);

#ifdef __cplusplus
}
#endif

#endif
