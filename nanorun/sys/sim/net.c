/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/net.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "nanorun/sys/die.h"
#include "nanorun/sys/sim/threads.h"
#include "nanorun/sys/sim/world.h"

static unsigned net_open;
static unsigned net_limit = UINT_MAX;

void nr_sim_net_point(void)
{
    if (!nr_sim_inside())
        nr_sys_die("a socket or poller outside the simulation", NULL);
    nr_sim_point();
}

int nr_sim_net_no_file(void)
{
    if (net_open >= net_limit)
        return -EMFILE;
    if (!nr_sim_chance(nr_sim_config_of_run()->net_no_file))
        return 0;
    nr_sim_trace("no descriptor is left");
    return nr_sim_random(2) == 0 ? -EMFILE : -ENFILE;
}

void nr_sim_net_add(void)
{
    net_open++;
}

void nr_sim_net_remove(void)
{
    net_open--;
}

unsigned nr_sim_net_open(void)
{
    return net_open;
}

unsigned nr_sim_net_limit(unsigned open_max)
{
    unsigned before = net_limit;

    net_limit = open_max;
    return before;
}
