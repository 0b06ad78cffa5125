/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/release.h"

#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/datagram.h"
#include "nanorun/sys/sim/end_call.h"
#include "nanorun/sys/sim/handshake.h"
#include "nanorun/sys/sim/names.h"
#include "nanorun/sys/sim/parcel.h"
#include "nanorun/sys/sim/watches.h"

static void release_one(nr_sim_socket *s)
{
    nr_sim_watch *watches = nr_sim_socket_take_watches(s);
    nr_sim_name *name = nr_sim_name_end(s);

    s->is_listening = false;
    nr_sim_queue_close(s);
    if (s->end && nr_sim_end_remove_socket(s->end, s))
        nr_sim_end_close(s->end, s->resets);
    if (s->is_udp)
        nr_sim_datagram_close(s);
    nr_sim_watches_free(watches);
    nr_sys_free(name);
    nr_sys_free(s);
}

void nr_sim_socket_release(nr_sim_socket *s)
{
    release_one(s);
    nr_sim_release_lost();
}

void nr_sim_release_lost(void)
{
    nr_sim_parcel *p;

    while ((p = nr_sim_parcel_pop_lost())) {
        for (int i = 0; i < p->count; i++)
            release_one(p->sockets[i]);
        nr_sys_free(p);
    }
}

ptrdiff_t nr_sim_read_alone(nr_sim_end *e, void *buf, size_t len)
{
    ptrdiff_t count = nr_sim_end_read(e, buf, len);
    nr_sim_parcel *p = nr_sim_parcel_take(&e->in);

    if (p) {
        nr_sim_parcel_lose(p);
        nr_sim_release_lost();
    }
    return count;
}
