/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/net_end.h"

#include <limits.h>
#include <stddef.h>

#include "nanorun/sys/sim/datagram.h"
#include "nanorun/sys/sim/names.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/sim/sockets.h"
#include "nanorun/sys/sim/watches.h"
#include "nanorun/sys/socket.h"

unsigned nr_sim_net_end(void)
{
    nr_sim_socket *s;
    unsigned left = 0;

    for (; (s = nr_sim_socket_next(0)); left++)
        nr_sys_socket_close(s->number);
    nr_sim_datagrams_reset();
    nr_sim_names_reset();
    nr_sim_sockets_reset();
    nr_sim_pollers_reset();
    nr_sim_net_limit(UINT_MAX);
    return left;
}
