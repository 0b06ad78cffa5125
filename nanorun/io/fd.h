/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_FD_H
#define NANORUN_IO_FD_H

/*
 * Descriptors that the program has from elsewhere, and those of streams.
 */

#include <stdint.h>

#include "nanorun/async.h"
#include "nanorun/io/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- taking over a descriptor ---- */

/* Makes a stream of a connected stream socket, a pipe or a terminal that the
 * program has from elsewhere; on Windows, of a socket only. The descriptor
 * becomes non-blocking and close-on-exec. Other processes that share a pipe see
 * the former, too; a terminal is opened once more, at the same number, so that
 * they do not, unless it is the master of a pseudo terminal. Shutting the end
 * of a pipe that can only be written to closes it for its reader.
 *
 * Returns 0; -EINVAL for any other descriptor, such as a regular file, a
 * socket of datagrams or one that listens; -EBADF if `fd` is not open (on
 * Windows -EINVAL, too); -EMFILE, -ENFILE, -ENOMEM. Threads: tasks. Ownership:
 * on success takes `fd`, and *out is the caller's, ended by nr_stream_close; on
 * failure `fd` stays the caller's. */
int nr_stream_from_fd(int fd, nr_stream **out);

/* The same for a stream socket that listens, as from a service manager
 * (docs/socket_activation.md). Returns 0, -EINVAL, -EBADF or -ENOMEM. Threads:
 * any, as for nr_tcp_listen. Ownership of *out: the caller's, ended by
 * nr_listener_close. */
int nr_listener_from_fd(int fd, nr_listener **out);

/* The descriptor of a stream, on Windows its SOCKET, to be read and changed by
 * other calls of the system; -1 if it has none, as one in memory. Threads:
 * tasks of its runtime. Ownership: the stream's. */
intptr_t nr_stream_fd(const nr_stream *s);
#define nr_stream_fd(...) nr_stream_fd_at_(__VA_ARGS__, NR_PLACE_)
intptr_t nr_stream_fd_at_(const nr_stream *s, const char *place);

#ifdef __cplusplus
}
#endif

#endif
