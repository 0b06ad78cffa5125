/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_HTTP_FILES_H
#define NANORUN_EXAMPLES_HTTP_FILES_H

/*
 * Finds the file for the path of an HTTP request, but none outside of the
 * served directory. Threads: any; these calls may wait for a disk.
 */

#include <stdint.h>
#include <stdio.h>

typedef struct http_file {
    FILE *stream; /* the caller closes it */
    uint64_t size;
    const char *type; /* static, as "text/html" */
} http_file;

/* The directory to serve, as an absolute path without symbolic links; NULL and
 * errno when there is none. Ownership: the caller's, to free. */
char *http_root_find(const char *directory);

/* Opens the file that `path`, decoded and beginning with '/', names below
 * `root`; of a directory that is its index.html. Returns 200, or the status
 * to answer with: 404 for what is not there or not to be seen, 503 when the
 * process is out of descriptors or memory. */
int http_file_open(const char *root, const char *path, http_file *out);

#endif
