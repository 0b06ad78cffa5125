/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_PIPE_H
#define NANORUN_SYS_PIPE_H

/*
 * Pipes and terminals: non-blocking descriptors that a poller can watch and
 * nr_sys_socket_close closes, but that are read and written by calls of their
 * own. Only nr_sys_adopt_stream makes them, and so only where its header says
 * so; elsewhere these calls are -EBADF.
 */

#include <stdbool.h>
#include <stddef.h>

#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Return the number of bytes (0: end of stream), or -EAGAIN, -EPIPE, -EBADF in
 * a direction that it does not have, … Raise no SIGPIPE. */
ptrdiff_t nr_sys_pipe_read(nr_sys_socket s, void *buf, size_t len);
ptrdiff_t nr_sys_pipe_write(nr_sys_socket s, const void *buf, size_t len);

/* Whether the other ends see the end of the stream when `s` is closed: it is
 * the end of a pipe that can only be written to. */
bool nr_sys_pipe_is_writer(nr_sys_socket s);

/* Closes such an end, but not its number, which stands for something else until
 * nr_sys_socket_close; a write then is -EBADF. No poller may watch it. Returns
 * 0, -EMFILE or -ENFILE, and then the end is open as before. */
int nr_sys_pipe_hang_up(nr_sys_socket s);

#ifdef __cplusplus
}
#endif

#endif
