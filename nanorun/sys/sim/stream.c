/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/sim/stream.h"

#include <errno.h>
#include <string.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/sim/transit.h"

/*
 * What the calls on an end do at once. What happens later, on the way to the
 * other end: transit.c.
 */

static const uint32_t BOTH = NR_SYS_READABLE | NR_SYS_WRITABLE;

nr_sim_conn *nr_sim_conn_alloc(void)
{
    nr_sim_conn *c = nr_sys_alloc(sizeof(*c));

    if (c == NULL)
        return NULL;
    memset(c, 0, offsetof(nr_sim_conn, rings));
    for (int i = 0; i < 2; i++) {
        c->ends[i].other = &c->ends[1 - i];
        c->ends[i].in.ring = c->rings[i];
        /* Mostly small, as it is at its limits that things happen. */
        c->ends[i].in.room = 16u << nr_sim_random(13);
    }
    return c;
}

static void conn_free(nr_sim_conn *c)
{
    nr_sim_cancel(&c->handshake);
    for (int i = 0; i < 2; i++) {
        nr_sim_cancel(&c->ends[i].in.arrival);
        nr_sim_cancel(&c->ends[i].in.closing);
        nr_sim_cancel(&c->ends[i].in.release);
    }
    nr_sys_free(c);
}

nr_sim_conn *nr_sim_conn_of(nr_sim_end *client)
{
    return (nr_sim_conn *)(void *)client;
}

static nr_sim_conn *conn_of_either(nr_sim_end *e)
{
    return nr_sim_conn_of(e < e->other ? e : e->other);
}

static uint64_t unread(const nr_sim_end *e)
{
    return e->in.arrived - e->in.read;
}

static bool is_hung_up(const nr_sim_end *e)
{
    return e->state == NR_SIM_CLOSED ||
           (e->shut_write && (e->shut_read || e->has_ended));
}

uint32_t nr_sim_end_ready(const nr_sim_end *e)
{
    uint32_t ready = 0;

    if (is_hung_up(e) || e->error != 0)
        return BOTH;
    if (e->shut_read || e->has_ended || unread(e) != 0)
        ready |= NR_SYS_READABLE;
    if (e->state == NR_SIM_CONNECTED &&
        (e->shut_write || nr_sim_pipe_room(&e->other->in) != 0))
        ready |= NR_SYS_WRITABLE;
    return ready;
}

void nr_sim_end_changed(nr_sim_end *e, uint32_t ready)
{
    if (e->socket != NULL)
        nr_sim_socket_changed(e->socket, is_hung_up(e) ? BOTH : ready);
}

int nr_sim_end_take_error(nr_sim_end *e)
{
    int error = -e->error;

    e->error = 0;
    return error;
}

void nr_sim_end_fail(nr_sim_end *e, int error)
{
    e->state = NR_SIM_CLOSED;
    e->error = error;
    nr_sim_end_changed(e, BOTH);
}

/* Less than there is, every fourth time. */
static size_t cut(size_t len)
{
    if (len > 1 && nr_sim_random(4) == 0)
        return 1 + nr_sim_random((uint32_t)len - 1);
    return len;
}

ptrdiff_t nr_sim_end_read(nr_sim_end *e, void *buf, size_t len)
{
    size_t count = unread(e) < len ? (size_t)unread(e) : len;

    if (unread(e) != 0) {
        count = cut(count);
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
    count = cut(count < len ? count : len);
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
    nr_sim_end_changed(e, BOTH);
    return 0;
}

void nr_sim_end_close(nr_sim_end *e, bool is_reset)
{
    e->is_held = false;
    e->socket = NULL;
    e->listener = NULL;
    if (e->state == NR_SIM_CONNECTED && (is_reset || unread(e) != 0)) {
        e->state = NR_SIM_CLOSED;
        nr_sim_reset_later(e->other);
    } else if (e->state == NR_SIM_CONNECTED && !e->shut_write) {
        e->shut_write = true;
        nr_sim_end_later(e->other);
    }
    if (!e->other->is_held)
        conn_free(conn_of_either(e));
}
