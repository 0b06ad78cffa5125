/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/pipe.h"

#include <string.h>

size_t nr_sim_pipe_room(const nr_sim_pipe *p)
{
    return p->room - (size_t)(p->written - p->released);
}

uint64_t nr_sim_pipe_unread(const nr_sim_pipe *p)
{
    return p->arrived - p->read;
}

void nr_sim_pipe_put(nr_sim_pipe *p, const char *buf, size_t len)
{
    size_t at = p->written % NR_SIM_PIPE_SIZE;
    size_t head = NR_SIM_PIPE_SIZE - at < len ? NR_SIM_PIPE_SIZE - at : len;

    if (len == 0)
        return;
    memcpy(p->ring + at, buf, head);
    memcpy(p->ring, buf + head, len - head);
    p->written += len;
}

void nr_sim_pipe_take(nr_sim_pipe *p, char *buf, size_t len)
{
    size_t at = p->read % NR_SIM_PIPE_SIZE;
    size_t head = NR_SIM_PIPE_SIZE - at < len ? NR_SIM_PIPE_SIZE - at : len;

    if (len == 0)
        return;
    memcpy(buf, p->ring + at, head);
    memcpy(buf + head, p->ring, len - head);
    p->read += len;
}
