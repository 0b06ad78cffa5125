/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_FETCH_H
#define NANORUN_EXAMPLES_FETCH_H

#include "nanorun/async.h"
#include "nanorun/io/addr.h"

/* Awaitable ptrdiff_t: gets `path` from an HTTP server, and stores the reply
 * with its header as text in `buf`, cut to `size` bytes. The length of the
 * text, or a negative errno. All three pointers must live until the await
 * ends. */
ASYNC_DECLARE(ptrdiff_t, fetch,
              ((const nr_addr *, addr), (const char *, path), (char *, buf),
               (size_t, size)));

#endif
