/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_SOCKETS_H
#define NANORUN_SYS_SIM_SOCKETS_H

/*
 * The table of open sockets. A number is given anew as soon as it is free, the
 * lowest first, as systems do: whoever uses one too long meets another's
 * socket.
 *
 * Allocating and freeing let other threads run, as atomics are in there. So
 * everywhere in the network what is needed is allocated first and what is left
 * is freed last; in between, nothing else happens.
 *
 * Calls: host, net.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/socket.h"

/* Of end.h and watches.h, which stand on this file. */
struct nr_sim_end;
struct nr_sim_watch;

typedef struct nr_sim_socket {
    nr_sys_socket number;
    bool is_v6;
    bool is_listening;
    bool shares_port; /* accepted: its port is its listener's */
    nr_addr local;    /* port 0: none yet */
    /* Of a listener: connections to be accepted, the oldest first. */
    struct nr_sim_end *queue;
    unsigned queue_len;
    unsigned backlog;
    struct nr_sim_end *end;       /* of a connection; NULL: never connected */
    struct nr_sim_watch *watches; /* by pollers */
} nr_sim_socket;

/* Memory for a socket, zeroed but for `is_v6`, or NULL. Not in the table. */
nr_sim_socket *nr_sim_socket_alloc(bool is_v6);

/* Gives it a number and puts it into the table. Returns 0 or -EMFILE. */
int nr_sim_socket_number(nr_sim_socket *s);

/* By its number, which must be open. */
nr_sim_socket *nr_sim_socket_get(nr_sys_socket number);

/* Takes it out of the table. */
void nr_sim_socket_remove(nr_sim_socket *s);

/* The open socket of the lowest number from `from` on; NULL: no more. */
nr_sim_socket *nr_sim_socket_next(nr_sys_socket from);

/* Who hears a connection to `to`, rather at that address than at any. */
nr_sim_socket *nr_sim_socket_listener(const nr_addr *to);

/* Whether a listener at `at` would be in another socket's way. */
bool nr_sim_socket_is_taken(const nr_addr *at);

/* A port that no socket of the family has. */
uint16_t nr_sim_socket_free_port(bool is_v6);

/* Between two runs: ports are given anew from the first. */
void nr_sim_sockets_reset(void);

#endif
