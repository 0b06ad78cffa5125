/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_END_H
#define NANORUN_SYS_SIM_END_H

/* A connection has two ends. This file defines an end, and tells pollers when
 * it is ready. Calls: world, events, watches, pipe, inbox; it reads
 * sockets. */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/sys/sim/events.h"
#include "nanorun/sys/sim/pipe.h"
#include "nanorun/sys/sim/sockets.h"

typedef enum nr_sim_end_state {
    NR_SIM_CONNECTING,
    NR_SIM_CONNECTED,
    NR_SIM_CLOSED /* in both directions, or never came to be */
} nr_sim_end_state;

typedef struct nr_sim_end {
    struct nr_sim_end *other; /* of the same connection */
    nr_sim_end_state state;
    int error; /* why it closed, until a call has said so; positive */
    bool shut_read;
    bool shut_write;
    bool has_ended;     /* the other's end of stream has arrived */
    bool is_held;       /* by a socket, or the queue of a listener */
    bool is_acceptable; /* in the queue, and made */
    nr_addr local;
    nr_sim_socket *socket;   /* and its copies, or else NULL */
    nr_sim_socket *listener; /* in whose queue it is, or else NULL */
    struct nr_sim_end *next; /* in the queue */
    nr_sim_pipe in;
} nr_sim_end;

/* The ends are freed together, when neither is held. */
typedef struct nr_sim_conn {
    nr_sim_end ends[2]; /* who connects, who accepts */
    nr_sim_event handshake;
    unsigned tries;
    uint64_t name; /* of a Unix socket's: the number of where it goes */
    char rings[2][NR_SIM_PIPE_SIZE]; /* the only part that is not zeroed */
} nr_sim_conn;

/* Neither end is held. NULL: no memory. */
nr_sim_conn *nr_sim_conn_alloc(void);
void nr_sim_conn_free(nr_sim_conn *c);

/* The connection of either end. */
nr_sim_conn *nr_sim_conn_of(nr_sim_end *e);

/* In which directions a call would not block: NR_SYS_READABLE |
 * NR_SYS_WRITABLE. */
uint32_t nr_sim_end_ready(const nr_sim_end *e);
uint32_t nr_sim_socket_ready(const nr_sim_socket *s);

/* The same with NR_SYS_FOREIGN_ERROR and NR_SYS_FOREIGN_HANGUP. */
uint32_t nr_sim_socket_ready_or_failed(const nr_sim_socket *s);

/* Reports to pollers that the end has become ready: in the directions of
 * `ready`, or in both if it hung up, but only where a call would not block. */
void nr_sim_end_changed(nr_sim_end *e, uint32_t ready);

/* Makes `s`, which is none of its sockets yet, one more. */
void nr_sim_end_add_socket(nr_sim_end *e, nr_sim_socket *s);

/* Takes one of its sockets away. Returns whether it was the last. */
bool nr_sim_end_remove_socket(nr_sim_end *e, nr_sim_socket *s);

/* Closes it at once, with an error for the next call. */
void nr_sim_end_fail(nr_sim_end *e, int error);

/* Returns why the end closed, as a negative error, and 0 in later calls. */
int nr_sim_end_take_error(nr_sim_end *e);

/* The name of an end in the trace: "socket 3", or "port 80" without one. */
#define NR_SIM_END_FORMAT "%s %d"
#define NR_SIM_END_NAME(e)             \
    ((e)->socket ? "socket" : "port"), \
        ((e)->socket ? (int)(e)->socket->number : (e)->local.port_)

#endif
