/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_STREAM_H
#define NANORUN_SYS_SIM_STREAM_H

/*
 * What the calls on an end of a connection do at once. What happens later, on
 * the way to the other end, is in transit.c. Linux's TCP is the model; what
 * Linux leaves to chance is drawn. Calls: world, pipe, end, transit.
 */

#include <stdbool.h>
#include <stddef.h>

#include "nanorun/sys/sim/end.h"

/* As the calls on sockets. */
ptrdiff_t nr_sim_end_read(nr_sim_end *e, void *buf, size_t len);
ptrdiff_t nr_sim_end_write(nr_sim_end *e, const void *buf, size_t len);
int nr_sim_end_shutdown(nr_sim_end *e, int how);

/* The end is held no more: closes it, and resets it if bytes are left unread or
 * `is_reset`. */
void nr_sim_end_close(nr_sim_end *e, bool is_reset);

#endif
