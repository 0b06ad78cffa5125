/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_SOCKETS_H
#define NANORUN_SYS_SIM_SOCKETS_H

/*
 * The table of open sockets. A new socket gets the lowest free number, as
 * systems do, so code that uses the number of a closed socket meets another
 * socket.
 *
 * Allocating and freeing use atomics, and so let other threads run. So every
 * operation of the network allocates first and frees last, and no other thread
 * runs in between.
 *
 * Calls: host, net; it has inboxes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/sim/inbox.h"
#include "nanorun/sys/socket.h"

/* Defined in end.h, names.h and watches.h, which include this file. */
struct nr_sim_end;
struct nr_sim_name;
struct nr_sim_watch;

typedef struct nr_sim_socket {
    nr_sys_socket number;
    bool is_v6;
    bool is_unix;
    bool is_listening;
    bool is_dual;     /* a listener at `[::]`: takes IPv4 too */
    bool resets;      /* when it is closed */
    bool shares_port; /* accepted: its port is its listener's */
    nr_addr local;    /* port 0: none yet */
    /* Of a listener: connections to be accepted, the oldest first. */
    struct nr_sim_end *queue;
    unsigned queue_len;
    unsigned backlog;
    struct nr_sim_name *name;     /* of a Unix listener, while it has it */
    struct nr_sim_end *end;       /* of a connection; NULL: never connected */
    struct nr_sim_socket *copies; /* others of the same end, behind this one */
    struct nr_sim_watch *watches; /* by pollers */
    bool is_udp;                  /* has an inbox and no end */
    nr_sim_inbox inbox;
} nr_sim_socket;

/* Memory for a socket, zeroed but for `is_v6`, or NULL. Not in the table. */
nr_sim_socket *nr_sim_socket_alloc(bool is_v6);

/* Gives it a number and puts it into the table. Returns 0 or -EMFILE. */
int nr_sim_socket_number(nr_sim_socket *s);

/* Returns the open socket of that number, or NULL. */
nr_sim_socket *nr_sim_socket_find(nr_sys_socket number);

/* The same, but it must exist. */
nr_sim_socket *nr_sim_socket_get(nr_sys_socket number);

/* Takes it out of the table. */
void nr_sim_socket_remove(nr_sim_socket *s);

/* The open socket of the lowest number from `from` on; NULL: no more. */
nr_sim_socket *nr_sim_socket_next(nr_sys_socket from);

/* Returns the listener that a connection to `to` reaches: one at that address
 * if there is one, else one at all addresses. */
nr_sim_socket *nr_sim_socket_listener(const nr_addr *to);

/* Whether another socket prevents a listener, or one for datagrams, at `at`. */
bool nr_sim_socket_is_taken(const nr_addr *at, bool is_dual, bool is_udp);

/* A port that no socket has, of either family. */
uint16_t nr_sim_socket_free_port(void);

/* Between two runs: ports are given anew from the first. */
void nr_sim_sockets_reset(void);

#endif
