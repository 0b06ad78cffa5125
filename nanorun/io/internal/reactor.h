/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_IO_INTERNAL_REACTOR_H
#define NANORUN_IO_INTERNAL_REACTOR_H

/*
 * The reactor: turns the readiness of sockets into wake-ups. A runtime gets
 * one as its driver with its first socket, and keeps it to its end.
 *
 * It owns every registration, and a registration owns its socket: what the
 * user did not close is closed and freed with the reactor. The life of both is
 * told at the top of reactor.c and registration.c. For io only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/internal/driver.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/socket.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_registration nr_registration;

typedef struct nr_reactor {
    nr_driver base; /* first: a driver is cast to its reactor */
    nr_sys_poller *poller;
    nr_sys_mutex lock;
    nr_registration *live; /* by `lock`: doubly linked */
    nr_registration *dead; /* by `lock`: nobody's, maybe named by a batch */
    nr_atomic_u32 watched; /* how many sockets the poller watches */
    nr_sys_event batch[NR_SYS_EVENTS_MAX]; /* the token holder's */
} nr_reactor;

/* The reactor of the running task's runtime, made if there is none. Returns 0,
 * or -EMFILE, -ENFILE, -ENOMEM. Threads: tasks. Ownership: the runtime's. */
int nr_reactor_current(nr_reactor **out);

/* Takes a new registration into the live list. Threads: any. Ownership: takes
 * `reg`, until it is buried. */
void nr_reactor_link(nr_reactor *r, nr_registration *reg);

/* Takes a registration that nobody refers to out of the live list, to free it
 * when no batch can name it. Threads: any. Ownership: takes `reg`. */
void nr_reactor_bury(nr_reactor *r, nr_registration *reg);

typedef enum nr_direction { NR_READING = 0, NR_WRITING = 1 } nr_direction;

/* One direction of a socket; everything by the registration's lock. */
typedef struct nr_readiness {
    uint64_t tick;   /* how many events there were: what a call saw is known */
    bool ready;      /* a call may succeed: try it before waiting */
    bool bytes_only; /* the last event said so: NR_SYS_BYTES_ONLY */
    bool taken;      /* by a waiter; a second one is turned away */
    nr_waker *waker; /* of the waiter while it waits, or NULL */
} nr_readiness;

/* A socket that a reactor watches. It begins a heap block of the kind of
 * object that it is part of, a listener or a stream. */
struct nr_registration {
    nr_reactor *reactor;
    nr_sys_socket socket;
    uint32_t lock; /* nr_spin_lock: taken often, for a few lines each time */
    nr_readiness directions[2]; /* by `lock` */
    unsigned calls;        /* by `lock`: between enter and leave or block */
    unsigned references;   /* by `lock`: 1 until close, 1 a waiter */
    bool closed;           /* by `lock` */
    nr_registration *next; /* by the reactor's lock */
    nr_registration *previous;
};

/* Begins to watch `s`. `reg` is the beginning of a block from nr_sys_alloc.
 * Returns 0 or -ENOMEM. Threads: any. Ownership: on success the
 * reactor's, block and socket both; else they stay the caller's. */
int nr_registration_open(nr_registration *reg, nr_reactor *reactor,
                         nr_sys_socket s);

/* Closes the socket, at once or when the last call inside it returns, and
 * wakes the waiters. Threads: any. Ownership: takes `reg`. */
void nr_registration_close(nr_registration *reg);

/* What the poller said of it: NR_SYS_READABLE, … Threads: the holder of the
 * driver token; tasks, while it is open. */
void nr_registration_dispatch(nr_registration *reg, uint32_t ready);

/* Ends it without any further ado: its reactor is ending. Threads: the last. */
void nr_registration_destroy(nr_registration *reg);

/* A future's claim to one direction of a registration, from its first enter to
 * its release; in between it holds a reference. Part of the future, which sets
 * the first two fields, and touched by nobody else. A future polls so:
 *
 *     err = nr_io_waiter_enter(w, waker);
 *     while (!err) {
 *         make the call;
 *         if (it did not answer -EAGAIN) {
 *             nr_io_waiter_leave(w, whether it is done, whether it got less
 *                                than it asked for);
 *             …
 *         }
 *         err = nr_io_waiter_block(w, waker);
 *     }
 *     err == -EAGAIN: pending; else it failed: nr_io_waiter_release(w). */
typedef struct nr_io_waiter {
    nr_registration *on;
    nr_direction direction;
    bool taken;
    uint64_t tick; /* of the direction, when it was entered */
} nr_io_waiter;

/* Asks whether a call may be made now. Returns 0: yes; -EAGAIN: `waker` was
 * left; -EBUSY: another has the direction; -ECANCELED: it was closed. */
int nr_io_waiter_enter(nr_io_waiter *w, nr_waker *waker);

/* Says that the call answered -EAGAIN. Returns 0 where an event came since:
 * make it again; -EAGAIN: `waker` was left; -ECANCELED: it was closed. */
int nr_io_waiter_block(nr_io_waiter *w, nr_waker *waker);

/* Says that the call answered. With `done` it is a release, too. With
 * `fell_short` the next enter waits, where what came before it was bytes only:
 * that saves the call that would answer -EAGAIN. */
void nr_io_waiter_leave(nr_io_waiter *w, bool done, bool fell_short);

/* Gives the direction back, the waker and the reference with it, if they are
 * held. Not after an enter or block that returned 0. */
void nr_io_waiter_release(nr_io_waiter *w);

#ifdef __cplusplus
}
#endif

#endif
