/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_NET_END_H
#define NANORUN_SYS_SIM_NET_END_H

/* The end of the simulated network. Calls: net, sockets, names,
 * watches, datagram, socket. */

#ifdef __cplusplus
extern "C" {
#endif

/* By the last thread of a run: closes what is still open and forgets what is on
 * its way. Returns how many sockets were never closed. */
unsigned nr_sim_net_end(void);

#ifdef __cplusplus
}
#endif

#endif
