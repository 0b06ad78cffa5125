/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_LISTEN_H
#define NANORUN_EXAMPLES_LISTEN_H

/*
 * Shared by the servers of this folder: opening a listener, and accepting with
 * retries.
 */

#include "nanorun/async.h"
#include "nanorun/io/stream.h"

/* Listens at the address in `text`: of TCP, as "127.0.0.1:7000", where port 0
 * picks a free one; or of a Unix socket, as "/run/echo" or "@echo". Prints
 * "listening on 127.0.0.1:7000" to stdout, or to stderr why not. Returns 0 or a
 * negative errno. Inside a task only. Ownership: the caller closes *out. */
int listen_at(const char *text, nr_listener **out);

/* Awaitable stream: the next connection, which the caller closes, or NULL when
 * there will be no more. Where the process is out of descriptors or memory it
 * waits for some to come back. ASYNC_DECLARE is how a header shows an async
 * function to other files. */
ASYNC_DECLARE(nr_stream *, accept_next, ((nr_listener *, listener)));

#endif
