/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_DATAGRAM_H
#define NANORUN_SYS_SIM_DATAGRAM_H

/* The way of a datagram from socket to socket. Calls: host, world, events,
 * inbox, sockets, watches, transit. */

#include "nanorun/sys/sim/sockets.h"

/* Sends it on its way, where it may be lost. The caller has checked the
 * address, the length, and that there is room. */
void nr_sim_datagram_send(nr_sim_socket *s, const nr_addr *to, const char *buf,
                          size_t len);

/* Whether it goes to all that listen: 127.255.255.255, 255.255.255.255. */
bool nr_sim_addr_is_broadcast(const nr_addr *to);
bool nr_sim_addr_is_group(const nr_addr *to);

/* The datagram is used no more. */
void nr_sim_datagram_free(nr_sim_datagram *d);

/* A datagram socket is closed: what it has not received is lost, and what it
 * has sent travels on. */
void nr_sim_datagram_close(nr_sim_socket *s);

/* Forgets all that is on its way. */
void nr_sim_datagrams_reset(void);

#endif
