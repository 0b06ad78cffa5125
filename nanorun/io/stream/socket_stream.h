/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_STREAM_SOCKET_STREAM_H
#define NANORUN_IO_STREAM_SOCKET_STREAM_H

/*
 * A stream over a socket of the system's: a registration and the stream that
 * users see. Reading and writing it is in transfer.c. For io only.
 */

#include <stdbool.h>

#include "nanorun/io/reactor/registration.h"
#include "nanorun/io/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A kind of socket. A stream is of the kind whose `ops` it has. */
typedef struct nr_socket_kind {
    nr_stream_ops ops;    /* NR_SOCKET_STREAM_OPS */
    bool has_addr;        /* of IP */
    bool has_short_reads; /* as nr_sys_poller_add_short_reads has it */
} nr_socket_kind;

/* Makes a stream of a socket that is connected or about to be. Returns 0 or
 * -ENOMEM. Ownership: on success takes `s`; on failure `s` stays the caller's.
 */
int nr_socket_stream_open(nr_registry *registry, nr_sys_socket s,
                          const nr_socket_kind *kind, nr_stream **out);

/* The operations of every kind of them. */
#define NR_SOCKET_STREAM_OPS(kind)                                       \
    {                                                                    \
        kind, (nr_stream_read), (nr_stream_write), (nr_stream_shutdown), \
            (nr_stream_close)                                            \
    }

#ifdef __cplusplus
}
#endif

#endif
