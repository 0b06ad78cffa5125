/* SPDX-License-Identifier: MIT */
#include "nanorun/io/internal/reactor.h"

#include <errno.h>

#include "nanorun/rt/internal/spinlock.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"

/*
 * Design note: readiness, waiting and closing.
 *
 * A socket is registered once for both directions, edge-triggered: the poller
 * speaks when something changes, and then not again. So what it said is kept,
 * `ready`, until a call proves it stale. The race that loses wake-ups
 * elsewhere, and how it ends here:
 *
 *     future                            holder of the token
 *     enter: ready, tick is 7
 *     read: EAGAIN
 *                                       event: ready, tick 8, no waker there
 *     block: 8 is not 7: still ready
 *     read again
 *
 * Were the event later, block would have left the waker for it: the two
 * exclude each other by the registration's lock. So a waker is there only
 * while `ready` is not. The first `ready` is a guess, true: a wrong one costs
 * one call. Rearm comes between the call and the look at the tick, so that
 * what it reports at once counts as an event too. A read that fell short of
 * what it asked for proves the same as EAGAIN where the poller spoke of bytes
 * only: an end or an error that it had told of would not be told again.
 *
 * Closing while others are at it. The user may close a stream on which another
 * task waits, or is inside a read on another worker this very moment. Then:
 *  1. close sets `closed` and wakes both waiters. No enter succeeds any more.
 *  2. The descriptor is closed by whoever sees `closed` and no `calls` first:
 *     close itself, at once, in all but the rare case that a call is under
 *     way; else the end of the last such call, which never blocks. So its
 *     number cannot be reused under a call that was made for this socket.
 *  3. A woken waiter enters, learns -ECANCELED, and releases its reference.
 *  4. With the last reference the registration is the reactor's alone, which
 *     frees it when no batch of events can name it (reactor.c).
 * Rejected: to close with the last reference. A waiter that is queued behind
 * long polls would keep the peer waiting for its end of stream.
 */

/* By nr_direction. */
static const uint32_t poller_bits[2] = {NR_SYS_READABLE, NR_SYS_WRITABLE};

int nr_registration_open(nr_registration *reg, nr_reactor *reactor,
                         nr_sys_socket s)
{
    reg->lock = 0;
    reg->reactor = reactor;
    reg->socket = s;
    for (int i = 0; i < 2; i++)
        reg->directions[i] = (nr_readiness){.ready = true};
    reg->calls = 0;
    reg->references = 1;
    reg->closed = false;
    /* Before its first event can come, so that no look passes it by. */
    nr_fetch_add_u32_relaxed(&reactor->watched, 1);
    int err = nr_sys_poller_add(reactor->poller, s, reg);
    if (err)
        nr_fetch_sub_u32_relaxed(&reactor->watched, 1);
    else
        nr_reactor_link(reactor, reg);
    return err;
}

static void close_socket(nr_registration *reg)
{
    nr_sys_poller_remove(reg->reactor->poller, reg->socket);
    nr_sys_socket_close(reg->socket);
    nr_fetch_sub_u32_relaxed(&reg->reactor->watched, 1);
}

static nr_waker *take_waker(nr_readiness *d)
{
    nr_waker *waker = d->waker;
    d->waker = NULL;
    return waker;
}

static void fire(nr_waker *waker)
{
    nr_waker_wake(waker);
    nr_waker_drop(waker);
}

void nr_registration_close(nr_registration *reg)
{
    nr_spin_lock(&reg->lock);
    NR_ASSERT(!reg->closed, "a socket is closed once");
    reg->closed = true;
    bool idle = reg->calls == 0;
    nr_waker *reader = take_waker(&reg->directions[NR_READING]);
    nr_waker *writer = take_waker(&reg->directions[NR_WRITING]);
    nr_spin_unlock(&reg->lock);
    if (idle)
        close_socket(reg);
    fire(reader);
    fire(writer);
    nr_spin_lock(&reg->lock);
    bool last = --reg->references == 0;
    nr_spin_unlock(&reg->lock);
    if (last)
        nr_reactor_bury(reg->reactor, reg);
}

