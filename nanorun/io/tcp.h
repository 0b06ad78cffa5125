/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_TCP_H
#define NANORUN_IO_TCP_H

/*
 * TCP over IPv4 and IPv6. A listener or a stream belongs to the runtime of the
 * task that opened it, and only tasks of that runtime may use it. One reader
 * and one writer may wait on a stream at the same time; a second one in the
 * same direction gets -EBUSY. Closing ends the waits on it with -ECANCELED;
 * afterwards no task may use the pointer. Misuse: a call on a closed listener
 * or stream, which is noticed until its memory is reused. Nothing here raises
 * SIGPIPE.
 *
 * Awaitables are cancellation-safe: a cancelled read has taken no byte, a
 * cancelled accept no connection, and a cancelled write has sent nothing.
 * read_exact and write_all consist of many reads or writes and may be cancelled
 * between two. Buffers are the caller's and must live until the await ends.
 * Each constructor below returns NULL when out of memory; an AWAIT of NULL
 * unwinds its frame.
 *
 * Every awaitable may also result in -EBUSY, or in -ECANCELED if its listener
 * or stream was closed during the wait.
 */

#ifdef NR_NO_SOCKETS
#error "nanorun has no sockets on this system: nanorun/io/tcp.h is not for it"
#endif

#include <stdbool.h>
#include <stddef.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_tcp_listener nr_tcp_listener;
typedef struct nr_tcp_stream nr_tcp_stream;

enum { NR_SHUT_RD = 0, NR_SHUT_WR = 1, NR_SHUT_RDWR = 2 };

/* The results: 0 or a negative errno; a count of bytes or a negative errno. */
typedef struct nr_tcp_int_future {
    nr_future base;
    int result;
} nr_tcp_int_future, nr_tcp_accept_future, nr_tcp_connect_future,
    nr_tcp_read_exact_future, nr_tcp_write_all_future;

typedef struct nr_tcp_size_future {
    nr_future base;
    ptrdiff_t result;
} nr_tcp_size_future, nr_tcp_read_future, nr_tcp_write_future;

/* Listens at `at`; port 0 picks a free one, and `[::]` is IPv6 only. Returns 0,
 * or -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, -EMFILE, -ENFILE, -ENOMEM,
 * -EAFNOSUPPORT. Misuse: outside a task. Ownership: the caller's, ended by
 * nr_tcp_listener_close. */
int nr_tcp_listen(const nr_addr *at, nr_tcp_listener **out);
#define nr_tcp_listen(...) nr_tcp_listen_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_listen_at_(const nr_addr *at, nr_tcp_listener **out,
                      const char *place);

/* Stores the address that the listener is bound to. Returns 0. Threads: any. */
int nr_tcp_listener_addr(const nr_tcp_listener *l, nr_addr *out);
#define nr_tcp_listener_addr(...) \
    nr_tcp_listener_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_listener_addr_at_(const nr_tcp_listener *l, nr_addr *out,
                             const char *place);

/* Awaitable int: accepts the next connection. 0 and *out set, and *peer_or_null
 * unless that is NULL; or -EMFILE, -ENFILE or -ENOMEM, after which accepting
 * can be tried again. With -ENOMEM the connection may have been closed. One
 * task at a time may wait. Ownership of *out: the caller's, ended by
 * nr_tcp_close. */
NR_MUST_USE_ nr_tcp_accept_future *
nr_tcp_accept(nr_tcp_listener *l, nr_tcp_stream **out, nr_addr *peer_or_null);
#define nr_tcp_accept(...) nr_tcp_accept_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_accept_future *nr_tcp_accept_at_(nr_tcp_listener *l,
                                                     nr_tcp_stream **out,
                                                     nr_addr *peer_or_null,
                                                     const char *place);

/* Closes the listener. NULL is fine. Threads: tasks of its runtime. Ownership:
 * takes `l`. */
void nr_tcp_listener_close(nr_tcp_listener *l);
#define nr_tcp_listener_close(...) \
    nr_tcp_listener_close_at_(__VA_ARGS__, NR_PLACE_)
void nr_tcp_listener_close_at_(nr_tcp_listener *l, const char *place);

/* Awaitable int: connects to `to`, which is copied. 0 and *out set, or
 * -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT, -ENETUNREACH, -EHOSTUNREACH,
 * -EADDRNOTAVAIL, -EMFILE, -ENFILE, -ENOMEM. Ownership of *out: the caller's,
 * ended by nr_tcp_close. */
