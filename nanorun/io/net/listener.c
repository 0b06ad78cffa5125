/* SPDX-License-Identifier: MIT */

/*
 * A listener is made by any thread, also where there is no runtime yet, and
 * joins the runtime of the task that first accepts: then its socket is
 * registered. It is freed with its last reference: the user's, until the
 * listener is closed or its runtime has ended; one of each accept; and one of
 * the registration. So a task may close it while another one is in its first
 * accept.
 */

#include "nanorun/io/net/listener.h"

#include <errno.h>
#include <string.h>

#include "nanorun/io/reactor/reactor.h"
#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"
#include "nanorun/rt/thread/spinlock.h"
#include "nanorun/sys/memory.h"

struct nr_listener {
    nr_sys_socket socket; /* constant, as are the next two */
    const nr_socket_kind *kind;
    nr_listener_file *file; /* or NULL */
    nr_atomic_u32 references;
    nr_atomic_u32 is_closed; /* written by `lock` */
    uint32_t lock;
    bool has_joined; /* `lock`; then `io` is a registration */
    nr_registration io;
};

static void listener_remove_file(nr_listener *l)
{
    if (l->file)
        l->file->remove(l->file);
}

int nr_listener_open(nr_sys_socket s, const nr_socket_kind *kind,
                     nr_listener_file *file_or_null, nr_listener **out)
{
    nr_listener *l = nr_sys_alloc(sizeof *l);
    if (!l)
        return -ENOMEM;
    memset(l, 0, sizeof *l);
    l->socket = s;
    l->kind = kind;
    l->file = file_or_null;
    nr_store_u32_relaxed(&l->references, 1);
    *out = l;
    return 0;
}

/* acq_rel: the last one sees what the others did. */
static void listener_release(nr_listener *l)
{
    if (nr_fetch_sub_u32_acq_rel(&l->references, 1) == 1)
        nr_sys_free(l);
}

/* Stops the process with the line `what (place)` if it was closed. A freed one
 * is recognized until its memory is reused. */
static void listener_check(const nr_listener *l, const char *what,
                           const char *place)
{
    if (nr_load_u32_relaxed(&l->is_closed))
        nr_sys_die(what, place);
}

/* At the end of the runtime the file of an open listener is still there. */
static void listener_close_socket(nr_registration *io)
{
    nr_listener *l = NR_CONTAINER_OF(io, nr_listener, io);
    if (!nr_load_u32_relaxed(&l->is_closed))
        listener_remove_file(l);
    nr_registration_close_socket(io);
}

/* The registration is not used any more. If the listener was not closed, its
 * runtime has ended, and the user's reference ends with that. */
static void listener_free(nr_registration *io)
{
    nr_listener *l = NR_CONTAINER_OF(io, nr_listener, io);
    if (!nr_load_u32_relaxed(&l->is_closed)) {
        nr_store_u32_relaxed(&l->is_closed, true);
        listener_release(l);
    }
    listener_release(l);
}

static const nr_registration_ops listener_registration_ops = {
    nr_registration_watch_socket, listener_close_socket, listener_free};

int nr_listener_addr_at_(const nr_listener *l, nr_addr *out, const char *place)
{
    listener_check(l, "nr_listener_addr of a closed listener", place);
    return l->kind->has_addr ? nr_sys_socket_local_addr(l->socket, out)
                             : -ENOTSUP;
}

int(nr_listener_addr)(const nr_listener *l, nr_addr *out)
{
    return nr_listener_addr_at_(l, out, NULL);
}

void nr_listener_close_at_(nr_listener *l, const char *place)
{
    static const char what[] = "nr_listener_close of a closed listener";
    if (!l)
        return;
    listener_check(l, what, place);
    nr_spin_lock(&l->lock);
    listener_check(l, what, place);
    nr_store_u32_relaxed(&l->is_closed, true);
    bool has_joined = l->has_joined;
    nr_spin_unlock(&l->lock);
    /* Not left to the end of an accept that is under way: when this returns,
     * the path is free. */
    listener_remove_file(l);
    if (has_joined)
        nr_registration_close(&l->io, what, place);
    else
        nr_sys_socket_close(l->socket);
    listener_release(l);
}

void(nr_listener_close)(nr_listener *l)
{
    nr_listener_close_at_(l, NULL);
}

/* ---- accept ---- */

