/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_STREAM_H
#define NANORUN_IO_STREAM_H

/*
 * Byte streams: one type for all of them. Examples are a TCP connection
 * (nanorun/io/tcp.h), a Unix socket (nanorun/io/unix.h), an end of a pair in
 * memory (nr_duplex), and a stream that the program defines (nr_stream_ops).
 *
 * The stream of a socket belongs to the runtime of the task that opened it, a
 * listener to that of the task that first accepts. Only tasks of that runtime
 * may use it, and the end of the runtime closes it: the pointer is invalid
 * then. A listener that never accepted and the ends of nr_duplex belong to no
 * runtime: close them.
 *
 * One reader and one writer may wait on a stream at the same time; a second one
 * in the same direction gets -EBUSY. Closing ends the waits on it with
 * -ECANCELED; afterwards no task may use the pointer. Misuse: a call on a
 * closed stream or listener, which is noticed until its memory is reused.
 * Nothing here raises SIGPIPE.
 *
 * Awaitables are cancellation-safe: a cancelled read has taken no byte, a
 * cancelled write has sent nothing, and a cancelled accept has taken no
 * connection. read_exact, write_all, finish and the copies consist of many
 * reads or writes and may be cancelled between two. Do not close a stream under
 * finish, a copy or a reader, nor one that is no socket under read_exact or
 * write_all: cancel these first. Buffers, vectors and out pointers are the
 * caller's and must live until the await ends. Each constructor below returns
 * NULL when out of memory; an AWAIT of NULL unwinds its frame.
 *
 * Every awaitable may also result in -EBUSY, in -ECANCELED if its stream or
 * listener was closed during the wait, or in an error of the stream's own kind.
 */

#ifdef NR_NO_SOCKETS
#error "nanorun has no sockets on this system, so no nanorun/io/stream.h"
#endif

#include <stddef.h>
#include <stdint.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/sys/iovec.h" /* nr_iovec: { void *base; size_t len; } */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_stream nr_stream;
typedef struct nr_listener nr_listener;

/* The results: a count of bytes, or 0; else a negative errno. */
typedef struct nr_stream_size_future {
    nr_future base;
    ptrdiff_t result;
} nr_stream_size_future, nr_stream_read_future, nr_stream_write_future,
    nr_stream_readv_future, nr_stream_writev_future;

typedef struct nr_stream_int_future {
    nr_future base;
    int result;
} nr_stream_int_future, nr_stream_read_exact_future, nr_stream_write_all_future,
    nr_stream_shutdown_future, nr_listener_accept_future;

/* ---- reading and writing ---- */

/* Awaitable ptrdiff_t: reads what has arrived, at most `len` bytes, and waits
 * only if nothing has. The number of bytes; 0 at the end of the stream or if
 * `len` is 0; -ECONNRESET, … */
NR_MUST_USE_ nr_stream_read_future *nr_stream_read(nr_stream *s, void *buf,
                                                   size_t len);
#define nr_stream_read(...) nr_stream_read_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_stream_read_future *
nr_stream_read_at_(nr_stream *s, void *buf, size_t len, const char *place);

/* Awaitable ptrdiff_t: writes bytes, of which the stream may take fewer than
 * `len`. The number of bytes taken; -EPIPE, -ECONNRESET, … */
NR_MUST_USE_ nr_stream_write_future *
nr_stream_write(nr_stream *s, const void *buf, size_t len);
#define nr_stream_write(...) nr_stream_write_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_stream_write_future *nr_stream_write_at_(nr_stream *s,
                                                         const void *buf,
                                                         size_t len,
                                                         const char *place);

/* Awaitable ptrdiff_t: the same for `n` pieces of memory, one after the other;
 * any of them may be empty. A socket uses up to 1,024 pieces in one system
 * call; any other stream uses only the first piece that is not empty. So the
 * result may be less than the sum. -EINVAL if n is negative. */
NR_MUST_USE_ nr_stream_readv_future *nr_stream_readv(nr_stream *s,
                                                     const nr_iovec *v, int n);
