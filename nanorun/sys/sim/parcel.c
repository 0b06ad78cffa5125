/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/parcel.h"

static nr_sim_parcel *parcel_lost;

void nr_sim_parcel_put(nr_sim_pipe *pipe, nr_sim_parcel *p)
{
    nr_sim_parcel **link = &pipe->parcels;

    while (*link)
        link = &(*link)->next;
    p->next = NULL;
    *link = p;
}

size_t nr_sim_parcel_cut(const nr_sim_pipe *pipe, size_t count)
{
    const nr_sim_parcel *first = pipe->parcels;

    if (first && first->to < pipe->read + count)
        return (size_t)(first->to - pipe->read);
    return count;
}

nr_sim_parcel *nr_sim_parcel_take(nr_sim_pipe *pipe)
{
    nr_sim_parcel *first = pipe->parcels;

    if (!first || first->from >= pipe->read)
        return NULL;
    pipe->parcels = first->next;
    return first;
}

void nr_sim_parcel_lose(nr_sim_parcel *p)
{
    p->next = parcel_lost;
    parcel_lost = p;
}

void nr_sim_parcels_lose(nr_sim_pipe *pipe)
{
    while (pipe->parcels) {
        nr_sim_parcel *first = pipe->parcels;

        pipe->parcels = first->next;
        nr_sim_parcel_lose(first);
    }
}

nr_sim_parcel *nr_sim_parcel_pop_lost(void)
{
    nr_sim_parcel *p = parcel_lost;

    if (p)
        parcel_lost = p->next;
    return p;
}
