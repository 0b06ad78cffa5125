/* SPDX-License-Identifier: MIT */

/*
 * A watch of a foreign descriptor has two slots, so that two tasks can wait,
 * whatever each wants. A slot is a registration, of which only the direction
 * NR_READING is used, and a wait of the system's (sys/foreign.h). Both are made
 * by nr_fd_watch: later the number might be another descriptor's.
 *
 * Foreign code makes its own calls on the descriptor, so READY of the
 * registration says only that it is worth a check. Each future arms its slot
 * when it begins, and then sees what is ready at that time.
 *
 * The watch is freed with its last reference. Each slot has one, until its
 * registration is freed, and each future has one, so that a future that has not
 * been polled yet may outlive nr_fd_unwatch.
 */

#include "nanorun/io/fd.h"

#include <errno.h>

#include "nanorun/io/reactor/reactor.h"
#include "nanorun/io/reactor/waiter.h"
#include "nanorun/rt/future.h"
#include "nanorun/sys/foreign.h"
#include "nanorun/sys/memory.h"

_Static_assert((int)NR_FD_READ == NR_SYS_FOREIGN_READ &&
                   (int)NR_FD_WRITE == NR_SYS_FOREIGN_WRITE &&
                   (int)NR_FD_PRIORITY == NR_SYS_FOREIGN_PRIORITY &&
                   (int)NR_FD_ERROR == NR_SYS_FOREIGN_ERROR &&
                   (int)NR_FD_HANGUP == NR_SYS_FOREIGN_HANGUP,
               "users and systems have the same bits");

enum {
    FD_SLOTS = 2,
    FD_WANT_ALL =
        NR_FD_READ | NR_FD_WRITE | NR_FD_PRIORITY | NR_FD_ERROR | NR_FD_HANGUP
};

typedef struct fd_slot {
    nr_fd *of;
    nr_sys_foreign *wait; /* as long as `io` is open */
    nr_registration io;
} fd_slot;

struct nr_fd {
    nr_atomic_u32 references;
    int fd;
    fd_slot slots[FD_SLOTS];
};

/* acq_rel: the last one sees what the others did. */
static void fd_release(nr_fd *w)
{
    if (nr_fetch_sub_u32_acq_rel(&w->references, 1) == 1)
        nr_sys_free(w);
}

static fd_slot *fd_slot_of(nr_registration *io)
{
    return NR_CONTAINER_OF(io, fd_slot, io);
}

static int fd_slot_watch(nr_registration *io)
{
    fd_slot *slot = fd_slot_of(io);
    return nr_sys_foreign_open(io->registry->poller, slot->of->fd, io,
                               &slot->wait);
}

static void fd_slot_close(nr_registration *io)
{
    nr_sys_foreign_close(fd_slot_of(io)->wait);
}

static void fd_slot_free(nr_registration *io)
{
    fd_release(fd_slot_of(io)->of);
}

static const nr_registration_ops fd_slot_ops = {fd_slot_watch, fd_slot_close,
                                                fd_slot_free};

static int fd_slot_open(nr_fd *w, int i, nr_registry *registry)
{
    w->slots[i].of = w;
    return nr_registration_open(&w->slots[i].io, registry, NR_SYS_NO_SOCKET,
                                &fd_slot_ops);
}

int nr_fd_watch(int fd, nr_fd **out)
{
    nr_registry *registry;
    int error = nr_sys_foreign_probe(fd);
    if (error)
        return error;
    error = nr_reactor_registry(&registry);
    if (error)
        return error;
    nr_fd *w = nr_sys_alloc(sizeof *w);
    if (!w)
        return -ENOMEM;
    w->fd = fd;
    nr_store_u32_relaxed(&w->references, FD_SLOTS);
    error = fd_slot_open(w, 0, registry);
    if (error)
        goto free_memory;
    error = fd_slot_open(w, 1, registry);
    if (error)
        goto close_first;
    *out = w;
    return 0;
close_first:
    nr_registration_close(&w->slots[0].io, "nr_fd_watch", NULL);
    fd_release(w); /* the reference of the other */
    return error;
free_memory:
    nr_sys_free(w);
    return error;
}

