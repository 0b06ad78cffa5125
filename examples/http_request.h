/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_HTTP_REQUEST_H
#define NANORUN_EXAMPLES_HTTP_REQUEST_H

/*
 * The head of an HTTP/1.x request (RFC 9112), read from a buffer. Pure: no
 * I/O, no memory of its own, no state between calls. Any thread.
 *
 * It is strict where leniency has made proxies and servers disagree on where
 * a request ends: a line ends in CR LF and nothing else, no blank before a
 * colon, no folded lines, one Host. Requests with a body are refused.
 */

#include <stdbool.h>
#include <stddef.h>

#include "examples/http_target.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HTTP_HEAD_MAX = 8192 }; /* bytes; a buffer of this size will do */

typedef enum http_verdict {
    HTTP_NEED_MORE, /* so far it is fine; ask again with more bytes */
    HTTP_PARSED,
    HTTP_BAD /* answer with `status` and close the connection */
} http_verdict;

typedef struct http_request {
    int status;               /* 200, or 400, 405, 413, 414, 431, 501, 505 */
    size_t size;              /* bytes of the buffer that it takes */
    bool is_head;             /* HEAD, else GET */
    bool keep_alive;          /* the client would like to send more after it */
    char path[HTTP_PATH_MAX]; /* what http_target_decode made of its target */
} http_request;

/* Reads the request that begins at buf[0], of which `len` bytes are there.
 * HTTP_PARSED sets all of *out, and out->size <= len; HTTP_BAD says nothing
 * but the status; otherwise *out means nothing. */
http_verdict http_request_parse(const char *buf, size_t len, http_request *out);

#ifdef __cplusplus
}
#endif

#endif
