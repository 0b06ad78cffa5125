/* SPDX-License-Identifier: MIT */

/*
 * A wait for a socket of the simulation that other code owns: one more watch of
 * it. It counts as a descriptor, as it does on Linux. Once the socket is closed
 * it is silent, also when the number is another socket's.
 *
 * Calls: net, sockets, watches, end.
 */

#include "nanorun/sys/foreign.h"

#include <errno.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/end.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/sim/sockets.h"
#include "nanorun/sys/sim/watches.h"
#include "nanorun/sys/sim/world.h"

struct nr_sys_foreign {
    nr_sim_watch watch;
    bool is_armed;
    uint32_t want; /* if it is armed */
};

int nr_sys_foreign_probe(nr_sys_socket fd)
{
    nr_sim_net_point();
    return nr_sim_socket_find(fd) ? 0 : -EBADF;
}

int nr_sys_foreign_open(nr_sys_poller *p, nr_sys_socket fd, void *token,
                        nr_sys_foreign **out)
{
    nr_sys_foreign *f;
    nr_sim_socket *s;
    int error;

    nr_sim_net_point();
    error = nr_sim_net_no_file();
    if (error != 0)
        return error;
    f = nr_sys_alloc(sizeof *f);
    if (!f)
        return -ENOMEM;
    s = nr_sim_socket_find(fd);
    if (!s) {
        nr_sys_free(f);
        return -EBADF;
    }
    *f = (nr_sys_foreign){.watch = {.next = s->watches,
                                    .poller = p,
                                    .socket = s,
                                    .token = token,
                                    .is_foreign = true}};
    s->watches = &f->watch;
    nr_sim_net_add();
    nr_sim_trace("poller %u: watches foreign socket %d", p->number, (int)fd);
    *out = f;
    return 0;
}

void nr_sys_foreign_close(nr_sys_foreign *f)
{
    nr_sim_net_point();
    nr_sim_watch_unlink(&f->watch);
    nr_sim_net_remove();
    nr_sys_free(f);
}

int nr_sys_foreign_arm(nr_sys_foreign *f, uint32_t want)
{
    nr_sim_net_point();
    if (!f->watch.socket)
        return -EBADF;
    f->is_armed = true;
    f->want = want | NR_SYS_FOREIGN_ERROR | NR_SYS_FOREIGN_HANGUP;
    f->watch.armed = want & NR_SIM_BOTH;
    return 0;
}

int nr_sys_foreign_check(nr_sys_foreign *f)
{
    uint32_t ready;

    nr_sim_net_point();
    if (!f->watch.socket || !f->is_armed)
        return 0;
    ready = f->want & nr_sim_socket_ready_or_failed(f->watch.socket);
    if (ready != 0) {
        f->is_armed = false;
        f->watch.armed = 0;
    }
    return (int)ready;
}
