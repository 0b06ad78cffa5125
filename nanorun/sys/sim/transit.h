/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_TRANSIT_H
#define NANORUN_SYS_SIM_TRANSIT_H

/* What is on its way to an end of a connection. Calls: world, events, pipe,
 * end. */

#include <stdint.h>

#include "nanorun/sys/sim/end.h"

/* When a thing arrives that is sent now. */
uint64_t nr_sim_arrival_ns(void);

/* What was put into `to` will arrive. */
void nr_sim_arrive_later(nr_sim_end *to);

/* Nothing more will be put into `to`, which will know it after all of it. */
void nr_sim_end_later(nr_sim_end *to);

/* `to` will be reset; what is on its way to it may be lost. */
void nr_sim_reset_later(nr_sim_end *to);

/* Who writes to `e` will know that there is room again. */
void nr_sim_release_later(nr_sim_end *e);

#endif
