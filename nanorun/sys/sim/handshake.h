/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_HANDSHAKE_H
#define NANORUN_SYS_SIM_HANDSHAKE_H

/* Making a connection, on both sides. Calls: host, world, events, sockets,
 * names, watches, end, transit, end_call. */

#include "nanorun/sys/sim/end.h"
#include "nanorun/sys/sim/sockets.h"
#include "nanorun/sys/socket.h"

/* Returns 0 if `s` can connect to `to`, or the error. */
int nr_sim_connect_check(const nr_sim_socket *s, const nr_addr *to);

/* Starts the connection `c`, whose first end `s` holds from now on. Returns as
 * nr_sys_socket_connect. */
int nr_sim_connect(nr_sim_socket *s, nr_sim_conn *c, const nr_addr *to);

/* Starts the connection `c` of the Unix socket `s` to a name, which has a
 * listener. Returns the same. */
int nr_sim_connect_unix(nr_sim_socket *s, nr_sim_conn *c,
                        const struct nr_sim_name *name);

/* Takes the oldest connection out of a listener's queue, or returns NULL if
 * none is made yet. */
nr_sim_end *nr_sim_queue_pop(nr_sim_socket *listener);

/* Resets all connections in the queue. */
void nr_sim_queue_close(nr_sim_socket *listener);

#endif
