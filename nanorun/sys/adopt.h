/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_ADOPT_H
#define NANORUN_SYS_ADOPT_H

/*
 * Taking over descriptors that the program has from elsewhere: they become
 * non-blocking, and child processes do not inherit them. Windows and the
 * simulation have only sockets.
 */

#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum nr_sys_stream_kind {
    NR_SYS_STREAM_TCP,
    NR_SYS_STREAM_UNIX,
    NR_SYS_STREAM_OTHER, /* a stream socket of another family */
    NR_SYS_STREAM_PIPE,  /* see nanorun/sys/pipe.h */
    NR_SYS_STREAM_TERMINAL
} nr_sys_stream_kind;

/* Takes over a connected stream socket, a pipe or a terminal. A terminal is
 * opened once more, at the same number, where that is possible, so that the
 * processes it is shared with keep theirs as it is. Returns 0; -EBADF if `fd`
 * is not open, -EINVAL if it is something else; -EMFILE, -ENFILE, -ENOMEM. On
 * failure nothing has changed. */
int nr_sys_adopt_stream(int fd, nr_sys_socket *out, nr_sys_stream_kind *kind);

/* The same for a stream socket that listens. */
int nr_sys_adopt_listener(int fd, nr_sys_socket *out, nr_sys_stream_kind *kind);

/* Gives back one that was taken over, open, as it is now. */
void nr_sys_adopt_undo(nr_sys_socket s);

#ifdef __cplusplus
}
#endif

#endif
