/* SPDX-License-Identifier: MIT */
#include "nanorun/io/internal/waiter.h"

#include "nanorun/rt/task/wake.h"
#include "nanorun/rt/thread/fork.h"
#include "nanorun/rt/thread/spinlock.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"

/*
 * Design note: readiness, waiting and closing.
 *
 * A socket is registered once for both directions, edge-triggered: the poller
 * speaks when something changes, and then not again. So what it said is kept,
 * READY, until a call proves it stale. The race that loses wake-ups elsewhere,
 * and how it ends here:
 *
 *     future                            holder of the token
 *     enter: READY, clears FRESH
 *     read: EAGAIN
 *                                       event: sets READY, FRESH; not WAITING
 *     block: FRESH: still READY
 *     read again
 *
 * Were the event later, block would have left the waker for it: each changes
 * the state at once. So a waker is there only while READY is not. The first
 * READY is a guess: a wrong one costs one call. Rearm comes between the call
 * and the look at FRESH, so that what it reports at once counts as an event
 * too. A read that fell short of what it asked for proves the same as EAGAIN
 * where the poller spoke of bytes only: an end or an error that it had told of
 * would not be told again.
 *
 * The state is one word, of the bits that waiter.h lists: READY is
 * NR_IO_READY_. One compare-exchange leads to each next state. All
 * are acq_rel and pair with one another: what is done in one state is seen in
 * the next. Who needs the wakers sets LOCKED with it, which nobody passes, for
 * a few lines: to leave one, or to take and mark one. So a waker needs no
 * reference: who left it takes it back before its task ends, and cannot while
 * another is marking it.
 *
 * Closing while others are at it. The user may close a stream on which another
 * task waits, or is inside a read on another worker this very moment. Then:
 *  1. close sets CLOSED and wakes both waiters. No enter succeeds any more.
 *  2. The descriptor is closed by whoever leads to a state that is CLOSED and
 *     CALLING in neither direction: close itself, at once, in all but the rare
 *     case that a call is under way; else the end of the last such call, which
 *     never blocks. So its number cannot be reused under a call that was made
 *     for this socket.
 *  3. A woken waiter enters, learns -ECANCELED, and gives TAKEN back.
 *  4. Who leads to a state that is neither OPEN nor TAKEN leaves the
 *     registration to the reactor, which frees it when no batch of events can
 *     name it (reactor.c).
 * Rejected: to close with the last reference. A waiter that is queued behind
 * long polls would keep the peer waiting for its end of stream. Rejected: to
 * wake without LOCKED, by counted wakers. It costs two locked operations a
 * wait, and this none.
 */

/* The bits in both directions. */
#define REGISTRATION_BOTH(bits) ((uint32_t)(bits) * ((1u << NR_IO_SHIFT_) + 1))

/* By nr_direction. */
static const uint32_t registration_poller_bits[2] = {NR_SYS_READABLE,
                                                     NR_SYS_WRITABLE};

int nr_registration_open(nr_registration *reg, nr_reactor *reactor,
                         nr_sys_socket s)
{
    reg->reactor = reactor;
    reg->socket = s;
    nr_store_u32_relaxed(&reg->state,
                         NR_IO_OPEN_ | REGISTRATION_BOTH(NR_IO_READY_));
    /* Before its first event can come, so that no look passes it by. */
    nr_fetch_add_u32_relaxed(&reactor->base.watched, 1);
    int err = nr_sys_poller_add(reactor->poller, s, reg);
    if (err)
        nr_fetch_sub_u32_relaxed(&reactor->base.watched, 1);
    else
        nr_reactor_link(reactor, reg);
    return err;
}

/* ---- the state ---- */

/* What it is once it is not LOCKED, for a compare-exchange. */
static uint32_t registration_look(const nr_registration *reg)
{
    uint32_t state = nr_load_u32_relaxed(&reg->state);
    while (state & NR_IO_LOCKED_)
        state = nr_spin_wait(&reg->state, NR_IO_LOCKED_);
    return state;
}

/* Ends LOCKED; nobody else changes the state meanwhile. */
static void registration_unlock(nr_registration *reg, uint32_t to)
{
    nr_store_u32_release(&reg->state, to);
    nr_spin_wake(&reg->state);
}

