/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_TCP_STREAM_H
#define NANORUN_IO_NET_TCP_STREAM_H

/*
 * What the tcp_*.c files share: a stream, which is no more than its
 * registration. For io only.
 */

#include <stddef.h>

#include "nanorun/io/reactor/registration.h"
#include "nanorun/io/tcp.h"

/* nr_registration_open wants the beginning of the block. */
struct nr_tcp_stream {
    nr_registration io;
};
_Static_assert(offsetof(struct nr_tcp_stream, io) == 0,
               "a stream begins with its registration");

/* Makes a stream of a socket that is connected or about to be. Returns 0 or
 * -ENOMEM. Ownership: takes `s`, which is closed on failure. */
int nr_tcp_stream_open(nr_registry *registry, nr_sys_socket s,
                       nr_tcp_stream **out);

#endif
