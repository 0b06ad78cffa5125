/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_SIM_END_CALL_H
#define NANORUN_SYS_SIM_END_CALL_H

/*
 * The immediate effects of the calls on an end of a connection. The later ones,
 * on the way to the other end, are in transit.c. The behaviour is that of TCP
 * on Linux; where that varies, the seed decides. Calls: world, pipe,
 * parcel, end, transit.
 */

#include <stdbool.h>
#include <stddef.h>

#include "nanorun/sys/sim/end.h"

/* As the calls on sockets. */
ptrdiff_t nr_sim_end_read(nr_sim_end *e, void *buf, size_t len);
ptrdiff_t nr_sim_end_write(nr_sim_end *e, const void *buf, size_t len);
int nr_sim_end_shutdown(nr_sim_end *e, int how);

/* Closes the end, which is not held any more, and resets it if unread bytes are
 * left or `is_reset` is set. */
void nr_sim_end_close(nr_sim_end *e, bool is_reset);

#endif
