/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_DATAGRAM_H
#define NANORUN_SYS_DATAGRAM_H

/*
 * The type of a datagram among several that one call receives or sends. Public
 * by nanorun/io/udp.h.
 */

#include <stddef.h>

#include "nanorun/sys/ip.h"

typedef struct nr_datagram {
    void *buf;
    size_t size;  /* the room in `buf`, for receiving */
    size_t len;   /* of the datagram, which may be larger than `size` when it
                     was received */
    nr_addr addr; /* where it comes from, or goes to */
} nr_datagram;

#endif
