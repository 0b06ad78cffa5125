/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_HTTP_REPLY_H
#define NANORUN_EXAMPLES_HTTP_REPLY_H

/*
 * The replies of the HTTP server: a status with a file or a text. Uses files,
 * but no sockets. Threads: any.
 */

#include <stdbool.h>
#include <stddef.h>

#include "examples/http_files.h"
#include "examples/http_request.h"

enum { HTTP_REPLY_HEAD_MAX = 512 }; /* bytes that any reply's head fits in */

typedef struct http_reply {
    int status;
    bool keep_alive;
    uint64_t left;    /* bytes of the content that were not read yet */
    const char *text; /* the content, static; or NULL, and that is */
    http_file file;   /* in this file */
} http_reply;

/* The reply to a good request: a file below `root`, from http_root_find, or a
 * page that is always there. `root` may be NULL. */
http_reply http_reply_find(const char *root, const http_request *request);

/* The reply that is a status only, and with which the connection ends. */
http_reply http_reply_error(int status);

/* Writes the head to buf, before any of the content was read. Returns its
 * size. */
size_t http_reply_head(const http_reply *reply, char *buf, size_t buf_size);

/* Reads the next bytes of the content. Returns their number; 0: it has ended,
 * or, where some are left, the file cannot be read. Reading a file blocks the
 * thread until the disk has answered: fine for small files, which are mostly in
 * memory, not for a server of films. */
size_t http_reply_read(http_reply *reply, char *buf, size_t buf_size);

/* Closes its file, if there is one. Twice is once. */
void http_reply_close(http_reply *reply);

#endif
