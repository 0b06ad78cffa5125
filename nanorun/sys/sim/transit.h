/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_TRANSIT_H
#define NANORUN_SYS_SIM_TRANSIT_H

/* What is on its way to an end of a connection. */

#include "nanorun/sys/sim/stream.h"

/* How many bytes can be put in. */
size_t nr_sim_pipe_room(const nr_sim_pipe *p);
void nr_sim_pipe_put(nr_sim_pipe *p, const char *buf, size_t len);
void nr_sim_pipe_take(nr_sim_pipe *p, char *buf, size_t len);

/* What was put into `to` will arrive. */
void nr_sim_arrive_later(nr_sim_end *to);

/* Nothing more will be put into `to`, which will know it after all of it. */
void nr_sim_end_later(nr_sim_end *to);

/* `to` will be reset; what is on its way to it may be lost. */
void nr_sim_reset_later(nr_sim_end *to);

/* Who writes to `e` will know that there is room again. */
void nr_sim_release_later(nr_sim_end *e);

#endif
