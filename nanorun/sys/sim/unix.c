/* SPDX-License-Identifier: MIT */

/*
 * The calls of the contract of Unix sockets. Each lets other threads run first,
 * then acts at once. A connection is one like those of TCP, but it is in the
 * listener's queue when it is made. A file has no permissions, the process is 1
 * of user and group 0, and only connected sockets can be passed.
 *
 * Calls: world, net, sockets, names, parcel, end, end_call, handshake, release.
 */

#include "nanorun/sys/unix.h"

#include <errno.h>
#include <string.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/sim/end_call.h"
#include "nanorun/sys/sim/handshake.h"
#include "nanorun/sys/sim/names.h"
#include "nanorun/sys/sim/net.h"
#include "nanorun/sys/sim/parcel.h"
#include "nanorun/sys/sim/release.h"
#include "nanorun/sys/sim/sockets.h"
#include "nanorun/sys/sim/world.h"

static int unix_check_name(const char *name)
{
    size_t len = strlen(name + (name[0] == '@'));

    if (len == 0)
        return -EINVAL;
    return len <= NR_SYS_UNIX_NAME_MAX ? 0 : -ENAMETOOLONG;
}

/* The beginning of a call that makes a socket. Ownership of *out: the caller's,
 * by nr_sys_free. */
static int unix_begin_new(nr_sim_socket **out)
{
    int error;

    nr_sim_net_point();
    error = nr_sim_net_no_file();
    if (error != 0)
        return error;
    *out = nr_sim_socket_alloc(false);
    if (!*out)
        return -ENOMEM;
    (*out)->is_unix = true;
    return 0;
}

int nr_sys_unix_open(nr_sys_socket *out)
{
    nr_sim_socket *s;
    int error = unix_begin_new(&s);

    if (error != 0)
        return error;
    error = nr_sim_socket_number(s);
    if (error != 0) {
        nr_sys_free(s);
        return error;
    }
    nr_sim_trace("socket %d: is opened for names", (int)s->number);
    *out = s->number;
    return 0;
}

/* ---- listening ---- */

/* Gives `s` the name. Returns 0 or an error; *replaced is freed by the
 * caller. */
static int unix_take_name(nr_sim_socket *s, nr_sim_name *name, bool replaces,
                          nr_sim_name **replaced)
{
    nr_sim_name *found = nr_sim_name_find(name->text);
    int error;

    if (found && (found->listener || !replaces))
        return -EADDRINUSE;
    error = nr_sim_socket_number(s);
    if (error != 0)
        return error;
    if (found)
        nr_sim_name_remove(found);
    *replaced = found;
    nr_sim_name_add(name, s);
    return 0;
}

int nr_sys_unix_listen(const char *text, const nr_sys_unix_options *o,
                       nr_sys_socket *out, nr_sys_unix_file *file)
{
    nr_sim_name *name, *replaced = NULL;
    nr_sim_socket *s;
    int error = unix_check_name(text);

    if (error == 0 && text[0] == '@' && o->mode != 0)
        error = -EINVAL;
    if (error == 0)
        error = unix_begin_new(&s);
    if (error != 0)
        return error;
    name = nr_sim_name_alloc(text);
    error =
        name ? unix_take_name(s, name, o->replace_stale, &replaced) : -ENOMEM;
    if (error != 0) {
        nr_sys_free(name);
        nr_sys_free(s);
        return error;
    }
    s->is_listening = true;
    s->backlog = o->backlog > 0 ? (unsigned)o->backlog : 0;
    nr_sim_trace("socket %d: listens at %s", (int)s->number, text);
    *out = s->number;
    file->device = 0;
    file->number = text[0] == '@' ? 0 : name->number;
    file->process = 0;
    nr_sys_free(replaced);
    return 0;
}

void nr_sys_unix_unlink(const char *path, const nr_sys_unix_file *file)
{
    nr_sim_name *name;

    nr_sim_net_point();
    name = nr_sim_name_find(path);
    if (!name || name->number != file->number)
        return;
    nr_sim_name_remove(name);
    nr_sys_free(name);
}

/* ---- connecting ---- */

/* Returns 0 and the name, if a connection can be begun. */
static int unix_find_listener(const char *text, const nr_sim_name **out)
{
    const nr_sim_name *name = nr_sim_name_find(text);

    if (!name)
        return text[0] == '@' ? -ECONNREFUSED : -ENOENT;
    if (!name->listener)
        return -ECONNREFUSED;
    if (name->listener->queue_len > name->listener->backlog)
        return -EAGAIN;
    *out = name;
    return 0;
}

int nr_sys_unix_connect(nr_sys_socket number, const char *text)
{
    const nr_sim_name *name = NULL;
    nr_sim_conn *c;
    int error = unix_check_name(text);

    nr_sim_net_point();
    if (error != 0)
        return error;
    c = nr_sim_conn_alloc();
    if (!c)
        return -ENOMEM;
    error = unix_find_listener(text, &name);
    if (error == 0)
        return nr_sim_connect_unix(nr_sim_socket_get(number), c, name);
    nr_sys_free(c);
    return error;
}

static int unix_number_both(nr_sim_socket *const s[2])
{
    int error = nr_sim_socket_number(s[0]);

    if (error != 0)
        return error;
    error = nr_sim_net_no_file();
    if (error == 0)
        error = nr_sim_socket_number(s[1]);
    if (error != 0)
        nr_sim_socket_remove(s[0]);
    return error;
}

