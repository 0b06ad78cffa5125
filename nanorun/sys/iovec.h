/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_IOVEC_H
#define NANORUN_SYS_IOVEC_H

/*
 * The type of a piece of memory among several that one call reads or writes.
 * Public by nanorun/io/stream.h.
 */

#include <stddef.h>

/* As POSIX has it, in this order. */
typedef struct nr_iovec {
    void *base;
    size_t len;
} nr_iovec;

#endif