typedef struct listener_accept {
    nr_listener_accept_future face; /* first: what the caller sees */
    nr_listener *on;
    nr_io_waiter waiter; /* on nothing before the first poll */
    nr_stream **out;
    nr_addr *peer;
} listener_accept;

/* The first poll of an accept: makes sure that the listener has joined, and
 * claims its registration, which then stays. Returns -EAGAIN: it is claimed; or
 * the error. The system call under the lock is once in a listener's life. */
static int listener_join(listener_accept *f, nr_waker *waker)
{
    nr_listener *l = f->on;
    nr_registry *registry;
    int error = nr_reactor_registry(&registry);
    if (error)
        return error;
    nr_spin_lock(&l->lock);
    if (nr_load_u32_relaxed(&l->is_closed)) {
        error = -ECANCELED;
    } else if (!l->has_joined) {
        error = nr_registration_open(&l->io, registry, l->socket,
                                     &listener_registration_ops);
        l->has_joined = !error;
        if (!error)
            nr_fetch_add_u32_relaxed(&l->references, 1);
    }
    if (!error) {
        f->waiter.on = &l->io;
        error = nr_io_waiter_claim(&f->waiter, waker);
    }
    nr_spin_unlock(&l->lock);
    return error;
}

/* A connection that its peer has given up already is passed over; every other
 * error is the caller's. Want of descriptors above all: the connection stays
 * in the backlog, and nothing here would make room for it by trying again. */
static int listener_next(const nr_listener *l, nr_sys_socket *out,
                         nr_addr *peer)
{
    int error;
    do {
        error = nr_sys_socket_accept(l->socket, out,
                                     l->kind->has_addr ? peer : NULL);
    } while (error == -ECONNABORTED);
    return error;
}

static int listener_finish(listener_accept *f, nr_sys_socket s,
                           nr_registry *registry, const nr_addr *peer)
{
    int error = nr_socket_stream_open(registry, s, f->on->kind, f->out);
    if (error)
        nr_sys_socket_close(s);
    else if (f->peer)
        *f->peer = *peer;
    return error;
}

static nr_poll listener_be_ready(listener_accept *f, int result)
{
    f->face.result = result;
    return NR_READY;
}

static nr_poll listener_accept_poll(nr_future *self, nr_context *cx)
{
    listener_accept *f = (listener_accept *)self;
    nr_sys_socket s = -1; /* for GCC under -flto */
    nr_addr peer = {{0}, 0, 0, 0};
    int error = f->waiter.on ? -EAGAIN : listener_join(f, cx->waker);
    if (error != -EAGAIN)
        return listener_be_ready(f, error);
    error = nr_io_waiter_begin(&f->waiter, cx);
    while (!error) {
        error = listener_next(f->on, &s, &peer);
        if (error != -EAGAIN) {
            nr_registry *registry = f->waiter.on->registry;
            nr_io_waiter_leave(&f->waiter, true, false);
            return listener_be_ready(
                f, error ? error : listener_finish(f, s, registry, &peer));
        }
        error = nr_io_waiter_block(&f->waiter, cx->waker);
    }
    if (error == -EAGAIN)
        return NR_PENDING;
    nr_io_waiter_release(&f->waiter);
    return listener_be_ready(f, error);
}

static void listener_accept_drop(nr_future *self)
{
    listener_accept *f = (listener_accept *)self;
    nr_io_waiter_release(&f->waiter);
    listener_release(f->on);
    nr_future_free(self);
}

static const nr_future_ops listener_accept_ops = NR_FUTURE_OPS(
    listener_accept, listener_accept_poll, NULL, listener_accept_drop);

nr_listener_accept_future *nr_listener_accept_at_(nr_listener *l,
                                                  nr_stream **out,
                                                  nr_addr *peer_or_null,
                                                  const char *place)
{
    listener_check(l, "nr_listener_accept on a closed listener", place);
    listener_accept *f = NR_FUTURE_NEW(listener_accept, &listener_accept_ops);
    if (!f)
        return NULL;
    f->on = l;
    nr_fetch_add_u32_relaxed(&l->references, 1); /* made from the user's */
    f->waiter.direction = NR_READING;
    f->out = out;
    f->peer = peer_or_null;
    return &f->face;
}

nr_listener_accept_future *(nr_listener_accept)(nr_listener *l, nr_stream **out,
                                                nr_addr *peer_or_null)
{
    return nr_listener_accept_at_(l, out, peer_or_null, NULL);
}
