/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_UDP_SOCKET_H
#define NANORUN_IO_NET_UDP_SOCKET_H

/* A datagram socket, for what receives and sends (udp.c). For io only. */

#include <stdbool.h>

#include "nanorun/io/reactor/registration.h"
#include "nanorun/io/udp.h"
#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nr_udp {
    nr_registration io;
    nr_atomic_u32 has_peer;   /* from the first connect on */
    nr_atomic_u32 kept_error; /* for the next call, positive; 0: none */
    bool is_v6;
};

/* Returns 0 if a datagram can go to `to`, or the error. */
int nr_udp_check_to(const nr_udp *u, const nr_addr *to);

#ifdef __cplusplus
}
#endif

#endif
