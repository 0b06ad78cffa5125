/* SPDX-License-Identifier: MIT */

/*
 * The state of a registration, and closing.
 *
 * The state is one word, whose bits registration.h lists; READY is
 * NR_IO_READY_. Each change is one compare-exchange. All are acq_rel and pair
 * with one another, so a state sees what was written in the one before. A
 * thread that stores, takes or marks a waker sets LOCKED in the same exchange,
 * for a few lines, in which no other thread changes the state. So a waker needs
 * no reference: a waiter takes its waker back before its task ends, and cannot
 * do so while another thread marks that task.
 *
 * The user may close a stream while another task waits on it, or is in a read
 * on another worker:
 *  1. Close sets CLOSED and wakes both waiters. No enter succeeds any more.
 *  2. If no call is under way, close closes the descriptor at once. Otherwise
 *     the end of the last such call does, and no call blocks. So the number of
 *     the descriptor cannot be reused during a call that was made for this
 *     socket.
 *  3. A woken waiter enters, gets -ECANCELED, and clears TAKEN.
 *  4. The thread that clears the last of OPEN and the TAKEN bits buries the
 *     registration, which is freed when no batch of events can name it
 *     (registry.c).
 *
 * Rejected: to close the descriptor with the last reference. A waiter whose
 * task is queued behind long polls would keep the peer waiting for its end of
 * stream. Rejected: to wake without LOCKED, by counted wakers, which would cost
 * two locked operations for each wait.
 */

#include "nanorun/io/reactor/registration.h"

#include "nanorun/rt/task/wake.h"
#include "nanorun/rt/thread/fork.h"

int nr_registration_watch_socket(nr_registration *reg)
{
    return nr_sys_poller_add(reg->registry->poller, reg->socket, reg);
}

void nr_registration_close_socket(nr_registration *reg)
{
    nr_sys_poller_remove(reg->registry->poller, reg->socket);
    nr_sys_socket_close(reg->socket);
}

int nr_registration_open(nr_registration *reg, nr_registry *registry,
                         nr_sys_socket s, const nr_registration_ops *ops)
{
    reg->registry = registry;
    reg->ops = ops;
    reg->socket = s;
    nr_store_u32_relaxed(&reg->state, NR_IO_OPEN_ | NR_IO_BOTH_(NR_IO_READY_));
    /* Before its first event can come, so that no look passes it by. */
    nr_fetch_add_u32_relaxed(registry->watched, 1);
    int error = ops->watch(reg);
    if (error)
        nr_fetch_sub_u32_relaxed(registry->watched, 1);
    else
        nr_registry_add(registry, &reg->link);
    return error;
}

void nr_registration_destroy_all(nr_link *list)
{
    while (!nr_list_is_empty(list)) {
        nr_registration *reg =
            NR_CONTAINER_OF(list->next, nr_registration, link);
        nr_list_remove(&reg->link);
        uint32_t state = nr_load_u32_relaxed(&reg->state);
        NR_ASSERT(!(state & NR_IO_BOTH_(NR_IO_CALLING_)),
                  "no task runs when its reactor ends");
        if (!(state & NR_IO_CLOSED_))
            reg->ops->close(reg);
        nr_fetch_sub_u32_relaxed(reg->registry->watched, 1);
        reg->ops->free(reg);
    }
}

static uint32_t registration_clear(nr_registration *reg, uint32_t bits)
{
    uint32_t old = nr_registration_look(reg);
    while (!nr_registration_change(reg, old, old & ~bits))
        old = nr_registration_look(reg);
    return old & ~bits;
}

void nr_registration_release(nr_registration *reg, uint32_t bits)
{
    nr_link freed;
    uint32_t state = registration_clear(reg, bits);
    if (state & (NR_IO_OPEN_ | NR_IO_BOTH_(NR_IO_TAKEN_)))
        return;
    nr_registry_bury(reg->registry, &reg->link, &freed);
    nr_registration_destroy_all(&freed);
}

void nr_registration_end_call(nr_registration *reg, uint32_t calling)
{
    if (!(registration_clear(reg, calling) & NR_IO_BOTH_(NR_IO_CALLING_)))
        reg->ops->close(reg);
}

typedef struct registration_woken {
    nr_task *tasks[2];
} registration_woken;

/* Changes the state, takes the wakers in the directions that `from` waits in
 * and `to` does not, and marks them. */
static bool registration_change_and_mark(nr_registration *reg, uint32_t from,
                                         uint32_t to, registration_woken *out)
{
    uint32_t taken = from & ~to;
    if (!nr_registration_change(reg, from, to | NR_IO_BOTH_(NR_IO_LOCKED_)))
        return false;
    for (int i = 0; i < 2; i++) {
        bool is_taken = taken >> i * NR_IO_SHIFT_ & NR_IO_WAITING_;
        out->tasks[i] = is_taken ? nr_waker_mark(reg->wakers[i]) : NULL;
    }
    nr_registration_unlock(reg, to);
    return true;
}

static void registration_push(const registration_woken *w)
{
    for (int i = 0; i < 2; i++) {
        if (w->tasks[i])
            nr_task_push(w->tasks[i]);
    }
}

void nr_registration_close(nr_registration *reg, const char *what,
                           const char *place)
{
    uint32_t old;
    registration_woken wake;
    nr_registration_check(reg, what, place);
    if (reg->registry->generation != nr_fork_generation())
        nr_sys_die("a socket opened before fork is closed in the child", place);
    do {
        old = nr_registration_look(reg);
        if (old & NR_IO_CLOSED_)
            nr_sys_die(what, place);
    } while (!registration_change_and_mark(
        reg, old,
        (old & ~NR_IO_BOTH_(NR_IO_WAITING_)) | NR_IO_BOTH_(NR_IO_CLOSED_),
        &wake));
    if (!(old & NR_IO_BOTH_(NR_IO_CALLING_)))
        reg->ops->close(reg);
    registration_push(&wake);
    nr_registration_release(reg, NR_IO_OPEN_);
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
        old = nr_registration_look(reg);
        uint32_t to = (old & ~unset) | set;
        is_done = old & unset & NR_IO_BOTH_(NR_IO_WAITING_)
                      ? registration_change_and_mark(reg, old, to, &wake)
                      : nr_registration_change(reg, old, to);
    } while (!is_done);
    registration_push(&wake);
}
