/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_LISTENER_H
#define NANORUN_IO_NET_LISTENER_H

/*
 * A listener of any kind of stream socket: made of one that listens, by the
 * kind's own nr_…_listen. For io only.
 */

#include "nanorun/io/stream.h"
#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `ops` is that of the streams that it accepts. Returns 0 or -ENOMEM. Threads:
 * any. Ownership: on success takes `s`; on failure `s` stays the caller's. */
int nr_listener_open(nr_sys_socket s, const nr_stream_ops *ops,
                     nr_listener **out);

#ifdef __cplusplus
}
#endif

#endif