int nr_sys_unix_pair(nr_sys_socket out[2])
{
    nr_sim_socket *s[2] = {NULL, NULL};
    nr_sim_conn *c = NULL;
    int error = unix_begin_new(&s[0]);

    if (error == 0)
        error = unix_begin_new(&s[1]);
    if (error == 0)
        c = nr_sim_conn_alloc();
    if (error == 0)
        error = c ? unix_number_both(s) : -ENOMEM;
    if (error != 0) {
        nr_sys_free(c);
        nr_sys_free(s[0]);
        nr_sys_free(s[1]);
        return error;
    }
    for (int i = 0; i < 2; i++) {
        nr_sim_end_add_socket(&c->ends[i], s[i]);
        c->ends[i].state = NR_SIM_CONNECTED;
        out[i] = s[i]->number;
    }
    nr_sim_trace("socket %d: is connected to socket %d", (int)out[0],
                 (int)out[1]);
    return 0;
}

int nr_sys_unix_peer(nr_sys_socket number, int *pid, unsigned *uid,
                     unsigned *gid)
{
    nr_sim_net_point();
    if (!nr_sim_socket_get(number)->end)
        return -ENOTCONN;
    *pid = 1;
    *uid = *gid = 0;
    return 0;
}

/* ---- passing sockets ---- */

static void unix_free_parcel(nr_sim_parcel *p)
{
    for (int i = 0; p && i < p->count; i++)
        nr_sys_free(p->sockets[i]);
    nr_sys_free(p);
}

/* Memory for a parcel and what is in it. */
static nr_sim_parcel *unix_alloc_parcel(int count)
{
    nr_sim_parcel *p =
        nr_sys_alloc(sizeof *p + (size_t)count * sizeof p->sockets[0]);

    if (!p)
        return NULL;
    for (p->count = 0; p->count < count; p->count++) {
        p->sockets[p->count] = nr_sim_socket_alloc(false);
        if (!p->sockets[p->count]) {
            unix_free_parcel(p);
            return NULL;
        }
    }
    return p;
}

static int unix_check_passed(const int *fds, int nfds)
{
    for (int i = 0; i < nfds; i++) {
        const nr_sim_socket *s = nr_sim_socket_find(fds[i]);

        if (!s)
            return -EBADF;
        if (!s->end)
            return -EINVAL;
    }
    return 0;
}

/* Sends the parcel with the bytes from `from` on. */
static void unix_put_parcel(nr_sim_end *to, nr_sim_parcel *p, uint64_t from,
                            const int *fds)
{
    for (int i = 0; i < p->count; i++) {
        const nr_sim_socket *s = nr_sim_socket_get(fds[i]);

        p->sockets[i]->is_unix = s->is_unix;
        p->sockets[i]->is_v6 = s->is_v6;
        p->sockets[i]->local = s->local;
        p->sockets[i]->shares_port = true;
        nr_sim_end_add_socket(s->end, p->sockets[i]);
    }
    p->from = from;
    p->to = to->in.written;
    if (to->is_held)
        nr_sim_parcel_put(&to->in, p);
    else
        nr_sim_parcel_lose(p);
}

ptrdiff_t nr_sys_unix_send(nr_sys_socket number, const void *buf, size_t len,
                           const int *fds, int nfds)
{
    nr_sim_parcel *p = NULL;
    ptrdiff_t count;
    nr_sim_end *e;

    nr_sim_net_point();
    if (nfds > 0) {
        p = unix_alloc_parcel(nfds);
        if (!p)
            return -ENOMEM;
    }
    e = nr_sim_socket_get(number)->end;
    count = unix_check_passed(fds, nfds);
    if (count == 0)
        count = e ? nr_sim_end_write(e, buf, len) : -EPIPE;
    if (p && count > 0)
        unix_put_parcel(e->other, p, e->other->in.written - (uint64_t)count,
                        fds);
    else
        unix_free_parcel(p);
    nr_sim_release_lost();
    return count;
}

/* Gives numbers to as many sockets of a parcel as there is room for, and loses
 * the rest. Returns how many. */
static int unix_open_parcel(nr_sim_parcel *p, int *fds, int room)
{
    int taken = 0;

    while (taken < room && taken < p->count && nr_sim_net_no_file() == 0 &&
           nr_sim_socket_number(p->sockets[taken]) == 0) {
        fds[taken] = (int)p->sockets[taken]->number;
        taken++;
    }
    p->count -= taken;
    memmove(p->sockets, p->sockets + taken,
            (size_t)p->count * sizeof p->sockets[0]);
    nr_sim_parcel_lose(p);
    return taken;
}

ptrdiff_t nr_sys_unix_recv(nr_sys_socket number, void *buf, size_t len,
                           int *fds, int *nfds)
{
    nr_sim_parcel *p;
    ptrdiff_t count;
    nr_sim_end *e;

    nr_sim_net_point();
    e = nr_sim_socket_get(number)->end;
    count = e ? nr_sim_end_read(e, buf, len) : -ENOTCONN;
    if (count < 0)
        return count;
    p = nr_sim_parcel_take(&e->in);
    *nfds = p ? unix_open_parcel(p, fds, *nfds) : 0;
    nr_sim_trace("socket %d: receives %d sockets", (int)number, *nfds);
    nr_sim_release_lost();
    return count;
}
