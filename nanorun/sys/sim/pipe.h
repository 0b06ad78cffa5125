/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_PIPE_H
#define NANORUN_SYS_SIM_PIPE_H

/* The bytes that travel to one end of a connection, or have arrived there and
 * wait to be read. Calls no other file. */

#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/sim/events.h"

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
    struct nr_sim_parcel *parcels; /* the oldest first; parcel.h */
    nr_sim_event arrival;
    nr_sim_event closing; /* the end of stream arrives, or a reset */
    nr_sim_event release;
} nr_sim_pipe;

/* How many bytes can be put in. */
size_t nr_sim_pipe_room(const nr_sim_pipe *p);

/* How many bytes can be taken out. */
uint64_t nr_sim_pipe_unread(const nr_sim_pipe *p);

void nr_sim_pipe_put(nr_sim_pipe *p, const char *buf, size_t len);
void nr_sim_pipe_take(nr_sim_pipe *p, char *buf, size_t len);

#endif
