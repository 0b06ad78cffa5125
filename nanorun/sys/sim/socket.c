/* SPDX-License-Identifier: MIT */

/*
 * The calls of the contract. Each lets other threads run first, then acts at
 * once. Calls: host, world, net, sockets, end, end_call, handshake, release.
 */

#include "nanorun/sys/socket.h"

#include <errno.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/end_call.h"
#include "nanorun/sys/sim/handshake.h"
#include "nanorun/sys/sim/host.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/sim/release.h"
#include "nanorun/sys/sim/sockets.h"
#include "nanorun/sys/sim/world.h"

/* The beginning of a call on a socket. */
static nr_sim_socket *socket_begin(nr_sys_socket number)
{
    nr_sim_net_point();
    return nr_sim_socket_get(number);
}

/* The beginning of a call that makes a socket. Returns 0, -EMFILE, -ENFILE, or
 * -ENOMEM. Ownership of *out: the caller's, by nr_sys_free. */
static int socket_begin_new(bool is_v6, nr_sim_socket **out)
{
    int error;

    nr_sim_net_point();
    error = nr_sim_net_no_file();
    if (error != 0)
        return error;
    *out = nr_sim_socket_alloc(is_v6);
    return *out ? 0 : -ENOMEM;
}

int nr_sys_socket_open(bool is_v6, nr_sys_socket *out)
{
    nr_sim_socket *s;
    int error = socket_begin_new(is_v6, &s);

    if (error != 0)
        return error;
    error = nr_sim_socket_number(s);
    if (error != 0) {
        nr_sys_free(s);
        return error;
    }
    nr_sim_trace("socket %d: is opened", (int)s->number);
    *out = s->number;
    return 0;
}

void nr_sys_socket_close(nr_sys_socket number)
{
    nr_sim_socket *s = socket_begin(number);

    nr_sim_trace("socket %d: is closed", (int)number);
    nr_sim_socket_remove(s);
    nr_sim_socket_release(s);
}

static int socket_listen_at(nr_sim_socket *s, const nr_addr *at,
                            const nr_sys_listen_options *o)
{
    nr_addr local = *at;
    int error;

    if (!nr_sim_addr_is_local(at))
        return -EADDRNOTAVAIL;
    s->is_dual = at->is_v6_ && o->dual_stack && nr_sim_addr_is_any(at);
    if (at->port_ == 0)
        local.port_ = nr_sim_socket_free_port();
    else if (nr_sim_socket_is_taken(at, s->is_dual, false))
        return -EADDRINUSE;
    error = nr_sim_socket_number(s);
    if (error != 0)
        return error;
    s->local = local;
    s->is_listening = true;
    s->backlog = o->backlog > 0 ? (unsigned)o->backlog : 0;
    nr_sim_trace("socket %d: listens at port %d", (int)s->number, local.port_);
    return 0;
}

int nr_sys_socket_listen(const nr_addr *at, const nr_sys_listen_options *o,
                         nr_sys_socket *out)
{
    nr_sim_socket *s;
    int error = socket_begin_new(at->is_v6_ != 0, &s);

    if (error == 0 && o->reuse_port) {
        nr_sys_free(s);
        return -ENOTSUP;
    }
    if (error != 0)
        return error;
    error = socket_listen_at(s, at, o);
    if (error != 0)
        nr_sys_free(s);
    else
        *out = s->number;
    return error;
}

/* `s` is to be the socket, and is the caller's again on failure. */
static int socket_accept_as(nr_sim_socket *s, nr_sim_socket *listener)
{
    nr_sim_end *end;
    int error;

    if (!listener->is_listening)
        return -EINVAL;
    error = nr_sim_socket_number(s);
    if (error != 0)
        return error;
    end = nr_sim_queue_pop(listener);
    if (!end) {
        nr_sim_socket_remove(s);
        return -EAGAIN;
    }
    if (nr_sim_chance(nr_sim_config_of_run()->net_abort)) {
        nr_sim_trace("socket %d: the next connection was given up",
                     (int)listener->number);
        nr_sim_socket_remove(s);
        nr_sim_end_close(end, true);
        nr_sim_release_lost();
        return -ECONNABORTED;
    }
    s->shares_port = true;
    s->local = end->local;
    s->is_v6 = listener->is_v6;
    s->is_unix = listener->is_unix;
    s->end = end;
    end->socket = s;
    nr_sim_trace("socket %d: accepts socket %d from port %d",
                 (int)listener->number, (int)s->number,
                 end->other->local.port_);
    return 0;
}

