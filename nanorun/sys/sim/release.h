/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_RELEASE_H
#define NANORUN_SYS_SIM_RELEASE_H

/* The end of sockets, also of those that are on their way in a parcel. Calls:
 * sockets, names, watches, parcel, end, end_call, handshake, datagram. */

#include <stddef.h>

#include "nanorun/sys/sim/end.h"
#include "nanorun/sys/sim/sockets.h"

/* Closes and frees a socket that has no number, and what was on its way to it
 * alone. */
void nr_sim_socket_release(nr_sim_socket *s);

/* Releases what is in lost parcels. At the end of a call. */
void nr_sim_release_lost(void);

/* Reads as nr_sim_end_read does, and releases the sockets that came with the
 * bytes. */
ptrdiff_t nr_sim_read_alone(nr_sim_end *e, void *buf, size_t len);

#endif
