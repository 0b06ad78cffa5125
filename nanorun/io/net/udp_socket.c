/* SPDX-License-Identifier: MIT */
#include "nanorun/io/net/udp_socket.h"

#include <errno.h>
#include <string.h>

#include "nanorun/io/reactor/reactor.h"
#include "nanorun/rt/sched/driver.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/udp.h"

/* ---- opening and closing ---- */

static void udp_free(nr_registration *io)
{
    nr_sys_free(NR_CONTAINER_OF(io, nr_udp, io));
}

static const nr_registration_ops udp_registration_ops = {
    nr_registration_watch_socket, nr_registration_close_socket, udp_free};

/* Ownership: takes `s` on success. */
static int udp_create(nr_registry *registry, nr_sys_socket s, bool is_v6,
                      nr_udp **out)
{
    nr_udp *u = nr_sys_alloc(sizeof *u);
    if (!u)
        return -ENOMEM;
    memset(u, 0, sizeof *u);
    u->is_v6 = is_v6;
    int error =
        nr_registration_open(&u->io, registry, s, &udp_registration_ops);
    if (error)
        nr_sys_free(u);
    else
        *out = u;
    return error;
}

int nr_udp_open_at_(const nr_addr *at, const nr_udp_options *options_or_null,
                    nr_udp **out, const char *place)
{
    static const nr_udp_options defaults;
    const nr_udp_options *o = options_or_null ? options_or_null : &defaults;
    nr_sys_udp_options sys = {o->reuse_port, o->broadcast, o->recv_buffer,
                              o->send_buffer};
    nr_sys_socket s = NR_SYS_NO_SOCKET; /* for GCC under -flto */
    nr_registry *registry;
    nr_driver_check_task("nr_udp_open outside a task", place);
    if (o->recv_buffer < 0 || o->send_buffer < 0)
        return -EINVAL;
    int error = nr_reactor_registry(&registry);
    if (!error)
        error = nr_sys_udp_open(at, &sys, &s);
    if (error)
        return error;
    error = udp_create(registry, s, at->is_v6_, out);
    if (error)
        nr_sys_socket_close(s);
    return error;
}

int nr_udp_check_to(const nr_udp *u, const nr_addr *to)
{
    if ((to->is_v6_ != 0) != u->is_v6)
        return -EAFNOSUPPORT;
    return to->port_ != 0 ? 0 : -EINVAL;
}

int nr_udp_connect_at_(nr_udp *u, const nr_addr *to, const char *place)
{
    nr_registration_check(&u->io, "nr_udp_connect of a closed socket", place);
    int error = nr_udp_check_to(u, to);
    if (!error)
        error = nr_sys_udp_connect(u->io.socket, to);
    if (!error)
        nr_store_u32_relaxed(&u->has_peer, true);
    return error;
}

int nr_udp_addr_at_(const nr_udp *u, nr_addr *out, const char *place)
{
    nr_registration_check(&u->io, "nr_udp_addr of a closed socket", place);
    return nr_sys_socket_local_addr(u->io.socket, out);
}

void nr_udp_close_at_(nr_udp *u, const char *place)
{
    if (u)
        nr_registration_close(&u->io, "nr_udp_close of a closed socket", place);
}

/* ---- multicast ---- */

/* 224.0.0.0/4 and ff00::/8. */
static int udp_check_group(const nr_udp *u, const nr_addr *group)
{
    if ((group->is_v6_ != 0) != u->is_v6)
        return -EAFNOSUPPORT;
    return (group->is_v6_ ? group->ip_[0] == 0xff : group->ip_[0] >> 4 == 0xe)
               ? 0
               : -EINVAL;
}

int nr_udp_join_at_(nr_udp *u, const nr_addr *group, unsigned ifindex,
                    const char *place)
{
    nr_registration_check(&u->io, "nr_udp_join of a closed socket", place);
    int error = udp_check_group(u, group);
    return error ? error : nr_sys_udp_join(u->io.socket, group, ifindex);
}

int nr_udp_leave_at_(nr_udp *u, const nr_addr *group, unsigned ifindex,
                     const char *place)
{
    nr_registration_check(&u->io, "nr_udp_leave of a closed socket", place);
    int error = udp_check_group(u, group);
    return error ? error : nr_sys_udp_leave(u->io.socket, group, ifindex);
}

/* The functions themselves, which know no place. */

int(nr_udp_open)(const nr_addr *at, const nr_udp_options *options_or_null,
                 nr_udp **out)
{
    return nr_udp_open_at_(at, options_or_null, out, NULL);
}

int(nr_udp_connect)(nr_udp *u, const nr_addr *to)
{
    return nr_udp_connect_at_(u, to, NULL);
}

int(nr_udp_addr)(const nr_udp *u, nr_addr *out)
{
    return nr_udp_addr_at_(u, out, NULL);
}

void(nr_udp_close)(nr_udp *u)
{
    nr_udp_close_at_(u, NULL);
}

int(nr_udp_join)(nr_udp *u, const nr_addr *group, unsigned ifindex)
{
    return nr_udp_join_at_(u, group, ifindex, NULL);
}

int(nr_udp_leave)(nr_udp *u, const nr_addr *group, unsigned ifindex)
{
    return nr_udp_leave_at_(u, group, ifindex, NULL);
}
