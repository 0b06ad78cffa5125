/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_TCP_H
#define NANORUN_IO_TCP_H

/*
 * TCP over IPv4 and IPv6. A listener or a stream belongs to the runtime of the
 * task that opened it and is used by its tasks. One reader and one writer may
 * wait on a stream at the same time; a second one in the same direction gets
 * -EBUSY. Closing wakes whoever waits, with -ECANCELED; then the pointer is
 * gone for everyone. Misuse: a call on a listener or stream that was closed,
 * which is noticed until its memory is used again. Nothing here raises SIGPIPE.
 *
 * Awaitables are cancellation-safe: a cancelled read has taken no byte, a
 * cancelled accept no connection, a cancelled write is one that sent nothing.
 * The two loops, read_exact and write_all, may be cut in the middle. Buffers
 * are the caller's and must live until the await ends. Each constructor below
 * returns NULL when out of memory, which AWAIT passes on.
 *
 * Common errors beside those named: -EBUSY, -ECANCELED (closed while waiting,
 * or the runtime is ending).
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

/* The address it is bound to. Returns 0. Threads: any. */
int nr_tcp_listener_addr(const nr_tcp_listener *l, nr_addr *out);
#define nr_tcp_listener_addr(...) \
    nr_tcp_listener_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_listener_addr_at_(const nr_tcp_listener *l, nr_addr *out,
                             const char *place);

/* Awaitable int: the next connection. 0 and *out (and *peer_or_null) set, or
 * -EMFILE, -ENFILE, -ENOMEM: it can be called again when some are closed. For
 * want of memory, not of descriptors, the connection may have been closed.
 * One task at a time. Ownership of *out: the caller's, ended by
 * nr_tcp_close. */
NR_MUST_USE_ nr_tcp_accept_future *
nr_tcp_accept(nr_tcp_listener *l, nr_tcp_stream **out, nr_addr *peer_or_null);
#define nr_tcp_accept(...) nr_tcp_accept_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_accept_future *nr_tcp_accept_at_(nr_tcp_listener *l,
                                                     nr_tcp_stream **out,
                                                     nr_addr *peer_or_null,
                                                     const char *place);

/* NULL is fine. Threads: tasks of its runtime. */
void nr_tcp_listener_close(nr_tcp_listener *l);
#define nr_tcp_listener_close(...) \
    nr_tcp_listener_close_at_(__VA_ARGS__, NR_PLACE_)
void nr_tcp_listener_close_at_(nr_tcp_listener *l, const char *place);

/* Awaitable int: a connection. 0 and *out set, or -ECONNREFUSED, -ECONNRESET,
 * -ETIMEDOUT, -ENETUNREACH, -EHOSTUNREACH, -EADDRNOTAVAIL, -EMFILE, -ENFILE,
 * -ENOMEM. */
NR_MUST_USE_ nr_tcp_connect_future *nr_tcp_connect(const nr_addr *to,
                                                   nr_tcp_stream **out);

/* Awaitable ptrdiff_t: what there is, up to `len` bytes; 0 is the end of the
 * stream (or `len` is 0); -ECONNRESET, … */
NR_MUST_USE_ nr_tcp_read_future *nr_tcp_read(nr_tcp_stream *s, void *buf,
                                             size_t len);
#define nr_tcp_read(...) nr_tcp_read_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_read_future *nr_tcp_read_at_(nr_tcp_stream *s, void *buf,
                                                 size_t len, const char *place);

/* Awaitable ptrdiff_t: how many bytes were taken, maybe not all; -EPIPE,
 * -ECONNRESET, … */
NR_MUST_USE_ nr_tcp_write_future *nr_tcp_write(nr_tcp_stream *s,
                                               const void *buf, size_t len);
#define nr_tcp_write(...) nr_tcp_write_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_write_future *nr_tcp_write_at_(nr_tcp_stream *s,
                                                   const void *buf, size_t len,
                                                   const char *place);

/* Awaitable int: 0 when all `len` bytes were read, -ENODATA when the stream
 * ended before, or the error. */
NR_MUST_USE_ nr_tcp_read_exact_future *nr_tcp_read_exact(nr_tcp_stream *s,
                                                         void *buf, size_t len);
#define nr_tcp_read_exact(...) nr_tcp_read_exact_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_read_exact_future *nr_tcp_read_exact_at_(nr_tcp_stream *s,
                                                             void *buf,
                                                             size_t len,
                                                             const char *place);

/* Awaitable int: 0 when all `len` bytes were taken, or the error. */
NR_MUST_USE_ nr_tcp_write_all_future *
nr_tcp_write_all(nr_tcp_stream *s, const void *buf, size_t len);
#define nr_tcp_write_all(...) nr_tcp_write_all_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_tcp_write_all_future *nr_tcp_write_all_at_(nr_tcp_stream *s,
                                                           const void *buf,
                                                           size_t len,
                                                           const char *place);

/* Ends one direction or both, NR_SHUT_RD, _WR or _RDWR; the peer then reads
 * the end of the stream. Returns 0, -ENOTCONN, or -EINVAL. */
int nr_tcp_shutdown(nr_tcp_stream *s, int how);
#define nr_tcp_shutdown(...) nr_tcp_shutdown_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_shutdown_at_(nr_tcp_stream *s, int how, const char *place);

/* Sends small writes at once (TCP_NODELAY). Returns 0 or an error. */
int nr_tcp_set_nodelay(nr_tcp_stream *s, bool on);
#define nr_tcp_set_nodelay(...) nr_tcp_set_nodelay_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_set_nodelay_at_(nr_tcp_stream *s, bool on, const char *place);

/* Both ends' addresses. Return 0 or -ENOTCONN. */
int nr_tcp_local_addr(const nr_tcp_stream *s, nr_addr *out);
#define nr_tcp_local_addr(...) nr_tcp_local_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_local_addr_at_(const nr_tcp_stream *s, nr_addr *out,
                          const char *place);
int nr_tcp_peer_addr(const nr_tcp_stream *s, nr_addr *out);
#define nr_tcp_peer_addr(...) nr_tcp_peer_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_tcp_peer_addr_at_(const nr_tcp_stream *s, nr_addr *out,
                         const char *place);

/* Closes; what was written and not yet sent is still sent. But if there is
 * input that was not read, or the peer sends more, TCP resets the connection,
 * and what was written may not arrive (RFC 1122, section 4.2.2.13). To be sure
 * that it does, call nr_tcp_shutdown(s, NR_SHUT_WR) and read to the end of the
 * stream before. NULL is fine. Threads: tasks of its runtime. */
void nr_tcp_close(nr_tcp_stream *s);
#define nr_tcp_close(...) nr_tcp_close_at_(__VA_ARGS__, NR_PLACE_)
void nr_tcp_close_at_(nr_tcp_stream *s, const char *place);

#ifdef __cplusplus
}
#endif

#endif
