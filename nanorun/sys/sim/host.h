/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_HOST_H
#define NANORUN_SYS_SIM_HOST_H

/* The addresses of the simulated host: 127.0.0.0/8 and ::1. Calls no other
 * file. */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/sys/socket.h"

/* 0.0.0.0 or ::, which stand for all addresses of their family. */
bool nr_sim_addr_is_any(const nr_addr *a);

/* Whether it is one of the host's, or stands for all of them. */
bool nr_sim_addr_is_local(const nr_addr *a);

nr_addr nr_sim_addr_loopback(bool is_v6, uint16_t port);

/* `a` as a socket sees it: for one of IPv6, ::ffff:a for an address of IPv4. */
nr_addr nr_sim_addr_as_seen(const nr_addr *a, bool by_v6);

/* Whether the addresses are the same, the port aside or with it. */
bool nr_sim_addr_is_same_ip(const nr_addr *a, const nr_addr *b);
bool nr_sim_addr_is_same(const nr_addr *a, const nr_addr *b);

/* Whether a connection to `to` reaches a listener at `at`. No two listeners can
 * be reached by the same connection. */
bool nr_sim_addr_hears(const nr_addr *at, const nr_addr *to);

#endif