void nr_registration_dispatch(nr_registration *reg, uint32_t ready)
{
    nr_waker *wakers[2] = {NULL, NULL};
    nr_spin_lock(&reg->lock);
    for (int i = 0; i < 2; i++) {
        if (!(ready & poller_bits[i]))
            continue;
        reg->directions[i].tick++;
        reg->directions[i].ready = true;
        reg->directions[i].bytes_only =
            i == NR_READING && (ready & NR_SYS_BYTES_ONLY);
        wakers[i] = take_waker(&reg->directions[i]);
    }
    nr_spin_unlock(&reg->lock);
    fire(wakers[NR_READING]);
    fire(wakers[NR_WRITING]);
}

void nr_registration_destroy(nr_registration *reg)
{
    NR_ASSERT(!reg->calls, "no task runs when its reactor ends");
    if (!reg->closed)
        close_socket(reg);
    nr_sys_free(reg);
}

/* The following four are called with the lock held. */

static int try_take(nr_io_waiter *w)
{
    nr_readiness *d = &w->on->directions[w->direction];
    if (w->on->closed)
        return -ECANCELED;
    if (w->taken)
        return 0;
    if (d->taken)
        return -EBUSY;
    d->taken = true;
    w->taken = true;
    w->on->references++;
    return 0;
}

/* Goes into a call, or waits. */
static int try_call(nr_io_waiter *w, nr_waker *waker)
{
    nr_readiness *d = &w->on->directions[w->direction];
    if (!d->ready) {
        nr_waker_store(&d->waker, waker);
        return -EAGAIN;
    }
    w->tick = d->tick;
    w->on->calls++;
    return 0;
}

/* Comes out of a call. Returns whether it is for the caller to close. */
static bool end_call(nr_registration *reg)
{
    return --reg->calls == 0 && reg->closed;
}

/* Gives the direction and the reference back. Returns whether it was the last
 * reference. */
static bool give_back(nr_io_waiter *w)
{
    w->on->directions[w->direction].taken = false;
    w->taken = false;
    return --w->on->references == 0;
}

int nr_io_waiter_enter(nr_io_waiter *w, nr_waker *waker)
{
    nr_spin_lock(&w->on->lock);
    int err = try_take(w);
    if (!err)
        err = try_call(w, waker);
    nr_spin_unlock(&w->on->lock);
    return err;
}

int nr_io_waiter_block(nr_io_waiter *w, nr_waker *waker)
{
    nr_registration *reg = w->on;
    nr_readiness *d = &reg->directions[w->direction];
    nr_sys_poller_rearm(reg->reactor->poller, reg->socket, reg,
                        poller_bits[w->direction]);
    nr_spin_lock(&reg->lock);
    if (d->tick == w->tick)
        d->ready = false;
    bool must_close = end_call(reg);
    int err = reg->closed ? -ECANCELED : try_call(w, waker);
    nr_spin_unlock(&reg->lock);
    if (must_close)
        close_socket(reg);
    return err;
}

void nr_io_waiter_leave(nr_io_waiter *w, bool done, bool fell_short)
{
    nr_registration *reg = w->on;
    nr_readiness *d = &reg->directions[w->direction];
    nr_spin_lock(&reg->lock);
    if (fell_short && d->bytes_only && d->tick == w->tick)
        d->ready = false;
    if (end_call(reg)) {
        /* The reference is still held: nobody frees it meanwhile. */
        nr_spin_unlock(&reg->lock);
        close_socket(reg);
        nr_spin_lock(&reg->lock);
    }
    bool last = done && give_back(w);
    nr_spin_unlock(&reg->lock);
    if (last)
        nr_reactor_bury(reg->reactor, reg);
}

void nr_io_waiter_release(nr_io_waiter *w)
{
    nr_registration *reg = w->on;
    if (!w->taken)
        return;
    nr_spin_lock(&reg->lock);
    nr_waker *waker = take_waker(&reg->directions[w->direction]);
    bool last = give_back(w);
    nr_spin_unlock(&reg->lock);
    nr_waker_drop(waker);
    if (last)
        nr_reactor_bury(reg->reactor, reg);
}