void nr_fd_unwatch_at_(nr_fd *w, const char *place)
{
    if (!w)
        return;
    /* The first of them finds out whether it was called before. */
    for (int i = 0; i < FD_SLOTS; i++)
        nr_registration_close(
            &w->slots[i].io, "nr_fd_unwatch of an unwatched descriptor", place);
}

void(nr_fd_unwatch)(nr_fd *w)
{
    nr_fd_unwatch_at_(w, NULL);
}

/* ---- ready ---- */

typedef struct fd_ready {
    nr_fd_ready_future face; /* first: what the caller sees */
    nr_fd *on;
    fd_slot *slot;       /* NULL before the first poll */
    nr_io_waiter waiter; /* on the slot */
    uint32_t want;
    bool is_armed;
} fd_ready;

/* Claims a slot. Returns -EAGAIN: it has one; or the error. */
static int fd_ready_begin(fd_ready *f, nr_waker *waker)
{
    int error = f->want & ~(uint32_t)FD_WANT_ALL ? -EINVAL : -EBUSY;
    for (int i = 0; i < FD_SLOTS && error == -EBUSY; i++) {
        f->slot = &f->on->slots[i];
        f->waiter.on = &f->slot->io;
        error = nr_io_waiter_claim(&f->waiter, waker);
    }
    return error;
}

/* What is ready, 0 if nothing is yet, or the error. Within a call. */
static int fd_ready_call(fd_ready *f)
{
    int error = f->is_armed ? 0 : nr_sys_foreign_arm(f->slot->wait, f->want);
    f->is_armed = true;
    return error ? error : nr_sys_foreign_check(f->slot->wait);
}

/* Returns what is ready, -EAGAIN when pending, or the error. */
static int fd_ready_proceed(fd_ready *f, nr_context *cx)
{
    if (!nr_context_spend(cx))
        return -EAGAIN;
    /* A cancelled wait leaves the registration without READY, and what this
     * one wants was never asked for. */
    if (!f->is_armed)
        nr_registration_dispatch(&f->slot->io, NR_SYS_READABLE);
    int error = nr_io_waiter_enter(&f->waiter, cx->waker);
    while (!error) {
        int ready = fd_ready_call(f);
        if (ready) {
            nr_io_waiter_leave(&f->waiter, true, false);
            return ready;
        }
        error = nr_io_waiter_block(&f->waiter, cx->waker);
    }
    return error;
}

static nr_poll fd_ready_poll(nr_future *self, nr_context *cx)
{
    fd_ready *f = (fd_ready *)self;
    int result = f->slot ? -EAGAIN : fd_ready_begin(f, cx->waker);
    if (result == -EAGAIN)
        result = fd_ready_proceed(f, cx);
    if (result == -EAGAIN)
        return NR_PENDING;
    nr_io_waiter_release(&f->waiter);
    f->face.result = result;
    return NR_READY;
}

static void fd_ready_drop(nr_future *self)
{
    fd_ready *f = (fd_ready *)self;
    nr_io_waiter_release(&f->waiter);
    fd_release(f->on);
    nr_future_free(self);
}

static const nr_future_ops fd_ready_ops =
    NR_FUTURE_OPS(fd_ready, fd_ready_poll, NULL, fd_ready_drop);

nr_fd_ready_future *nr_fd_ready_at_(nr_fd *w, unsigned want, const char *place)
{
    nr_registration_check(&w->slots[0].io,
                          "nr_fd_ready on an unwatched descriptor", place);
    fd_ready *f = NR_FUTURE_NEW(fd_ready, &fd_ready_ops);
    if (!f)
        return NULL;
    nr_fetch_add_u32_relaxed(&w->references, 1); /* made from a slot's */
    f->on = w;
    f->want = want;
    f->waiter.direction = NR_READING;
    return &f->face;
}

nr_fd_ready_future *(nr_fd_ready)(nr_fd *w, unsigned want)
{
    return nr_fd_ready_at_(w, want, NULL);
}
