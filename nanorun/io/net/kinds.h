/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_KINDS_H
#define NANORUN_IO_NET_KINDS_H

/* The kinds of sockets that streams are made of. For io only. */

#include "nanorun/io/stream/socket_stream.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const nr_socket_kind nr_tcp_kind;  /* tcp.c */
extern const nr_socket_kind nr_unix_kind; /* unix_stream.c */

#ifdef __cplusplus
}
#endif

#endif
