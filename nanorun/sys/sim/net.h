/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_NET_H
#define NANORUN_SYS_SIM_NET_H

/*
 * The entry of every call on the simulated network, and the limit on sockets
 * and pollers. The network is one host with the loopback addresses, and its
 * sockets are numbers. Calls: world, threads.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* Called at the start of each call of the contract. Stops the process outside a
 * run. */
void nr_sim_net_point(void);

/* Returns 0 if there can be one more, -EMFILE at the limit, or now and then
 * -EMFILE or -ENFILE, as the run's configuration says. */
int nr_sim_net_no_file(void);

/* Count a socket or poller that was opened, or closed. */
void nr_sim_net_add(void);
void nr_sim_net_remove(void);

/* How many sockets and pollers there are now. */
unsigned nr_sim_net_open(void);

/* Sets the limit until the run ends, as a limit on descriptors does. Returns
 * the limit before. */
unsigned nr_sim_net_limit(unsigned open_max);

#ifdef __cplusplus
}
#endif

#endif
