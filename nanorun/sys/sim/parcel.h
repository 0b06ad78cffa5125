/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_PARCEL_H
#define NANORUN_SYS_SIM_PARCEL_H

/*
 * The sockets that travel with bytes to one end of a connection. A parcel that
 * cannot be received any more is lost, and release.c closes what is in it. What
 * is sent to itself is never received nor lost. Calls no other file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/sys/sim/pipe.h"
#include "nanorun/sys/sim/sockets.h"

typedef struct nr_sim_parcel {
    struct nr_sim_parcel *next;
    uint64_t from, to; /* its bytes, as counted by the pipe */
    int count;
    nr_sim_socket *sockets[]; /* copies without a number */
} nr_sim_parcel;

/* Adds the last parcel of a pipe. */
void nr_sim_parcel_put(nr_sim_pipe *pipe, nr_sim_parcel *p);

/* Returns how many of `count` bytes a read may take: none beyond a parcel. */
size_t nr_sim_parcel_cut(const nr_sim_pipe *pipe, size_t count);

/* Takes out the parcel whose first byte was read, if there is one. */
nr_sim_parcel *nr_sim_parcel_take(nr_sim_pipe *pipe);

/* Makes a parcel lost, or all of a pipe. */
void nr_sim_parcel_lose(nr_sim_parcel *p);
void nr_sim_parcels_lose(nr_sim_pipe *pipe);

/* Takes one of the lost ones, or returns NULL. */
nr_sim_parcel *nr_sim_parcel_pop_lost(void);

#endif
