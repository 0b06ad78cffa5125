/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_REACTOR_REGISTRATION_H
#define NANORUN_IO_REACTOR_REGISTRATION_H

/*
 * A registration: a descriptor that a reactor watches, and the state of its two
 * directions. It is a member of what users see: a listener, a stream. The head
 * of registration.c has the state and closing, the head of waiter.c has
 * waiting. For io only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nanorun/async/poll.h"
#include "nanorun/io/reactor/registry.h"
#include "nanorun/rt/thread/spinlock.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The state of a registration: eight bits for NR_READING, and above them eight
 * for NR_WRITING. */
enum nr_io_state_ {
    NR_IO_READY_ = 1,      /* a call may succeed: try it before waiting */
    NR_IO_FRESH_ = 2,      /* an event came since the last enter */
    NR_IO_BYTES_ONLY_ = 4, /* the last event had NR_SYS_BYTES_ONLY */
    NR_IO_TAKEN_ = 8,      /* a waiter has the direction, and a reference */
    NR_IO_CALLING_ = 16,   /* between enter and leave or block */
    NR_IO_WAITING_ = 32,   /* the waiter's waker is in `wakers` */
    NR_IO_CLOSED_ = 64,    /* from the start of close; always in both */
    NR_IO_LOCKED_ = 128,   /* its setter owns `wakers`; always in both */
    NR_IO_SHIFT_ = 8,
    NR_IO_OPEN_ = 1 << 16 /* a reference, until the end of close */
};

/* The bits in both directions. */
#define NR_IO_BOTH_(bits) ((uint32_t)(bits) * ((1u << NR_IO_SHIFT_) + 1))

typedef struct nr_registration nr_registration;

/* What is special to a kind of descriptor. */
typedef struct nr_registration_ops {
    /* Makes the registry's poller watch it, with the registration as the token.
     * Returns 0 or an error. */
    int (*watch)(nr_registration *reg);
    /* Ends that, and closes what the registration owns. Called once. */
    void (*close)(nr_registration *reg);
    /* Called once, when the registration is not used any more: it was closed,
     * or its runtime has ended. */
    void (*free)(nr_registration *reg);
} nr_registration_ops;

struct nr_registration {
    nr_registry *registry; /* constant, as are ops and socket */
    const nr_registration_ops *ops;
    nr_sys_socket socket; /* or NR_SYS_NO_SOCKET, for `ops` of such a kind */
    nr_atomic_u32 state;  /* enum nr_io_state_ */
    nr_waker *wakers[2];  /* of the waiters, borrowed; by `state` */
    nr_link link;         /* in the registry's list; its lock */
};

/* The watch and close of sockets, for their nr_registration_ops. */
int nr_registration_watch_socket(nr_registration *reg);
void nr_registration_close_socket(nr_registration *reg);

/* Begins to watch `s`. Returns 0, or the error of `watch`: -ENOMEM for a
 * socket. Threads: any. Ownership: on success the registry takes `reg` and the
 * socket; on failure they stay the caller's. */
int nr_registration_open(nr_registration *reg, nr_registry *registry,
                         nr_sys_socket s, const nr_registration_ops *ops);

/* Closes the descriptor, at once or when the last call on it returns, and wakes
 * the waiters. Stops the process with the line `what (place)` if it was closed
 * before. Threads: any. Ownership: takes `reg`. */
void nr_registration_close(nr_registration *reg, const char *what,
                           const char *place);

/* Stores what the poller reports (NR_SYS_READABLE, …) and wakes the waiters.
 * Threads: the holder of the driver token; tasks, while `reg` is open. */
void nr_registration_dispatch(nr_registration *reg, uint32_t ready);

/* Frees the registrations of a list from the registry and closes their open
 * sockets. Threads: the one that took the list. */
void nr_registration_destroy_all(nr_link *list);

/* Stops the process with the line `what (place)` if `reg` was closed. A freed
 * one is recognized until its memory is reused. */
static inline void nr_registration_check(const nr_registration *reg,
                                         const char *what, const char *place)
{
    if (nr_load_u32_relaxed(&reg->state) & NR_IO_CLOSED_)
        nr_sys_die(what, place);
}

/* ---- the steps of the state, for registration.c and waiter.c ---- */

/* acq_rel: each state is reached from the one before by such an exchange, and
 * so sees what was written before. */
static inline bool nr_registration_change(nr_registration *reg, uint32_t from,
                                          uint32_t to)
{
    return nr_cas_u32_acq_rel(&reg->state, &from, to);
}

/* Waits until the state is not LOCKED and returns it, for a
 * compare-exchange. */
static inline uint32_t nr_registration_look(const nr_registration *reg)
{
    uint32_t state = nr_load_u32_relaxed(&reg->state);
    while (state & NR_IO_LOCKED_)
        state = nr_spin_wait(&reg->state, NR_IO_LOCKED_);
    return state;
}

/* Clears LOCKED; no other thread changes the state while it is set. */
static inline void nr_registration_unlock(nr_registration *reg, uint32_t to)
{
    nr_store_u32_release(&reg->state, to);
    nr_spin_wake(&reg->state);
}

/* Clears `bits`, which contain a reference (OPEN or TAKEN). Ownership: takes
 * `reg` if that was the last reference. */
void nr_registration_release(nr_registration *reg, uint32_t bits);

/* Ends a call that found CLOSED: clears its bit CALLING, and closes the socket
 * if no other call is under way. The caller still has a reference. */
void nr_registration_end_call(nr_registration *reg, uint32_t calling);

#ifdef __cplusplus
}
#endif

#endif
