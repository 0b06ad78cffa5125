/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_TCP_STREAM_H
#define NANORUN_IO_NET_TCP_STREAM_H

/*
 * Shared by the tcp_*.c files: a stream, which consists of its registration
 * only. For io only.
 */

#include <stddef.h>

#include "nanorun/io/reactor/registration.h"
#include "nanorun/io/tcp.h"

/* nr_registration_open takes a pointer to the beginning of the block. */
struct nr_tcp_stream {
    nr_registration io;
};
_Static_assert(offsetof(struct nr_tcp_stream, io) == 0,
               "a stream begins with its registration");

/* Makes a stream of a socket that is connected or connecting. Returns 0 or
 * -ENOMEM. Ownership: takes `s`, and closes it on failure. */
int nr_tcp_stream_open(nr_registry *registry, nr_sys_socket s,
                       nr_tcp_stream **out);

#endif
