/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_STREAM_H
#define NANORUN_SYS_SIM_STREAM_H

/*
 * A connection: two ends, each with the bytes that are on their way to it or
 * wait in it to be read. Linux's TCP is what it does; what Linux leaves to
 * chance is drawn.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/sim/sockets.h"
#include "nanorun/sys/sim/world.h"

enum { NR_SIM_PIPE_SIZE = 65536 };

/* What goes to an end. The counts are of bytes since the connection was made,
 * and released <= read <= arrived <= due <= written <= released + room. */
typedef struct nr_sim_pipe {
    uint64_t written;
    uint64_t due; /* arrive by `arrival`; the rest of `written` after them */
    uint64_t arrived;
    uint64_t read;
    uint64_t released;   /* the writer knows that they are read */
    uint32_t room;       /* grows to NR_SIM_PIPE_SIZE as it gets full */
    uint64_t rest_by_ns; /* when the rest must have arrived */
    char *ring;          /* of NR_SIM_PIPE_SIZE bytes */
    nr_sim_event arrival;
    nr_sim_event closing; /* the end of stream arrives, or a reset */
    nr_sim_event release;
} nr_sim_pipe;

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
    nr_sys_addr local;
    nr_sim_socket *socket;   /* or else NULL */
    nr_sim_socket *listener; /* in whose queue it is, or else NULL */
    struct nr_sim_end *next; /* in the queue */
    nr_sim_pipe in;
} nr_sim_end;

/* The ends are freed together, when neither is held. */
typedef struct nr_sim_conn {
    nr_sim_end ends[2]; /* who connects, who accepts */
    nr_sim_event handshake;
    unsigned tries;
    char rings[2][NR_SIM_PIPE_SIZE]; /* the only part that is not zeroed */
} nr_sim_conn;

/* Neither end is held. NULL: no memory. */
nr_sim_conn *nr_sim_conn_alloc(void);
nr_sim_conn *nr_sim_conn_of(nr_sim_end *client);

uint32_t nr_sim_end_ready(const nr_sim_end *e);

/* As the calls on sockets. */
ptrdiff_t nr_sim_end_read(nr_sim_end *e, void *buf, size_t len);
ptrdiff_t nr_sim_end_write(nr_sim_end *e, const void *buf, size_t len);
int nr_sim_end_shutdown(nr_sim_end *e, int how);

/* Whoever held it holds it no more: closes it, and resets it if bytes are left
 * unread or `is_reset`. */
void nr_sim_end_close(nr_sim_end *e, bool is_reset);

/* Ends it at once, with an error for the next call. */
void nr_sim_end_fail(nr_sim_end *e, int error);

/* Says once why it closed: a negative error, or 0. */
int nr_sim_end_take_error(nr_sim_end *e);

/* Tells pollers. */
void nr_sim_end_changed(nr_sim_end *e, uint32_t ready);

/* When a thing arrives that is sent now. */
uint64_t nr_sim_arrival_ns(void);

/* The name of an end in the trace: "socket 3", or "port 80" without one. */
#define NR_SIM_END_FORMAT "%s %d"
#define NR_SIM_END_NAME(e)                     \
    ((e)->socket != NULL ? "socket" : "port"), \
        ((e)->socket != NULL ? (int)(e)->socket->number : (e)->local.port)

#endif
