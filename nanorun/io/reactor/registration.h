/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_REACTOR_REGISTRATION_H
#define NANORUN_IO_REACTOR_REGISTRATION_H

/*
 * A registration: a socket that a reactor watches, and the state of its two
 * directions. It begins a heap block of the kind of object that it is part of,
 * a listener or a stream. The state and its end are told at the top of
 * registration.c, waiting at the top of waiter.c. For io only.
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

/* The state of a registration: eight bits for NR_READING, and above them as
 * many for NR_WRITING. */
enum nr_io_state_ {
    NR_IO_READY_ = 1,      /* a call may succeed: try it before waiting */
    NR_IO_FRESH_ = 2,      /* an event came since the last enter */
    NR_IO_BYTES_ONLY_ = 4, /* the last event said so: NR_SYS_BYTES_ONLY */
    NR_IO_TAKEN_ = 8,      /* by a waiter, a reference; a second must go */
    NR_IO_CALLING_ = 16,   /* between enter and leave or block */
    NR_IO_WAITING_ = 32,   /* the waker is there */
    NR_IO_CLOSED_ = 64,    /* from the beginning of close; in both at once */
    NR_IO_LOCKED_ = 128,   /* its setter has the wakers; in both at once */
    NR_IO_SHIFT_ = 8,
    NR_IO_OPEN_ = 1 << 16 /* a reference, until the end of close */
};

/* The bits in both directions. */
#define NR_IO_BOTH_(bits) ((uint32_t)(bits) * ((1u << NR_IO_SHIFT_) + 1))

typedef struct nr_registration {
    nr_registry *registry; /* constant, as is socket */
    nr_sys_socket socket;
    nr_atomic_u32 state; /* enum nr_io_state_ */
    nr_waker *wakers[2]; /* of the waiters, borrowed; by `state` */
    nr_link link;        /* in the registry's list; its lock */
} nr_registration;

/* Begins to watch `s`. `reg` is the beginning of a block from nr_sys_alloc.
 * Returns 0 or -ENOMEM. Threads: any. Ownership: on success the registry's,
 * block and socket both; else they stay the caller's. */
int nr_registration_open(nr_registration *reg, nr_registry *registry,
                         nr_sys_socket s);

/* Closes the socket, at once or when the last call inside it returns, and
 * wakes the waiters. Stops the process with the line `what (place)` if it was
 * closed before. Threads: any. Ownership: takes `reg`. */
void nr_registration_close(nr_registration *reg, const char *what,
                           const char *place);

/* Takes over what the poller reports: NR_SYS_READABLE, … Threads: the holder of
 * the driver token; tasks, while it is open. */
void nr_registration_dispatch(nr_registration *reg, uint32_t ready);

/* Frees what is in a list of the registry's; the sockets that are open are
 * closed. Threads: the one that took the list. */
void nr_registration_destroy_all(nr_link *list);

/* Stops the process with the line `what (place)` if it was closed. One that was
 * freed since is recognized until its memory is used again. */
static inline void nr_registration_check(const nr_registration *reg,
                                         const char *what, const char *place)
{
    if (nr_load_u32_relaxed(&reg->state) & NR_IO_CLOSED_)
        nr_sys_die(what, place);
}

/* ---- the steps of the state, for registration.c and waiter.c ---- */

/* acq_rel: each state is reached from the one before by such an exchange, so
 * what was done in that is seen. */
static inline bool nr_registration_change(nr_registration *reg, uint32_t from,
                                          uint32_t to)
{
    return nr_cas_u32_acq_rel(&reg->state, &from, to);
}

/* The state once it is not LOCKED, for a compare-exchange. */
static inline uint32_t nr_registration_look(const nr_registration *reg)
{
    uint32_t state = nr_load_u32_relaxed(&reg->state);
    while (state & NR_IO_LOCKED_)
        state = nr_spin_wait(&reg->state, NR_IO_LOCKED_);
    return state;
}

/* Ends LOCKED; nobody else changes the state meanwhile. */
static inline void nr_registration_unlock(nr_registration *reg, uint32_t to)
{
    nr_store_u32_release(&reg->state, to);
    nr_spin_wake(&reg->state);
}

/* Gives the reference in `bits` back, and clears the other bits with it.
 * Ownership: takes `reg` if that was the last reference. */
void nr_registration_release(nr_registration *reg, uint32_t bits);

/* Ends a call that found CLOSED, by its bit CALLING: the end of the last one
 * closes the socket. The caller has a reference still. */
void nr_registration_end_call(nr_registration *reg, uint32_t calling);

#ifdef __cplusplus
}
#endif

#endif
