/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/pipe.h"

#include <errno.h>

/* nr_sys_adopt_stream makes none. */

ptrdiff_t nr_sys_pipe_read(nr_sys_socket s, void *buf, size_t len)
{
    (void)s;
    (void)buf;
    (void)len;
    return -EBADF;
}

ptrdiff_t nr_sys_pipe_write(nr_sys_socket s, const void *buf, size_t len)
{
    (void)s;
    (void)buf;
    (void)len;
    return -EBADF;
}

bool nr_sys_pipe_is_writer(nr_sys_socket s)
{
    (void)s;
    return false;
}

int nr_sys_pipe_hang_up(nr_sys_socket s)
{
    (void)s;
    return -EBADF;
}