#define nr_stream_readv(...) nr_stream_readv_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_stream_readv_future *
nr_stream_readv_at_(nr_stream *s, const nr_iovec *v, int n, const char *place);
NR_MUST_USE_ nr_stream_writev_future *
nr_stream_writev(nr_stream *s, const nr_iovec *v, int n);
#define nr_stream_writev(...) nr_stream_writev_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_stream_writev_future *
nr_stream_writev_at_(nr_stream *s, const nr_iovec *v, int n, const char *place);

/* Awaitable int: reads exactly `len` bytes. 0; -ENODATA if the stream ended
 * before; or the error of a read. */
NR_MUST_USE_ nr_stream_read_exact_future *
nr_stream_read_exact(nr_stream *s, void *buf, size_t len);
#define nr_stream_read_exact(...) \
    nr_stream_read_exact_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_stream_read_exact_future *
nr_stream_read_exact_at_(nr_stream *s, void *buf, size_t len,
                         const char *place);

/* Awaitable int: writes all `len` bytes. 0, or the error of a write. */
NR_MUST_USE_ nr_stream_write_all_future *
nr_stream_write_all(nr_stream *s, const void *buf, size_t len);
#define nr_stream_write_all(...) nr_stream_write_all_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_stream_write_all_future *
nr_stream_write_all_at_(nr_stream *s, const void *buf, size_t len,
                        const char *place);

/* ---- ending ---- */

enum { NR_SHUT_RD = 0, NR_SHUT_WR = 1, NR_SHUT_RDWR = 2 };

/* Awaitable int: ends one direction or both: `how` is NR_SHUT_RD, NR_SHUT_WR or
 * NR_SHUT_RDWR. After an end of writing the peer reads the end of the stream. A
 * reader that waits gets 0, a writer -EPIPE. 0, -ENOTCONN, -EINVAL, … */
NR_MUST_USE_ nr_stream_shutdown_future *nr_stream_shutdown(nr_stream *s,
                                                           int how);
#define nr_stream_shutdown(...) nr_stream_shutdown_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_stream_shutdown_future *
nr_stream_shutdown_at_(nr_stream *s, int how, const char *place);

/* Awaitable int: ends writing, then reads and drops what the peer still sends,
 * until its end, and for at most `ms` milliseconds in all. So a peer that is
 * still sending gets all of the answer, which a close at once might cut off.
 * 0; -ETIMEDOUT, after which a close may cut it off; -ECONNRESET, … Close the
 * stream afterwards in any case. */
NR_ASYNC_DECLARE(int, nr_stream_finish, ((nr_stream *, s), (uint64_t, ms)));

/* Closes the stream. The system still sends what was written. But if a TCP
 * stream has unread input, or the peer sends more, TCP resets the connection,
 * and what was written may not arrive (RFC 1122, section 4.2.2.13). To be sure
 * that it does, await nr_stream_finish before. NULL is fine. Threads: tasks of
 * its runtime. Ownership: takes `s`. */
void nr_stream_close(nr_stream *s);
#define nr_stream_close(...) nr_stream_close_at_(__VA_ARGS__, NR_PLACE_)
void nr_stream_close_at_(nr_stream *s, const char *place);

/* ---- copying ---- */

/* Awaitable int: reads `from` to its end and writes all of it to `to`, by a
 * buffer of 64 KiB of its own. On Linux the kernel moves the bytes where many
 * come at once and both are sockets or pipes; that takes two more descriptors
 * meanwhile, or is left if there are none. 0 or the error. *count_or_null is
 * set to 0 at the beginning and counts the bytes written, also where the copy
 * fails or is cancelled: then bytes that were read and not yet written are
 * lost. No other thread may read the count meanwhile. Neither stream is ended
 * or closed. */
NR_ASYNC_DECLARE(int, nr_copy,
                 ((nr_stream *, to), (nr_stream *, from),
                  (uint64_t *, count_or_null)));

/* Awaitable int: copies from `a` to `b` and from `b` to `a` until both have
 * ended. The end of one shuts the writing of the other one down. 0, or the
 * first error, which ends both directions. The counts are as in nr_copy:
 * counts[0] from a to b, counts[1] from b to a. Neither stream is closed. */
