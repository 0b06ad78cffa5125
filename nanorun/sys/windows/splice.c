/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/splice.h"

#include <errno.h>

#include "nanorun/sys/die.h"

/* Windows moves nothing between two sockets, so no splice is ever open. */

int nr_sys_splice_open(nr_sys_socket from, nr_sys_socket to,
                       nr_sys_splice **out)
{
    (void)from;
    (void)to;
    (void)out;
    return -ENOTSUP;
}

void nr_sys_splice_close(nr_sys_splice *p)
{
    NR_ASSERT(!p, "no splice is open");
    (void)p;
}

ptrdiff_t nr_sys_splice_in(nr_sys_splice *p, nr_sys_socket from)
{
    (void)p;
    (void)from;
    return -EINVAL;
}

ptrdiff_t nr_sys_splice_out(nr_sys_splice *p, nr_sys_socket to, size_t len)
{
    (void)p;
    (void)to;
    (void)len;
    return -EINVAL;
}
