/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_TRANSIT_H
#define NANORUN_SYS_SIM_TRANSIT_H

/* Everything that travels to an end of a connection. Calls: world, events,
 * pipe, end. */

#include <stdint.h>

#include "nanorun/sys/sim/end.h"

/* Returns the arrival time of something that is sent now. */
uint64_t nr_sim_arrival_ns(void);

/* Makes the bytes that were put into `to` arrive. */
void nr_sim_arrive_later(nr_sim_end *to);

/* Makes the end of stream arrive at `to`, after all bytes. */
void nr_sim_end_later(nr_sim_end *to);

/* Makes a reset arrive at `to`; bytes that travel to it may be lost. */
void nr_sim_reset_later(nr_sim_end *to);

/* Makes the writer to `e` learn later that there is room again. */
void nr_sim_release_later(nr_sim_end *e);

#endif