int nr_sys_socket_accept(nr_sys_socket number, nr_sys_socket *out,
                         nr_addr *peer)
{
    nr_sim_socket *s;
    int error = socket_begin_new(false, &s);

    if (error != 0)
        return error;
    error = socket_accept_as(s, nr_sim_socket_get(number));
    if (error != 0) {
        nr_sys_free(s);
        return error;
    }
    if (peer)
        *peer = nr_sim_addr_as_seen(&s->end->other->local, s->is_v6);
    *out = s->number;
    return 0;
}

int nr_sys_socket_connect(nr_sys_socket number, const nr_addr *to)
{
    nr_sim_socket *s = socket_begin(number);
    nr_sim_conn *c = nr_sim_conn_alloc();
    int error;

    if (!c)
        return -ENOMEM;
    error = nr_sim_connect_check(s, to);
    if (error == 0)
        return nr_sim_connect(s, c, to);
    nr_sys_free(c);
    return error;
}

int nr_sys_socket_connect_result(nr_sys_socket number)
{
    nr_sim_end *e = socket_begin(number)->end;
    int error;

    if (!e)
        return -ENOTCONN;
    if (e->state == NR_SIM_CONNECTING)
        return -EINPROGRESS;
    error = nr_sim_end_take_error(e);
    if (error != 0) /* EPIPE: a reset after the end of the peer's stream */
        return error == -EPIPE ? -ECONNRESET : error;
    return e->state == NR_SIM_CONNECTED ? 0 : -ENOTCONN;
}

ptrdiff_t nr_sys_socket_read(nr_sys_socket number, void *buf, size_t len)
{
    nr_sim_end *e = socket_begin(number)->end;

    return e ? nr_sim_read_alone(e, buf, len) : -ENOTCONN;
}

ptrdiff_t nr_sys_socket_write(nr_sys_socket number, const void *buf, size_t len)
{
    nr_sim_end *e = socket_begin(number)->end;

    return e ? nr_sim_end_write(e, buf, len) : -EPIPE;
}

/* Reads or writes one piece after the other, as far as there are bytes, or
 * room. */
static ptrdiff_t socket_pieces(nr_sim_end *e, bool reads, const nr_iovec *v,
                               int n)
{
    ptrdiff_t sum = 0;

    for (int i = 0; i < n; i++) {
        ptrdiff_t count;

        /* The end, or an error, is for the next call. */
        if (reads && sum > 0 && nr_sim_pipe_unread(&e->in) == 0)
            break;
        count = reads ? nr_sim_read_alone(e, v[i].base, v[i].len)
                      : nr_sim_end_write(e, v[i].base, v[i].len);
        if (count < 0)
            return sum != 0 ? sum : count;
        sum += count;
        if ((size_t)count < v[i].len)
            break;
    }
    return sum;
}

ptrdiff_t nr_sys_socket_readv(nr_sys_socket number, const nr_iovec *v, int n)
{
    nr_sim_end *e = socket_begin(number)->end;

    return e ? socket_pieces(e, true, v, n) : -ENOTCONN;
}

ptrdiff_t nr_sys_socket_writev(nr_sys_socket number, const nr_iovec *v, int n)
{
    nr_sim_end *e = socket_begin(number)->end;

    return e ? socket_pieces(e, false, v, n) : -EPIPE;
}

int nr_sys_socket_shutdown(nr_sys_socket number, int how)
{
    nr_sim_end *e = socket_begin(number)->end;

    if (how < 0 || how > 2)
        return -EINVAL;
    return e ? nr_sim_end_shutdown(e, how) : -ENOTCONN;
}

/* Accepted and without effect: what is written is never held back here. */
int nr_sys_socket_set_nodelay(nr_sys_socket number, bool on)
{
    (void)on;
    (void)socket_begin(number);
    return 0;
}

/* Accepted and without effect: no peer of a simulation is silent for ever. */
int nr_sys_socket_set_keepalive(nr_sys_socket number, unsigned idle_s,
                                unsigned interval_s, unsigned count)
{
    (void)idle_s;
    (void)interval_s;
    (void)count;
    (void)socket_begin(number);
    return 0;
}

/* What was written is on its way at once, so only 0 seconds mean something. */
int nr_sys_socket_set_linger(nr_sys_socket number, int seconds)
{
    socket_begin(number)->resets = seconds == 0;
    return 0;
}

int nr_sys_socket_local_addr(nr_sys_socket number, nr_addr *out)
{
    const nr_sim_socket *s = socket_begin(number);

    *out = nr_sim_addr_as_seen(&s->local, s->is_v6);
    return 0;
}

int nr_sys_socket_peer_addr(nr_sys_socket number, nr_addr *out)
{
    const nr_sim_socket *s = socket_begin(number);

    if (!s->end || s->end->state != NR_SIM_CONNECTED)
        return -ENOTCONN;
    *out = nr_sim_addr_as_seen(&s->end->other->local, s->is_v6);
    return 0;
}
