/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_NET_H
#define NANORUN_SYS_SIM_NET_H

/*
 * The simulated network, as a run sees it: one host, whose addresses are those
 * of loopback, and whose sockets are numbers.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* By the last thread of a run: closes what is still open and forgets what is on
 * its way. Returns how many sockets were never closed. */
unsigned nr_sim_net_end(void);

/* How many sockets and pollers there are now. */
unsigned nr_sim_net_open(void);

/* Lets there be so many, as a limit on descriptors does, until the run ends.
 * Returns how many there could be until now. */
unsigned nr_sim_net_limit(unsigned open_max);

#ifdef __cplusplus
}
#endif

#endif
