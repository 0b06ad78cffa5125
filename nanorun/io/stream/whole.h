/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_STREAM_WHOLE_H
#define NANORUN_IO_STREAM_WHOLE_H

/*
 * read_exact and write_all of a stream that is no socket, over its read and
 * write; and futures that are ready at once. For io only.
 */

#include "nanorun/io/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

NR_ASYNC_DECLARE(int, nr_read_whole,
                 ((nr_stream *, s), (void *, buf), (size_t, len)));
NR_ASYNC_DECLARE(int, nr_write_whole,
                 ((nr_stream *, s), (const void *, buf), (size_t, len)));

/* Awaitables whose result is `result`. */
nr_stream_size_future *nr_size_at_once(ptrdiff_t result);
nr_stream_int_future *nr_int_at_once(int result);

#ifdef __cplusplus
}
#endif

#endif
