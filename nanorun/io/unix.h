/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_UNIX_H
#define NANORUN_IO_UNIX_H

/*
 * Unix sockets: streams between processes of one machine, which can pass
 * descriptors and know who the peer is. Accepting, reading, writing and closing
 * are in nanorun/io/stream.h, with the rules for all streams.
 *
 * The name of a socket is the path of a file, of 1 to 107 bytes. Or it is
 * "@name", for an abstract name of Linux: 1 to 107 bytes after the '@', which
 * are the whole name. An abstract name has no file and no permissions, so every
 * user may connect. A relative path is looked up in the working directory of
 * the moment, also when it is removed. Names are copied.
 *
 * nr_listener_addr of such a listener is -ENOTSUP, and nr_listener_accept sets
 * its `peer_or_null` to zeros. The calls for a connection are for tasks of its
 * runtime; on a stream that is no Unix socket they return -ENOTSUP.
 *
 * On Windows every call that opens something returns -EAFNOSUPPORT.
 */

#include <stdbool.h>

#include "nanorun/async.h"
#include "nanorun/io/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- listening ---- */

typedef struct nr_unix_options {
    unsigned mode;      /* the permissions of the file, as 0660: those who may
                           write may connect. The file never has wider ones,
                           not even while it is made. 0: what the umask leaves
                           of 0777 */
    bool replace_stale; /* if a socket file is at the path that no process
                           listens on, as after a crash, takes its place */
} nr_unix_options;

/* Listens at `path`. Up to 4,096 connections may wait for an accept; the system
 * may cut that, Linux to net.core.somaxconn. NULL and zeros are the defaults of
 * the options, which are copied.
 *
 * Returns 0, or -EADDRINUSE: something is at the path, or, with replace_stale,
 * something that is no socket file or a socket on which a process listens; or
 * another server is starting there at this moment. -EINVAL: the name is empty,
 * the mode has other bits than 0777, or there is one for an abstract name;
 * -ENAMETOOLONG, -ENOENT (no such directory), -ENOTDIR, -EACCES, -EPERM,
 * -EROFS, -ENOSPC, -ELOOP, -EMFILE, -ENFILE, -ENOMEM. -ENOTSUP: the umask takes
 * from the mode, and /proc, by which it is given back, is not mounted. Only a
 * stale socket is ever removed from the path.
 *
 * During the call there is an empty file `path.nr-lock`, by which servers that
 * start at the same moment do not take each other's sockets for stale. A
 * process that is killed then leaves the file, and the next server removes it.
 * If that one runs as another user, it may have no right to open the file: then
 * a call with replace_stale returns -EACCES until somebody removes the file,
 * and one without goes on. A call with replace_stale also returns the error if
 * there is something else of that name: -EISDIR, -ELOOP, -ENXIO. A socket that
 * may be stale is probed by a connection.
 *
 * nr_listener_close, and the end of the runtime, remove the file at the path,
 * but only if it is still the one that this call made, and only in the process
 * that called. A child of fork that has the listener, too, leaves the file.
 *
 * Threads: any; a program may do it before it gives up its privileges.
 * Ownership: the caller's, ended by nr_listener_close. */
int nr_unix_listen(const char *path, const nr_unix_options *options_or_null,
                   nr_listener **out);

/* ---- connecting ---- */

typedef nr_stream_int_future nr_unix_connect_future;

/* Awaitable int: connects to the socket at `path`. 0 and *out set, or -ENOENT:
 * there is no such file; -ECONNREFUSED: nobody listens on it; -ECONNRESET: the
 * listener was closed before it accepted this one; -EAGAIN: as many
 * connections as the listener allows wait for its accept, and Linux has no way
 * to wait for a place, so try again later; -EACCES: no permission to write to
 * it; -EPROTOTYPE: it is no stream socket; -EINVAL: the name is empty;
 * -ENAMETOOLONG, -ENOTDIR, -ELOOP, -EMFILE, -ENFILE, -ENOMEM. Ownership of
 * *out: the caller's, ended by nr_stream_close. */
