/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_HTTP_CONNECTION_H
#define NANORUN_EXAMPLES_HTTP_CONNECTION_H

/*
 * One connection of the HTTP server: requests in, replies out.
 */

#include <stdint.h>

#include "nanorun/async.h"
#include "nanorun/io/tcp.h"

typedef struct http_site {
    char *root;       /* from http_root_find; NULL: there are no files */
    uint64_t idle_ms; /* for a client to send a request, or to take a chunk */
} http_site;

/* Awaitable void: serves what the client asks for, until it has had enough,
 * says something wrong or is too slow. Takes the stream; the site must
 * outlive the call. */
ASYNC_DECLARE(void, http_serve,
              ((nr_stream *, stream), (const http_site *, site)));

#endif
