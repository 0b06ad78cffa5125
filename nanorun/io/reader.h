/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_READER_H
#define NANORUN_IO_READER_H

/*
 * Buffered reading from any stream: lines, records, small pieces. Bytes that
 * were read and not yet taken stay in the buffer, also when a read is
 * cancelled. So TIMEOUT_MS and SELECT around a read lose nothing, unless
 * nr_reader_exact asks for more than the buffer holds.
 *
 * The buffer is the caller's and lives as long as the reader, which owns
 * nothing: nothing has to be called at its end. One task at a time uses a
 * reader. While it has buffered bytes, read the stream through it only, and do
 * not close the stream under it.
 */

#include "nanorun/io/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_reader {
    /* nanorun's */
    nr_stream *from_;
    char *buf_;
    size_t size_;
    size_t start_; /* what is buffered is from here … */
    size_t end_;   /* … to here */
} nr_reader;

/* Reads from `from` through the `size` bytes at `buf`; size is at least 1. */
void nr_reader_init(nr_reader *r, nr_stream *from, void *buf, size_t size);

/* Returns the number of bytes that can be read without waiting. */
size_t nr_reader_buffered(const nr_reader *r);

/* Awaitable ptrdiff_t: takes all bytes up to and with the first `delimiter`, a
 * byte. Results in their number and sets *piece, which points into the buffer,
 * has no NUL behind it, and is valid until the next call of the reader. At the
 * end of the stream the rest comes without a delimiter, then 0. -ENOBUFS: there
 * is no delimiter in a full buffer; the bytes stay, and nr_reader_read takes
 * them. Or the error of the stream's read. */
NR_ASYNC_DECLARE(ptrdiff_t, nr_reader_until,
                 ((nr_reader *, r), (int, delimiter), (char **, piece)));

/* Awaitable ptrdiff_t: as nr_stream_read. What is buffered comes first, and
 * alone. */
NR_ASYNC_DECLARE(ptrdiff_t, nr_reader_read,
                 ((nr_reader *, r), (void *, buf), (size_t, len)));

/* Awaitable int: as nr_stream_read_exact. If `len` is at most the size of the
 * buffer, one that is cancelled or fails takes nothing; of more, bytes may be
 * lost. */
NR_ASYNC_DECLARE(int, nr_reader_exact,
                 ((nr_reader *, r), (void *, buf), (size_t, len)));

#ifdef __cplusplus
}
#endif

#endif
