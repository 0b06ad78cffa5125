/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_UNIX_H
#define NANORUN_SYS_UNIX_H

/*
 * Unix stream sockets: what they have beside the calls of socket.h, all of
 * which work on them except for those about addresses and options of TCP. A
 * name is the path of a file, or an abstract one after '@'. A system without
 * them returns -EAFNOSUPPORT from each call that opens something.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How long a name is at most, without its '@'. */
enum { NR_SYS_UNIX_NAME_MAX = 107 };

typedef struct nr_sys_unix_options {
    int backlog;
    unsigned mode;      /* as nr_unix_options has it */
    bool replace_stale; /* likewise */
} nr_sys_unix_options;

/* The file of a listening socket. No other file has its device and number while
 * the socket is open. An abstract name has no file: all are zeros. */
typedef struct nr_sys_unix_file {
    uint64_t device;
    uint64_t number;
    int process; /* that made the file */
} nr_sys_unix_file;

/* Opens a listening socket. Returns 0, or an error of nr_unix_listen. */
int nr_sys_unix_listen(const char *name, const nr_sys_unix_options *o,
                       nr_sys_socket *out, nr_sys_unix_file *file);

/* Removes the file at `path` if it is that one, and if this process made it: a
 * child of fork has a copy of the socket, and the parent still listens there.
 * Called before the socket is closed. */
void nr_sys_unix_unlink(const char *path, const nr_sys_unix_file *file);

/* Opens a socket. Returns 0, or -EMFILE, -ENFILE, -ENOMEM. */
int nr_sys_unix_open(nr_sys_socket *out);

/* Starts a connection, as nr_sys_socket_connect does. Also returns -EAGAIN: the
 * listener's queue is full. No event tells when it is not. */
int nr_sys_unix_connect(nr_sys_socket s, const char *name);

/* Opens two sockets that are connected. Returns 0 or an error of open. */
int nr_sys_unix_pair(nr_sys_socket out[2]);

/* Stores who the peer is, as nr_unix_peer does. Returns 0 or an error. */
int nr_sys_unix_peer(nr_sys_socket s, int *pid, unsigned *uid, unsigned *gid);

enum { NR_SYS_UNIX_FDS_MAX = 253 };

/* Return the number of bytes (0: end of stream), or -EAGAIN, -ECONNRESET,
 * -EPIPE, -EBADF, … Descriptors go with the first byte. `nfds` is at most
 * NR_SYS_UNIX_FDS_MAX, and *nfds is written only on success. */
ptrdiff_t nr_sys_unix_send(nr_sys_socket s, const void *buf, size_t len,
                           const int *fds, int nfds);
ptrdiff_t nr_sys_unix_recv(nr_sys_socket s, void *buf, size_t len, int *fds,
                           int *nfds);

#ifdef __cplusplus
}
#endif

#endif
