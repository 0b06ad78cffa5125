/* SPDX-License-Identifier: MIT */

/*
 * Taking over simulated sockets, which are all that a number can stand for.
 * Calls: net, sockets, end.
 */

#include "nanorun/sys/adopt.h"

#include <errno.h>

#include "nanorun/sys/pipe.h"
#include "nanorun/sys/sim/end.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/sim/sockets.h"

static int adopt_socket(const nr_sim_socket *s, bool is_right,
                        nr_sys_socket *out, nr_sys_stream_kind *kind)
{
    if (!is_right)
        return -EINVAL;
    *out = s->number;
    *kind = s->is_unix ? NR_SYS_STREAM_UNIX : NR_SYS_STREAM_TCP;
    return 0;
}

int nr_sys_adopt_stream(int fd, nr_sys_socket *out, nr_sys_stream_kind *kind)
{
    const nr_sim_socket *s;

    nr_sim_net_point();
    s = nr_sim_socket_find(fd);
    if (!s)
        return -EBADF;
    return adopt_socket(s, s->end && s->end->state == NR_SIM_CONNECTED, out,
                        kind);
}

int nr_sys_adopt_listener(int fd, nr_sys_socket *out, nr_sys_stream_kind *kind)
{
    const nr_sim_socket *s;

    nr_sim_net_point();
    s = nr_sim_socket_find(fd);
    if (!s)
        return -EBADF;
    return adopt_socket(s, s->is_listening, out, kind);
}

void nr_sys_adopt_undo(nr_sys_socket s)
{
    (void)s;
}

/* ---- pipes, of which there are none ---- */

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