NR_MUST_USE_ nr_unix_connect_future *nr_unix_connect(const char *path,
                                                     nr_stream **out);

/* Makes a connected pair without a name. Returns 0, or -EMFILE, -ENFILE,
 * -ENOMEM; `out` is written only on success. Threads: tasks. Ownership: the
 * caller's, each ended by nr_stream_close. */
int nr_unix_pair(nr_stream *out[2]);

/* ---- a connection ---- */

typedef struct nr_unix_cred {
    int pid; /* 0: of a process that this one cannot see */
    unsigned uid, gid;
} nr_unix_cred;

/* Stores who the peer is: the process that connected, or the one that listened,
 * with its effective ids of that moment. A pair's is the process that made it.
 * The process may have ended since, and its pid may be another's. Returns 0 or
 * -ENOTSUP. */
int nr_unix_peer(const nr_stream *s, nr_unix_cred *out);
#define nr_unix_peer(...) nr_unix_peer_at_(__VA_ARGS__, NR_PLACE_)
int nr_unix_peer_at_(const nr_stream *s, nr_unix_cred *out, const char *place);

/* ---- passing descriptors ---- */

enum { NR_UNIX_FDS_MAX = 253 };

typedef nr_stream_size_future nr_unix_send_future, nr_unix_recv_future;

/* Awaitable ptrdiff_t: writes bytes, of which the stream may take fewer than
 * `len`, with descriptors. They travel with the first of the bytes, so with any
 * result above 0 they were sent, all of them, and a further call for the rest
 * of the bytes has none. The system sends copies: the caller's descriptors stay
 * open, and may be closed as soon as the await has ended. `buf` and `fds` must
 * live until then.
 *
 * The number of bytes taken. -EINVAL: more than NR_UNIX_FDS_MAX descriptors,
 * a negative number of them, or descriptors and no byte; -EBADF: one of them is
 * not open; -EMFILE: too many of this user's are on their way, unreceived;
 * -EPIPE, -ECONNRESET, -ENOMEM, … Without descriptors it is nr_stream_write.
 * Cancellation-safe: a cancelled send has sent nothing, neither bytes nor
 * descriptors. */
NR_MUST_USE_ nr_unix_send_future *nr_unix_send(nr_stream *s, const void *buf,
                                               size_t len, const int *fds,
                                               int nfds);
#define nr_unix_send(...) nr_unix_send_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_unix_send_future *nr_unix_send_at_(nr_stream *s,
                                                   const void *buf, size_t len,
                                                   const int *fds, int nfds,
                                                   const char *place);

/* Awaitable ptrdiff_t: reads what has arrived, at most `len` bytes, with the
 * descriptors of one send. `*nfds` is how many `fds` has room for, and becomes
 * how many there are; both are untouched unless the result is above 0, or 0 for
 * the end of the stream. The descriptors are the caller's, are close-on-exec
 * from their first moment, and have the flags that the sender's have otherwise,
 * as O_NONBLOCK. They come with the first byte of their send, and no read goes
 * on beyond the last byte that was sent with descriptors: so a result may be
 * less than has arrived.
 *
 * Descriptors without room are closed, and so are those that arrive while this
 * process has no number left for them; nr_stream_read and its like close all.
 *
 * The number of bytes; 0 at the end of the stream or if `len` is 0; -EINVAL:
 * *nfds is negative; -ECONNRESET, … Cancellation-safe: a cancelled receive has
 * taken neither bytes nor descriptors. */
NR_MUST_USE_ nr_unix_recv_future *nr_unix_recv(nr_stream *s, void *buf,
                                               size_t len, int *fds, int *nfds);
#define nr_unix_recv(...) nr_unix_recv_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_unix_recv_future *nr_unix_recv_at_(nr_stream *s, void *buf,
                                                   size_t len, int *fds,
                                                   int *nfds,
                                                   const char *place);

#ifdef __cplusplus
}
#endif

#endif
