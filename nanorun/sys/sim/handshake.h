/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_HANDSHAKE_H
#define NANORUN_SYS_SIM_HANDSHAKE_H

/* How a connection comes to be, from both sides. Calls: host, world, events,
 * sockets, watches, end, transit, stream. */

#include "nanorun/sys/sim/end.h"
#include "nanorun/sys/sim/sockets.h"
#include "nanorun/sys/socket.h"

/* Whether `s` can connect to `to`: 0 or the error. */
int nr_sim_connect_check(const nr_sim_socket *s, const nr_addr *to);

/* Starts it, by `c`, whose first end is held by `s` from now on. Returns as
 * nr_sys_socket_connect. */
int nr_sim_connect(nr_sim_socket *s, nr_sim_conn *c, const nr_addr *to);

/* Takes the oldest connection out of a listener's queue; NULL: none is made. */
nr_sim_end *nr_sim_queue_pop(nr_sim_socket *listener);

/* Resets all connections in the queue. */
void nr_sim_queue_close(nr_sim_socket *listener);

#endif
