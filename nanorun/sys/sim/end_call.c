/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/end_call.h"

#include <errno.h>

#include "nanorun/sys/sim/parcel.h"
#include "nanorun/sys/sim/transit.h"
#include "nanorun/sys/sim/watches.h"
#include "nanorun/sys/sim/world.h"

/* Less than there is, every fourth time. */
static size_t end_call_cut(size_t len)
{
    if (len > 1 && nr_sim_random(4) == 0)
        return 1 + nr_sim_random((uint32_t)len - 1);
    return len;
}

ptrdiff_t nr_sim_end_read(nr_sim_end *e, void *buf, size_t len)
{
    size_t count = nr_sim_pipe_unread(&e->in) < len
                       ? (size_t)nr_sim_pipe_unread(&e->in)
                       : len;

    if (nr_sim_pipe_unread(&e->in) != 0) {
        count = nr_sim_parcel_cut(&e->in, end_call_cut(count));
        nr_sim_pipe_take(&e->in, buf, count);
        nr_sim_trace(NR_SIM_END_FORMAT ": reads %zu of %zu bytes",
                     NR_SIM_END_NAME(e), count, len);
        nr_sim_release_later(e);
        return (ptrdiff_t)count;
    }
    if (e->has_ended)
        return 0;
    if (e->error != 0)
        return nr_sim_end_take_error(e);
    return e->shut_read || e->state == NR_SIM_CLOSED ? 0 : -EAGAIN;
}

ptrdiff_t nr_sim_end_write(nr_sim_end *e, const void *buf, size_t len)
{
    size_t count = nr_sim_pipe_room(&e->other->in);

    if (e->error != 0)
        return nr_sim_end_take_error(e);
    if (e->shut_write || e->state == NR_SIM_CLOSED)
        return -EPIPE;
    if (e->state == NR_SIM_CONNECTING || count == 0)
        return -EAGAIN;
    count = end_call_cut(count < len ? count : len);
    nr_sim_trace(NR_SIM_END_FORMAT ": writes %zu of %zu bytes",
                 NR_SIM_END_NAME(e), count, len);
    nr_sim_pipe_put(&e->other->in, buf, count);
    if (count != 0)
        nr_sim_arrive_later(e->other);
    return (ptrdiff_t)count;
}

int nr_sim_end_shutdown(nr_sim_end *e, int how)
{
    if (e->state != NR_SIM_CONNECTED)
        return -ENOTCONN;
    nr_sim_trace(NR_SIM_END_FORMAT ": shuts %s", NR_SIM_END_NAME(e),
                 how == 0   ? "reading"
                 : how == 1 ? "writing"
                            : "both");
    if (how != 1)
        e->shut_read = true;
    if (how != 0 && !e->shut_write) {
        e->shut_write = true;
        nr_sim_end_later(e->other);
    }
    nr_sim_end_changed(e, NR_SIM_BOTH);
    return 0;
}

void nr_sim_end_close(nr_sim_end *e, bool is_reset)
{
    e->is_held = false;
    e->socket = NULL;
    e->listener = NULL;
    nr_sim_parcels_lose(&e->in);
    if (e->state == NR_SIM_CONNECTED &&
        (is_reset || nr_sim_pipe_unread(&e->in) != 0)) {
        e->state = NR_SIM_CLOSED;
        nr_sim_reset_later(e->other);
    } else if (e->state == NR_SIM_CONNECTED && !e->shut_write) {
        e->shut_write = true;
        nr_sim_end_later(e->other);
    }
    if (!e->other->is_held)
        nr_sim_conn_free(nr_sim_conn_of(e));
}
