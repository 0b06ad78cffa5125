/* SPDX-License-Identifier: MIT */

/*
 * Readiness and waiting.
 *
 * A socket is registered once for both directions, edge-triggered: the poller
 * reports a change only once. So its report is stored as READY until a call
 * proves it stale. An event may come between a call that answers -EAGAIN and
 * the wait:
 *
 *     future                            holder of the token
 *     enter: READY, clears FRESH
 *     read: EAGAIN
 *                                       event: sets READY, FRESH; not WAITING
 *     block: FRESH: still READY
 *     read again
 *
 * If the event comes after block, it finds the waker that block left, because
 * each changes the state in one step (registration.c). So a waker is there only
 * while READY is not set. A new registration has READY, which is a guess; a
 * wrong one costs one call. Block rearms the poller before it tests FRESH, so
 * that an event which the rearm reports at once counts, too. A kind of
 * descriptor that is no socket rearms it itself, before it blocks. A read that
 * got less than it asked for clears READY like -EAGAIN, but only if the last
 * event was bytes only: after an end or an error the poller would not report
 * again.
 */

#include "nanorun/io/reactor/waiter.h"

#include <errno.h>

/* By nr_direction. */
static const uint32_t waiter_poller_bits[2] = {NR_SYS_READABLE,
                                               NR_SYS_WRITABLE};

static uint32_t waiter_bits(const nr_io_waiter *w, uint32_t bits)
{
    return bits << nr_io_shift_(w);
}

/* Changes the state from `from`, which is not LOCKED, to `to`, and leaves the
 * waker. Returns false if the state was not `from`. */
static bool waiter_change_to_waiting(const nr_io_waiter *w, uint32_t from,
                                     uint32_t to, nr_waker *waker)
{
    if (!nr_registration_change(w->on, from, to | NR_IO_BOTH_(NR_IO_LOCKED_)))
        return false;
    w->on->wakers[w->direction] = waker;
    nr_registration_unlock(w->on, to);
    return true;
}

int nr_io_waiter_enter_slowly_(nr_io_waiter *w, nr_waker *waker)
{
    nr_registration *reg = w->on;
    bool is_ready, is_done;
    do {
        uint32_t old = nr_registration_look(reg);
        if (old & NR_IO_CLOSED_)
            return -ECANCELED;
        if (old & waiter_bits(w, NR_IO_TAKEN_) && !w->taken)
            return -EBUSY;
        is_ready = old & waiter_bits(w, NR_IO_READY_);
        is_done = is_ready
                      ? nr_registration_change(
                            reg, old,
                            (old & ~waiter_bits(w, NR_IO_FRESH_)) |
                                waiter_bits(w, NR_IO_TAKEN_ | NR_IO_CALLING_))
                      : waiter_change_to_waiting(
                            w, old,
                            old | waiter_bits(w, NR_IO_TAKEN_ | NR_IO_WAITING_),
                            waker);
    } while (!is_done);
    w->taken = NR_IO_TAKEN_;
    return is_ready ? 0 : -EAGAIN;
}

int nr_io_waiter_block(nr_io_waiter *w, nr_waker *waker)
{
    nr_registration *reg = w->on;
    bool is_fresh, is_done;
    if (reg->socket != NR_SYS_NO_SOCKET)
        nr_sys_poller_rearm(reg->registry->poller, reg->socket, reg,
                            waiter_poller_bits[w->direction]);
    do {
        uint32_t old = nr_registration_look(reg);
        if (old & NR_IO_CLOSED_) {
            nr_registration_end_call(reg, waiter_bits(w, NR_IO_CALLING_));
            return -ECANCELED;
        }
        is_fresh = old & waiter_bits(w, NR_IO_FRESH_);
        is_done =
            is_fresh
                ? nr_registration_change(reg, old,
                                         old & ~waiter_bits(w, NR_IO_FRESH_))
                : waiter_change_to_waiting(
                      w, old,
                      (old & ~waiter_bits(w, NR_IO_CALLING_ | NR_IO_READY_)) |
                          waiter_bits(w, NR_IO_WAITING_),
                      waker);
    } while (!is_done);
    return is_fresh ? 0 : -EAGAIN;
}

void nr_io_waiter_leave_slowly_(nr_io_waiter *w, bool done, bool fell_short)
{
    nr_registration *reg = w->on;
    uint32_t old, unset;
    do {
        old = nr_registration_look(reg);
        if (old & NR_IO_CLOSED_) {
            nr_registration_end_call(reg, waiter_bits(w, NR_IO_CALLING_));
            if (done)
                nr_io_waiter_release(w);
            return;
        }
        unset = waiter_bits(w, done ? NR_IO_CALLING_ | NR_IO_TAKEN_
                                    : NR_IO_CALLING_);
        if (fell_short &&
            (old & waiter_bits(w, NR_IO_BYTES_ONLY_ | NR_IO_FRESH_)) ==
                waiter_bits(w, NR_IO_BYTES_ONLY_))
            unset |= waiter_bits(w, NR_IO_READY_);
    } while (!nr_registration_change(reg, old, old & ~unset));
    if (done)
        w->taken = 0;
}

int nr_io_waiter_claim(nr_io_waiter *w, nr_waker *waker)
{
    int error = nr_io_waiter_enter(w, waker);
    if (error)
        return error;
    nr_io_waiter_leave(w, false, false);
    return -EAGAIN;
}

ptrdiff_t nr_io_waiter_poll(nr_io_waiter *w, nr_context *cx,
                            ptrdiff_t (*call)(void *future), void *future,
                            size_t len)
{
    int error = nr_io_waiter_begin(w, cx);
    while (!error) {
        ptrdiff_t n = call(future);
        if (n != -EAGAIN) {
            nr_io_waiter_leave(w, true, n > 0 && (size_t)n < len);
            return n;
        }
        error = nr_io_waiter_block(w, cx->waker);
    }
    if (error != -EAGAIN)
        nr_io_waiter_release(w);
    return error;
}

void nr_io_waiter_release(nr_io_waiter *w)
{
    if (!w->taken)
        return;
    w->taken = 0;
    nr_registration_release(w->on,
                            waiter_bits(w, NR_IO_TAKEN_ | NR_IO_WAITING_));
}
