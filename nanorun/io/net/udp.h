/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_NET_UDP_H
#define NANORUN_IO_NET_UDP_H

/* A datagram socket, for udp.c and udp_many.c. For io only. */

#include "nanorun/io/reactor/registration.h"
#include "nanorun/io/udp.h"
#include "nanorun/sys/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nr_udp {
    nr_registration io;
    nr_atomic_u32 has_peer; /* from the first connect on */
    bool is_v6;
};

/* No system sends more, whatever the family. */
enum { NR_UDP_LEN_MAX = 65535 };

/* Returns 0 if a datagram may be sent to `to`, or the error. */
int nr_udp_check_to(const nr_udp *u, const nr_addr *to);

#ifdef __cplusplus
}
#endif

#endif
