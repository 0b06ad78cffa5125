/* SPDX-License-Identifier: MIT */

/* Splices between simulated sockets. Calls: net, socket. */

#include "nanorun/sys/splice.h"

#include <errno.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/net.h"

enum { SPLICE_SIZE = 4096 };

struct nr_sys_splice {
    char bytes[SPLICE_SIZE];
    size_t begin, end; /* of those that it holds */
};

int nr_sys_splice_open(nr_sys_socket from, nr_sys_socket to,
                       nr_sys_splice **out)
{
    nr_sys_splice *p;
    int error;

    nr_sim_net_point();
    error = nr_sim_net_no_file();
    if (error != 0)
        return error;
    p = nr_sys_alloc(sizeof *p);
    (void)from; /* worth it or not, it is tried */
    (void)to;
    if (!p)
        return -ENOMEM;
    p->begin = p->end = 0;
    nr_sim_net_add();
    *out = p;
    return 0;
}

void nr_sys_splice_close(nr_sys_splice *p)
{
    if (!p)
        return;
    nr_sim_net_remove();
    nr_sys_free(p);
}

ptrdiff_t nr_sys_splice_in(nr_sys_splice *p, nr_sys_socket from)
{
    ptrdiff_t count = nr_sys_socket_read(from, p->bytes, sizeof p->bytes);

    p->begin = 0;
    p->end = count > 0 ? (size_t)count : 0;
    return count;
}

ptrdiff_t nr_sys_splice_out(nr_sys_splice *p, nr_sys_socket to, size_t len)
{
    size_t held = p->end - p->begin;
    ptrdiff_t count =
        nr_sys_socket_write(to, p->bytes + p->begin, len < held ? len : held);

    p->begin += count > 0 ? (size_t)count : 0;
    return count;
}
