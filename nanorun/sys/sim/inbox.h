/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_INBOX_H
#define NANORUN_SYS_SIM_INBOX_H

/* What a datagram socket has: its peer, its groups, and the datagrams that have
 * arrived and wait to be received. Calls: host. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/sim/events.h"
#include "nanorun/sys/socket.h"

/* The most bytes of a datagram over IPv4, and here over IPv6, too. What a
 * datagram costs of a buffer beside its bytes. How many groups a socket can
 * be in. */
enum {
    NR_SIM_DATAGRAM_MAX = 65507,
    NR_SIM_DATAGRAM_COST = 256,
    NR_SIM_GROUPS_MAX = 20
};

typedef struct nr_sim_datagram {
    struct nr_sim_datagram *next; /* in the inbox */
    nr_sim_event travel;
    struct nr_sim_socket *sender; /* while it is open */
    nr_sys_socket only; /* the number of one of several receivers, or none */
    nr_addr from;
    nr_addr to;
    size_t len;
    bool is_used;
    char bytes[NR_SIM_DATAGRAM_MAX];
} nr_sim_datagram;

typedef struct nr_sim_inbox {
    nr_sim_datagram *first;
    size_t in_size; /* of what is in it, with the costs, and its limit */
    size_t in_max;
    size_t out_size; /* of what the socket has sent and is on its way */
    size_t out_max;
    uint64_t order_ns; /* when the last one arrives of those in order */
    int error;         /* an answer to an earlier datagram; positive */
    bool may_broadcast;
    bool has_peer;
    nr_addr peer;
    nr_addr groups[NR_SIM_GROUPS_MAX];
    unsigned group_count;
} nr_sim_inbox;

/* In which directions a call would not block: NR_SYS_READABLE |
 * NR_SYS_WRITABLE. */
uint32_t nr_sim_inbox_ready(const nr_sim_inbox *in);

void nr_sim_inbox_push(nr_sim_inbox *in, nr_sim_datagram *d);

/* Returns the oldest, or NULL if there is none. */
nr_sim_datagram *nr_sim_inbox_pop(nr_sim_inbox *in);

/* Returns the error as a negative one, and 0 in later calls. */
int nr_sim_inbox_take_error(nr_sim_inbox *in);

/* The place of a group, or group_count. */
unsigned nr_sim_inbox_group(const nr_sim_inbox *in, const nr_addr *group);

#endif
