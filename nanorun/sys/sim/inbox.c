/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/inbox.h"

#include "nanorun/sys/poller.h"
#include "nanorun/sys/sim/host.h"

uint32_t nr_sim_inbox_ready(const nr_sim_inbox *in)
{
    uint32_t ready = 0;

    if (in->error != 0)
        return NR_SYS_READABLE | NR_SYS_WRITABLE;
    if (in->first)
        ready |= NR_SYS_READABLE;
    if (in->out_size < in->out_max)
        ready |= NR_SYS_WRITABLE;
    return ready;
}

void nr_sim_inbox_push(nr_sim_inbox *in, nr_sim_datagram *d)
{
    nr_sim_datagram **link = &in->first;

    while (*link)
        link = &(*link)->next;
    *link = d;
    d->next = NULL;
    in->in_size += d->len + NR_SIM_DATAGRAM_COST;
}

nr_sim_datagram *nr_sim_inbox_pop(nr_sim_inbox *in)
{
    nr_sim_datagram *d = in->first;

    if (!d)
        return NULL;
    in->first = d->next;
    in->in_size -= d->len + NR_SIM_DATAGRAM_COST;
    return d;
}

int nr_sim_inbox_take_error(nr_sim_inbox *in)
{
    int error = -in->error;

    in->error = 0;
    return error;
}

unsigned nr_sim_inbox_group(const nr_sim_inbox *in, const nr_addr *group)
{
    unsigned i = 0;

    while (i < in->group_count &&
           !nr_sim_addr_is_same_ip(&in->groups[i], group))
        i++;
    return i;
}
