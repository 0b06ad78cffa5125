/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_HTTP_TARGET_H
#define NANORUN_EXAMPLES_HTTP_TARGET_H

/*
 * Converts the target of an HTTP request, "/a%20b?query", to the path that it
 * names, "/a b". No I/O and no state. Threads: any.
 */

#include "examples/http_text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { HTTP_PATH_MAX = 1024 }; /* bytes of a path with its zero byte */

/* Writes the decoded path to `out`, of HTTP_PATH_MAX bytes: it begins with '/'
 * and holds no control characters, so no zero byte but its last. Returns 200,
 * or the status to answer with: 400, 414. */
int http_target_decode(http_text target, char *out);

#ifdef __cplusplus
}
#endif

#endif
