/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_UNIX_STREAM_H
#define NANORUN_IO_NET_UNIX_STREAM_H

/* What the calls on a Unix socket check first. For io only. */

#include "nanorun/io/net/kinds.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Returns 0, or -ENOTSUP where it is none of them. Stops the process with the
 * line `what (place)` if it was closed. */
int nr_unix_check(const nr_stream *s, const char *what, const char *place);

#ifdef __cplusplus
}
#endif

#endif
