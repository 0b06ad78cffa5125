/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_NET_H
#define NANORUN_SYS_SIM_NET_H

/*
 * What every call on the simulated network goes through, and how many sockets
 * and pollers there can be. The network is one host, whose addresses are those
 * of loopback, and whose sockets are numbers. Calls: world, threads.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* First of all in each call. Stops the process outside a run. */
void nr_sim_net_point(void);

/* Whether there can be one more: 0, or -EMFILE at the limit, or now and then
 * -EMFILE or -ENFILE, as the run's configuration has it. */
int nr_sim_net_no_file(void);

/* Count a socket or poller that came to be, that is gone. */
void nr_sim_net_add(void);
void nr_sim_net_remove(void);

/* How many sockets and pollers there are now. */
unsigned nr_sim_net_open(void);

/* Lets there be so many, as a limit on descriptors does, until the run ends.
 * Returns how many there could be until now. */
unsigned nr_sim_net_limit(unsigned open_max);

#ifdef __cplusplus
}
#endif

#endif
