/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_INTERNAL_TCP_STREAM_H
#define NANORUN_IO_INTERNAL_TCP_STREAM_H

/*
 * What the tcp_*.c files share: the objects, which are no more than their
 * registrations, and the step between the two forms of an address. For io
 * only.
 */

#include <stddef.h>

#include "nanorun/io/internal/waiter.h"
#include "nanorun/io/tcp.h"

/* nr_registration_open wants the beginning of the block. */
struct nr_tcp_listener {
    nr_registration io;
};
struct nr_tcp_stream {
    nr_registration io;
};
_Static_assert(offsetof(struct nr_tcp_listener, io) == 0 &&
                   offsetof(struct nr_tcp_stream, io) == 0,
               "both begin with their registration");

/* Makes a stream of a socket that is connected or about to be. Returns 0 or
 * -ENOMEM. Ownership: takes `s`, which is closed on failure. */
int nr_tcp_stream_open(nr_reactor *reactor, nr_sys_socket s,
                       nr_tcp_stream **out);

nr_addr nr_addr_from_sys(const nr_sys_addr *from);
nr_sys_addr nr_addr_to_sys(const nr_addr *from);

#endif