NR_ASYNC_DECLARE(int, nr_copy_both,
                 ((nr_stream *, a), (nr_stream *, b),
                  (uint64_t *, counts_or_null)));

/* ---- streams in memory ---- */

/* Makes a connected pair: what is written to one is read from the other. Up to
 * `capacity` bytes in each direction are written before they are read. What was
 * written before a close is still read; a write to a closed end, or to one that
 * is shut down for reading, is -EPIPE. Returns 0, -EINVAL (capacity 0) or
 * -ENOMEM. Ownership: the caller's, each ended by nr_stream_close. Threads:
 * any, as for its close; the ends may be used in different runtimes. */
int nr_duplex(size_t capacity, nr_stream *out[2]);

/* ---- streams of one's own ---- */

/*
 * TLS, compression, a rate limit, a test's double: a struct that begins with
 * `nr_stream base;`, of which `base.ops` points to a static nr_stream_ops and
 * the rest is zero. Everything above works on it, and so does all that is made
 * of streams. An async function whose result has the type is the usual way to
 * write an operation:
 *
 *     ASYNC_FN(ptrdiff_t, slow_read,
 *              ((slow *, s), (void *, buf), (size_t, len)), ptrdiff_t n;) { … }
 *
 *     static nr_stream_size_future *slow_read_op(nr_stream *s, void *buf,
 *                                                size_t len)
 *     {
 *         return (nr_stream_size_future *)slow_read((slow *)s, buf, len);
 *     }
 *
 * An operation gets a `len` that is not 0 and a valid `how`; close is called
 * once. A read results in at most `len`, a write in more than 0 or an error.
 * Cancelled, a read has taken no byte and a write none: the reader and the
 * copies rest on that. NULL is for a lack of memory. Whether two tasks may wait
 * in one direction, and what becomes of one that waits at a close, each kind
 * says for itself.
 */
typedef struct nr_stream_ops {
    const char *kind; /* "tls", for those who look at a running program */
    nr_stream_size_future *(*read)(nr_stream *s, void *buf, size_t len);
    nr_stream_size_future *(*write)(nr_stream *s, const void *buf, size_t len);
    nr_stream_int_future *(*shutdown)(nr_stream *s, int how);
    void (*close)(nr_stream *s);
} nr_stream_ops;

struct nr_stream {
    const nr_stream_ops *ops;
    struct nr_registration *io_; /* of a socket of nanorun's, else NULL */
};

/* ---- listeners ---- */

/* Stores the address that the listener is bound to. Returns 0, or -ENOTSUP if
 * it has no IP address, as one of a Unix socket. Threads: any. */
int nr_listener_addr(const nr_listener *l, nr_addr *out);
#define nr_listener_addr(...) nr_listener_addr_at_(__VA_ARGS__, NR_PLACE_)
int nr_listener_addr_at_(const nr_listener *l, nr_addr *out, const char *place);

/* Awaitable int: accepts the next connection. 0 and *out set, and *peer_or_null
 * unless that is NULL, to zeros if the listener has no IP address; or -EMFILE,
 * -ENFILE or -ENOMEM, after which accepting can be tried again. With -ENOMEM
 * the connection may have been closed. The first accept makes the listener one
 * of the running task's runtime. One task at a time may wait. Ownership of
 * *out: the caller's, ended by nr_stream_close. */
NR_MUST_USE_ nr_listener_accept_future *
nr_listener_accept(nr_listener *l, nr_stream **out, nr_addr *peer_or_null);
#define nr_listener_accept(...) nr_listener_accept_at_(__VA_ARGS__, NR_PLACE_)
NR_MUST_USE_ nr_listener_accept_future *
nr_listener_accept_at_(nr_listener *l, nr_stream **out, nr_addr *peer_or_null,
                       const char *place);

/* Closes the listener. NULL is fine. Threads: any before the first accept, then
 * tasks of its runtime. Ownership: takes `l`. */
void nr_listener_close(nr_listener *l);
#define nr_listener_close(...) nr_listener_close_at_(__VA_ARGS__, NR_PLACE_)
void nr_listener_close_at_(nr_listener *l, const char *place);

#ifdef __cplusplus
}
#endif

#endif
