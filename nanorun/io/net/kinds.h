/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_KINDS_H
#define NANORUN_IO_NET_KINDS_H

/* The kinds of streams over sockets. A stream's `ops` tells its kind. For io
 * only. */

#include "nanorun/io/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const nr_stream_ops nr_tcp_ops;

#ifdef __cplusplus
}
#endif

#endif
