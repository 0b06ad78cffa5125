/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_FD_H
#define NANORUN_IO_FD_H

/*
 * Descriptors that are not nanorun's: waiting for those of others (nr_fd),
 * streams and listeners of those that the program takes over, and the
 * descriptors of streams.
 *
 * A watch (nr_fd) is for the descriptor of another library: libpq, libcurl,
 * hiredis, inotify, a GPIO line. The library makes its own calls on the
 * descriptor, and a task waits here until it is worth making one. On Windows it
 * is a SOCKET, whose value fits into an int.
 *
 *     error = nr_fd_watch(PQsocket(self->db), &self->fd);
 *     …
 *     while (PQisBusy(self->db)) {
 *         AWAIT(self->ready, nr_fd_ready(self->fd, NR_FD_READ));
 *         if (self->ready < 0 || !PQconsumeInput(self->db))
 *             break;
 *     }
 *     …
 *     nr_fd_unwatch(self->fd);
 *
 * examples/recipes has programs for libpq, libcurl and hiredis. The calls of
 * the library should not block: between the end of a wait and the call, another
 * task or process may take what was ready.
 *
 * A watch borrows the descriptor. It changes none of its flags, keeps no copy
 * of it open, and never closes it. The owner may close the descriptor at any
 * time, also before nr_fd_unwatch, and the next descriptor of that number gets
 * no stale event and loses none of its own. On Linux a watch has two
 * descriptors of its own, one for each of the two tasks that may wait on it.
 *
 * A watch belongs to the runtime of the task that made it. Only tasks of that
 * runtime may use it, and the end of the runtime ends it: the pointer is
 * invalid then. Misuse: a call on what was unwatched, which is noticed until
 * its memory is reused.
 */

#ifdef NR_NO_SOCKETS
#error "nanorun has no sockets on this system, so no nanorun/io/fd.h"
#endif

#include <stdint.h>

#include "nanorun/async.h"
#include "nanorun/io/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- waiting for a descriptor of others ---- */

typedef struct nr_fd nr_fd;

/* What to wait for, and what is ready. */
enum {
    NR_FD_READ = 1,     /* there are bytes, a connection or the end to read */
    NR_FD_WRITE = 2,    /* there is room, or a connection was made */
    NR_FD_PRIORITY = 4, /* urgent data, as poll(2) has it by POLLPRI */
    NR_FD_ERROR = 8,    /* an error, which a call on the descriptor tells */
    NR_FD_HANGUP = 16   /* both directions have ended, as POLLHUP */
};

/* Begins to watch `fd`. Returns 0; -EBADF: it is not open, or not a socket on
 * Windows and in the simulation; -EPERM: a regular file or another that is
 * always ready; -ELOOP: epoll descriptors that watch each other, too deep;
 * -EMFILE, -ENFILE, -ENOMEM. Threads: tasks. Ownership of *out: the caller's,
 * ended by nr_fd_unwatch; `fd` stays its owner's. */
int nr_fd_watch(int fd, nr_fd **out);

typedef struct nr_fd_ready_future {
    nr_future base;
    int result;
} nr_fd_ready_future;

/* Awaitable int: waits until the descriptor is ready for one of `want`, any
 * combination of the above, and results in what is ready of it. Errors and
 * hang-ups end every wait, also one for 0, and are in the result. Each call
 * looks anew at what is ready now: nothing that an earlier call saw is kept.
 * So if the owner has read only a part, the next call is ready at once.
 *
 * Errors: -EINVAL: `want` has other bits; -EBUSY: two tasks wait already, which
 * may want the same or not; -ECANCELED: nr_fd_unwatch was called; -EBADF: the
 * owner closed the descriptor before this wait began. If another socket has the
 * number by then, Windows may not notice, and tells what that one is ready for.
 * On Windows also -ENOMEM, -EIO. If the owner closes the descriptor during a
 * wait, the wait goes on until nr_fd_unwatch. NULL when out of memory.
 *
 * Cancellation-safe: a cancelled wait has taken nothing. Threads: tasks of its
 * runtime. */
NR_MUST_USE_ nr_fd_ready_future *nr_fd_ready(nr_fd *w, unsigned want);
#define nr_fd_ready(...) nr_fd_ready_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_fd_ready_future *nr_fd_ready_at_(nr_fd *w, unsigned want,
                                                 const char *place);

/* Ends the watch, before or after the owner has closed the descriptor, and the
 * waits on it, with -ECANCELED. NULL is fine. Threads: tasks of its runtime.
 * Ownership: takes `w`. */
void nr_fd_unwatch(nr_fd *w);
#define nr_fd_unwatch(...) nr_fd_unwatch_at_(__VA_ARGS__, NR_PLACE_)
void nr_fd_unwatch_at_(nr_fd *w, const char *place);

/* ---- taking over a descriptor ---- */

/* Makes a stream of a connected stream socket, a pipe or a terminal that the
 * program has from elsewhere; on Windows, of a socket only. The descriptor
 * becomes non-blocking and close-on-exec. Other processes that share a pipe see
 * that it does not block. A terminal is opened once more, at the same number,
 * so other processes keep theirs as it was, unless it is the master of a pseudo
 * terminal. A shutdown of writing closes the end of a pipe that can only be
 * written to.
 *
 * Returns 0; -EINVAL for any other descriptor, such as a regular file, a socket
 * of datagrams or one that listens; -EBADF if `fd` is not open (on Windows
 * -EINVAL); -EEXIST if the runtime has a stream of it; -EMFILE, -ENFILE,
 * -ENOMEM. Threads: tasks. Ownership: on success takes `fd`, and *out is the
 * caller's, ended by nr_stream_close; on failure `fd` stays the caller's, and
 * has changed only if that is for want of memory or descriptors. */
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
