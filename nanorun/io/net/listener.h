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

/* What a listener leaves outside of its socket, and takes back at its end: the
 * file of a Unix socket. `end` is called once, before the socket is closed,
 * and frees it. */
typedef struct nr_listener_name {
    void (*end)(struct nr_listener_name *name);
} nr_listener_name;

/* `kind` is that of the streams that it accepts, `name_or_null` its name if it
 * has to be ended. Returns 0 or -ENOMEM. Threads: any. Ownership: on
 * success takes both; on failure they stay the caller's. */
int nr_listener_open(nr_sys_socket s, const nr_socket_kind *kind,
                     nr_listener_name *name_or_null, nr_listener **out);

#ifdef __cplusplus
}
#endif

#endif