static uint32_t registration_clear(nr_registration *reg, uint32_t bits)
{
    uint32_t old = registration_look(reg);
    while (!nr_io_change_(reg, old, old & ~bits))
        old = registration_look(reg);
    return old & ~bits;
}

/* From a state that is not LOCKED to `to`, with the waker left. */
static bool registration_change_to_waiting(const nr_io_waiter *w, uint32_t from,
                                           uint32_t to, nr_waker *waker)
{
    if (!nr_io_change_(w->on, from, to | REGISTRATION_BOTH(NR_IO_LOCKED_)))
        return false;
    w->on->wakers[w->direction] = waker;
    registration_unlock(w->on, to);
    return true;
}

typedef struct registration_woken {
    nr_task *tasks[2];
} registration_woken;

/* The same, with the wakers in the directions that `from` waits in and `to`
 * does not taken and marked. */
static bool registration_change_and_mark(nr_registration *reg, uint32_t from,
                                         uint32_t to, registration_woken *out)
{
    uint32_t taken = from & ~to;
    if (!nr_io_change_(reg, from, to | REGISTRATION_BOTH(NR_IO_LOCKED_)))
        return false;
    for (int i = 0; i < 2; i++) {
        bool is_taken = taken >> i * NR_IO_SHIFT_ & NR_IO_WAITING_;
        out->tasks[i] = is_taken ? nr_waker_mark(reg->wakers[i]) : NULL;
    }
    registration_unlock(reg, to);
    return true;
}

static void registration_push(const registration_woken *w)
{
    for (int i = 0; i < 2; i++) {
        if (w->tasks[i])
            nr_task_push(w->tasks[i]);
    }
}

/* ---- events and closing ---- */

static void registration_close_socket(nr_registration *reg)
{
    nr_sys_poller_remove(reg->reactor->poller, reg->socket);
    nr_sys_socket_close(reg->socket);
}

/* After a reference was given back. */
static void registration_bury_if_last(nr_registration *reg, uint32_t state)
{
    if (!(state & (NR_IO_OPEN_ | REGISTRATION_BOTH(NR_IO_TAKEN_))))
        nr_reactor_bury(reg->reactor, reg);
}

void nr_registration_close(nr_registration *reg, const char *what,
                           const char *place)
{
    uint32_t old;
    registration_woken wake;
    nr_registration_check(reg, what, place);
    if (reg->reactor->generation != nr_fork_generation())
        nr_sys_die("a socket opened before fork is closed in the child", place);
    do {
        old = registration_look(reg);
        if (old & NR_IO_CLOSED_)
            nr_sys_die(what, place);
    } while (!registration_change_and_mark(
        reg, old,
        (old & ~REGISTRATION_BOTH(NR_IO_WAITING_)) |
            REGISTRATION_BOTH(NR_IO_CLOSED_),
        &wake));
    if (!(old & REGISTRATION_BOTH(NR_IO_CALLING_)))
        registration_close_socket(reg);
    registration_push(&wake);
    registration_bury_if_last(reg, registration_clear(reg, NR_IO_OPEN_));
}

void nr_registration_dispatch(nr_registration *reg, uint32_t ready)
{
    uint32_t old, set = 0, unset = 0;
    registration_woken wake = {{NULL, NULL}};
    if (ready & NR_SYS_READABLE) {
        set = NR_IO_READY_ | NR_IO_FRESH_;
        unset = NR_IO_BYTES_ONLY_ | NR_IO_WAITING_;
        if (ready & NR_SYS_BYTES_ONLY)
            set |= NR_IO_BYTES_ONLY_;
    }
    if (ready & NR_SYS_WRITABLE) {
        set |= (NR_IO_READY_ | NR_IO_FRESH_) << NR_IO_SHIFT_;
        unset |= NR_IO_WAITING_ << NR_IO_SHIFT_;
    }
    bool is_done;
    do {
        old = registration_look(reg);
        uint32_t to = (old & ~unset) | set;
        is_done = old & unset & REGISTRATION_BOTH(NR_IO_WAITING_)
                      ? registration_change_and_mark(reg, old, to, &wake)
                      : nr_io_change_(reg, old, to);
    } while (!is_done);
    registration_push(&wake);
}

