/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_FETCH_H
#define NANORUN_EXAMPLES_FETCH_H

#include "nanorun/async.h"
#include "nanorun/io/addr.h"

/* Awaitable ptrdiff_t: what an HTTP server answers to a GET of `path`, header
 * and all, as text in `buf`: its length, or a negative errno. What does not fit
 * `size` bytes is cut. All three pointers must live until the await ends. */
ASYNC_DECLARE(ptrdiff_t, fetch,
              ((const nr_addr *, addr), (const char *, path), (char *, buf),
               (size_t, size)));

#endif