NR_MUST_USE_ nr_tcp_connect_future *nr_tcp_connect(const nr_addr *to,
                                                   nr_tcp_stream **out);

/* Awaitable ptrdiff_t: reads what has arrived, at most `len` bytes, and waits
 * only if nothing has. The number of bytes; 0 at the end of the stream or if
 * `len` is 0; -ECONNRESET, … */
NR_MUST_USE_ nr_tcp_read_future *nr_tcp_read(nr_tcp_stream *s, void *buf,
                                             size_t len);
#define nr_tcp_read(...) nr_tcp_read_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_read_future *nr_tcp_read_at_(nr_tcp_stream *s, void *buf,
                                                 size_t len, const char *place);

/* Awaitable ptrdiff_t: hands bytes to the system, which may take fewer than
 * `len`. The number of bytes taken; -EPIPE, -ECONNRESET, … */
NR_MUST_USE_ nr_tcp_write_future *nr_tcp_write(nr_tcp_stream *s,
                                               const void *buf, size_t len);
#define nr_tcp_write(...) nr_tcp_write_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_write_future *nr_tcp_write_at_(nr_tcp_stream *s,
                                                   const void *buf, size_t len,
                                                   const char *place);

/* Awaitable int: reads exactly `len` bytes. 0; -ENODATA if the stream ended
 * before; or the error of a read. */
NR_MUST_USE_ nr_tcp_read_exact_future *nr_tcp_read_exact(nr_tcp_stream *s,
                                                         void *buf, size_t len);
#define nr_tcp_read_exact(...) nr_tcp_read_exact_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_read_exact_future *nr_tcp_read_exact_at_(nr_tcp_stream *s,
                                                             void *buf,
                                                             size_t len,
                                                             const char *place);

/* Awaitable int: writes all `len` bytes. 0, or the error of a write. */
NR_MUST_USE_ nr_tcp_write_all_future *
nr_tcp_write_all(nr_tcp_stream *s, const void *buf, size_t len);
#define nr_tcp_write_all(...) nr_tcp_write_all_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_write_all_future *nr_tcp_write_all_at_(nr_tcp_stream *s,
                                                           const void *buf,
                                                           size_t len,
                                                           const char *place);

/* Ends one direction or both: `how` is NR_SHUT_RD, NR_SHUT_WR or NR_SHUT_RDWR.
 * After an end of writing the peer reads the end of the stream. Returns 0,
 * -ENOTCONN, or -EINVAL. */
int nr_tcp_shutdown(nr_tcp_stream *s, int how);
#define nr_tcp_shutdown(...) nr_tcp_shutdown_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_shutdown_at_(nr_tcp_stream *s, int how, const char *place);

/* Sends small writes at once (TCP_NODELAY). Returns 0 or an error. */
int nr_tcp_set_nodelay(nr_tcp_stream *s, bool on);
#define nr_tcp_set_nodelay(...) nr_tcp_set_nodelay_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_set_nodelay_at_(nr_tcp_stream *s, bool on, const char *place);

/* Store the address of this end, or of the peer's. Return 0 or -ENOTCONN. */
int nr_tcp_local_addr(const nr_tcp_stream *s, nr_addr *out);
#define nr_tcp_local_addr(...) nr_tcp_local_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_local_addr_at_(const nr_tcp_stream *s, nr_addr *out,
                          const char *place);
int nr_tcp_peer_addr(const nr_tcp_stream *s, nr_addr *out);
#define nr_tcp_peer_addr(...) nr_tcp_peer_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_peer_addr_at_(const nr_tcp_stream *s, nr_addr *out,
                         const char *place);

/* Closes the stream. The system still sends what was written. But if there is
 * unread input, or the peer sends more, TCP resets the connection, and what was
 * written may not arrive (RFC 1122, section 4.2.2.13). To be sure that it does,
 * call nr_tcp_shutdown(s, NR_SHUT_WR) and read to the end of the stream before.
 * NULL is fine. Threads: tasks of its runtime. Ownership: takes `s`. */
void nr_tcp_close(nr_tcp_stream *s);
#define nr_tcp_close(...) nr_tcp_close_at_(__VA_ARGS__, NR_PLACE_)
void nr_tcp_close_at_(nr_tcp_stream *s, const char *place);

#ifdef __cplusplus
}
#endif

#endif