void nr_registration_destroy(nr_registration *reg)
{
    uint32_t state = nr_load_u32_relaxed(&reg->state);
    NR_ASSERT(!(state & REGISTRATION_BOTH(NR_IO_CALLING_)),
              "no task runs when its reactor ends");
    if (!(state & NR_IO_CLOSED_))
        registration_close_socket(reg);
    nr_fetch_sub_u32_relaxed(&reg->reactor->base.watched, 1);
    nr_sys_free(reg);
}

/* ---- waiters ---- */

static uint32_t registration_mine(const nr_io_waiter *w, uint32_t bits)
{
    return bits << nr_io_shift_(w);
}

int nr_io_waiter_enter_slowly_(nr_io_waiter *w, nr_waker *waker)
{
    nr_registration *reg = w->on;
    bool is_ready, is_done;
    do {
        uint32_t old = registration_look(reg);
        if (old & NR_IO_CLOSED_)
            return -ECANCELED;
        if (old & registration_mine(w, NR_IO_TAKEN_) && !w->taken)
            return -EBUSY;
        is_ready = old & registration_mine(w, NR_IO_READY_);
        is_done =
            is_ready
                ? nr_io_change_(
                      reg, old,
                      (old & ~registration_mine(w, NR_IO_FRESH_)) |
                          registration_mine(w, NR_IO_TAKEN_ | NR_IO_CALLING_))
                : registration_change_to_waiting(
                      w, old,
                      old | registration_mine(w, NR_IO_TAKEN_ | NR_IO_WAITING_),
                      waker);
    } while (!is_done);
    w->taken = NR_IO_TAKEN_;
    return is_ready ? 0 : -EAGAIN;
}

/* After the end of a call that found CLOSED: the last closes. The caller has
 * a reference still. */
static void registration_end_call_closed(nr_io_waiter *w)
{
    if (!(registration_clear(w->on, registration_mine(w, NR_IO_CALLING_)) &
          REGISTRATION_BOTH(NR_IO_CALLING_)))
        registration_close_socket(w->on);
}

int nr_io_waiter_block(nr_io_waiter *w, nr_waker *waker)
{
    nr_registration *reg = w->on;
    bool is_fresh, is_done;
    nr_sys_poller_rearm(reg->reactor->poller, reg->socket, reg,
                        registration_poller_bits[w->direction]);
    do {
        uint32_t old = registration_look(reg);
        if (old & NR_IO_CLOSED_) {
            registration_end_call_closed(w);
            return -ECANCELED;
        }
        is_fresh = old & registration_mine(w, NR_IO_FRESH_);
        is_done = is_fresh
                      ? nr_io_change_(reg, old,
                                      old & ~registration_mine(w, NR_IO_FRESH_))
                      : registration_change_to_waiting(
                            w, old,
                            (old & ~registration_mine(w, NR_IO_CALLING_ |
                                                             NR_IO_READY_)) |
                                registration_mine(w, NR_IO_WAITING_),
                            waker);
    } while (!is_done);
    return is_fresh ? 0 : -EAGAIN;
}

void nr_io_waiter_leave_slowly_(nr_io_waiter *w, bool done, bool fell_short)
{
    nr_registration *reg = w->on;
    uint32_t old, unset;
    do {
        old = registration_look(reg);
        if (old & NR_IO_CLOSED_) {
            registration_end_call_closed(w);
            if (done)
                nr_io_waiter_release(w);
            return;
        }
        unset = registration_mine(w, done ? NR_IO_CALLING_ | NR_IO_TAKEN_
                                          : NR_IO_CALLING_);
        if (fell_short &&
            (old & registration_mine(w, NR_IO_BYTES_ONLY_ | NR_IO_FRESH_)) ==
                registration_mine(w, NR_IO_BYTES_ONLY_))
            unset |= registration_mine(w, NR_IO_READY_);
    } while (!nr_io_change_(reg, old, old & ~unset));
    if (done)
        w->taken = 0;
}

void nr_io_waiter_release(nr_io_waiter *w)
{
    if (!w->taken)
        return;
    w->taken = 0;
    registration_bury_if_last(
        w->on, registration_clear(
                   w->on, registration_mine(w, NR_IO_TAKEN_ | NR_IO_WAITING_)));
}
