/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_LISTENER_H
#define NANORUN_IO_NET_LISTENER_H

/*
 * A listener of any kind of stream socket: made of one that listens, by the
 * kind's own nr_…_listen. For io only.
 */

#include "nanorun/io/stream.h"
#include "nanorun/io/stream/socket_stream.h"
#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The file of a listener that is bound to a path. The listener calls `remove`
 * once, at its end, before it closes the socket. That removes the file from the
 * path and frees this structure. */
typedef struct nr_listener_file {
    void (*remove)(struct nr_listener_file *file);
} nr_listener_file;

/* Makes a listener of a socket. `kind` is the kind of the streams that it
 * accepts. Returns 0 or -ENOMEM. Threads: any. Ownership: on success takes the
 * socket and the file; on failure they stay the caller's. */
int nr_listener_open(nr_sys_socket s, const nr_socket_kind *kind,
                     nr_listener_file *file_or_null, nr_listener **out);

#ifdef __cplusplus
}
#endif

#endif
