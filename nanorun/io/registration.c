/* SPDX-License-Identifier: MIT */
#include "nanorun/io/internal/waiter.h"

#include "nanorun/rt/internal/fork.h"
#include "nanorun/rt/internal/spinlock.h"
#include "nanorun/rt/internal/wake.h"
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
 * The state is one word, and one compare-exchange leads to each next one. All
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

/* Short names for what waiter.h explains. */
enum {
    READY = NR_IO_READY_,
    FRESH = NR_IO_FRESH_,
    BYTES_ONLY = NR_IO_BYTES_ONLY_,
    TAKEN = NR_IO_TAKEN_,
    CALLING = NR_IO_CALLING_,
    WAITING = NR_IO_WAITING_,
    SHIFT = NR_IO_SHIFT_,
    CLOSED = NR_IO_CLOSED_,
    LOCKED = NR_IO_LOCKED_,
    OPEN = NR_IO_OPEN_
};

/* The bits in both directions. */
#define BOTH(bits) ((uint32_t)(bits) * ((1u << SHIFT) + 1))

/* By nr_direction. */
static const uint32_t poller_bits[2] = {NR_SYS_READABLE, NR_SYS_WRITABLE};

int nr_registration_open(nr_registration *reg, nr_reactor *reactor,
                         nr_sys_socket s)
{
    reg->reactor = reactor;
    reg->socket = s;
    nr_store_u32_relaxed(&reg->state, OPEN | BOTH(READY));
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
static uint32_t look(const nr_registration *reg)
{
    uint32_t state = nr_load_u32_relaxed(&reg->state);
    while (state & LOCKED)
        state = nr_spin_wait(&reg->state, LOCKED);
    return state;
}

/* Ends LOCKED; nobody else changes the state meanwhile. */
static void unlock(nr_registration *reg, uint32_t to)
{
    nr_store_u32_release(&reg->state, to);
    nr_spin_wake(&reg->state);
}

static uint32_t clear(nr_registration *reg, uint32_t bits)
{
    uint32_t old = look(reg);
    while (!nr_io_change_(reg, old, old & ~bits))
        old = look(reg);
    return old & ~bits;
}

/* From a state that is not LOCKED to `to`, with the waker left. */
static bool change_to_waiting(const nr_io_waiter *w, uint32_t from, uint32_t to,
                              nr_waker *waker)
{
    if (!nr_io_change_(w->on, from, to | BOTH(LOCKED)))
        return false;
    w->on->wakers[w->direction] = waker;
    unlock(w->on, to);
    return true;
}

typedef struct woken {
    nr_task *tasks[2];
} woken;

/* The same, with the wakers in the directions that `from` waits in and `to`
 * does not taken and marked. */
static bool change_and_mark(nr_registration *reg, uint32_t from, uint32_t to,
                            woken *out)
{
    uint32_t taken = from & ~to;
    if (!nr_io_change_(reg, from, to | BOTH(LOCKED)))
        return false;
    for (int i = 0; i < 2; i++) {
        bool is_taken = taken >> i * SHIFT & WAITING;
        out->tasks[i] = is_taken ? nr_waker_mark(reg->wakers[i]) : NULL;
    }
    unlock(reg, to);
    return true;
}

static void push(const woken *w)
{
    for (int i = 0; i < 2; i++) {
        if (w->tasks[i])
            nr_task_push(w->tasks[i]);
    }
}

/* ---- events and closing ---- */

static void close_socket(nr_registration *reg)
{
    nr_sys_poller_remove(reg->reactor->poller, reg->socket);
    nr_sys_socket_close(reg->socket);
}

/* After a reference was given back. */
static void bury_if_last(nr_registration *reg, uint32_t state)
{
    if (!(state & (OPEN | BOTH(TAKEN))))
        nr_reactor_bury(reg->reactor, reg);
}

void nr_registration_close(nr_registration *reg, const char *what,
                           const char *place)
{
    uint32_t old;
    woken wake;
    nr_registration_check(reg, what, place);
    if (reg->reactor->generation != nr_fork_generation())
        nr_sys_die("a socket opened before fork is closed in the child", place);
    do {
        old = look(reg);
        if (old & CLOSED)
            nr_sys_die(what, place);
    } while (!change_and_mark(reg, old, (old & ~BOTH(WAITING)) | BOTH(CLOSED),
                              &wake));
    if (!(old & BOTH(CALLING)))
        close_socket(reg);
    push(&wake);
    bury_if_last(reg, clear(reg, OPEN));
}

void nr_registration_dispatch(nr_registration *reg, uint32_t ready)
{
    uint32_t old, set = 0, unset = 0;
    woken wake = {{NULL, NULL}};
    if (ready & NR_SYS_READABLE) {
        set = READY | FRESH;
        unset = BYTES_ONLY | WAITING;
        if (ready & NR_SYS_BYTES_ONLY)
            set |= BYTES_ONLY;
    }
    if (ready & NR_SYS_WRITABLE) {
        set |= (READY | FRESH) << SHIFT;
        unset |= WAITING << SHIFT;
    }
    bool is_done;
    do {
        old = look(reg);
        uint32_t to = (old & ~unset) | set;
        is_done = old & unset & BOTH(WAITING)
                      ? change_and_mark(reg, old, to, &wake)
                      : nr_io_change_(reg, old, to);
    } while (!is_done);
    push(&wake);
}

void nr_registration_destroy(nr_registration *reg)
{
    uint32_t state = nr_load_u32_relaxed(&reg->state);
    NR_ASSERT(!(state & BOTH(CALLING)), "no task runs when its reactor ends");
    if (!(state & CLOSED))
        close_socket(reg);
    nr_fetch_sub_u32_relaxed(&reg->reactor->base.watched, 1);
    nr_sys_free(reg);
}

/* ---- waiters ---- */

static uint32_t mine(const nr_io_waiter *w, uint32_t bits)
{
    return bits << nr_io_shift_(w);
}

int nr_io_waiter_enter_slowly_(nr_io_waiter *w, nr_waker *waker)
{
    nr_registration *reg = w->on;
    bool is_ready, is_done;
    do {
        uint32_t old = look(reg);
        if (old & CLOSED)
            return -ECANCELED;
        if (old & mine(w, TAKEN) && !w->taken)
            return -EBUSY;
        is_ready = old & mine(w, READY);
        is_done = is_ready ? nr_io_change_(reg, old,
                                           (old & ~mine(w, FRESH)) |
                                               mine(w, TAKEN | CALLING))
                           : change_to_waiting(
                                 w, old, old | mine(w, TAKEN | WAITING), waker);
    } while (!is_done);
    w->taken = TAKEN;
    return is_ready ? 0 : -EAGAIN;
}

/* After the end of a call that found CLOSED: the last closes. The caller has
 * a reference still. */
static void end_call_closed(nr_io_waiter *w)
{
    if (!(clear(w->on, mine(w, CALLING)) & BOTH(CALLING)))
        close_socket(w->on);
}

int nr_io_waiter_block(nr_io_waiter *w, nr_waker *waker)
{
    nr_registration *reg = w->on;
    bool is_fresh, is_done;
    nr_sys_poller_rearm(reg->reactor->poller, reg->socket, reg,
                        poller_bits[w->direction]);
    do {
        uint32_t old = look(reg);
        if (old & CLOSED) {
            end_call_closed(w);
            return -ECANCELED;
        }
        is_fresh = old & mine(w, FRESH);
        is_done = is_fresh
                      ? nr_io_change_(reg, old, old & ~mine(w, FRESH))
                      : change_to_waiting(w, old,
                                          (old & ~mine(w, CALLING | READY)) |
                                              mine(w, WAITING),
                                          waker);
    } while (!is_done);
    return is_fresh ? 0 : -EAGAIN;
}

void nr_io_waiter_leave_slowly_(nr_io_waiter *w, bool done, bool fell_short)
{
    nr_registration *reg = w->on;
    uint32_t old, unset;
    do {
        old = look(reg);
        if (old & CLOSED) {
            end_call_closed(w);
            if (done)
                nr_io_waiter_release(w);
            return;
        }
        unset = mine(w, done ? CALLING | TAKEN : CALLING);
        if (fell_short &&
            (old & mine(w, BYTES_ONLY | FRESH)) == mine(w, BYTES_ONLY))
            unset |= mine(w, READY);
    } while (!nr_io_change_(reg, old, old & ~unset));
    if (done)
        w->taken = 0;
}

void nr_io_waiter_release(nr_io_waiter *w)
{
    if (!w->taken)
        return;
    w->taken = 0;
    bury_if_last(w->on, clear(w->on, mine(w, TAKEN | WAITING)));
}
