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
#include "nanorun/rt/sched/driver.h"
#include "nanorun/sys/atomic.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/socket.h"
#include "nanorun/sys/thread.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_registration nr_registration;

typedef struct nr_reactor {
    nr_driver base;     /* first: a driver is cast to its reactor */
    uint8_t generation; /* of the process that made it */
    nr_sys_poller *poller;
    nr_sys_mutex lock;
    nr_registration *live; /* by `lock`: doubly linked */
    nr_atomic_ptr dead;    /* written by `lock`: nobody's registrations, maybe
                              named by a batch */
    size_t dead_count;     /* by `lock` */
    nr_atomic_u32 is_out;  /* a batch may be; the token holder writes it */
    nr_sys_event batch[NR_SYS_EVENTS_MAX]; /* the token holder's */
} nr_reactor;

/* The reactor of the running task's runtime, made if there is none. Returns 0,
 * or -EMFILE, -ENFILE, -ENOMEM. Threads: tasks. Ownership: the runtime's. */
int nr_reactor_current(nr_reactor **out);

/* Takes a new registration into the live list. Threads: any. Ownership: takes
 * `reg`, until it is buried. */
void nr_reactor_link(nr_reactor *r, nr_registration *reg);

/* Takes a registration that nobody refers to out of the live list, to free it
 * when no batch can name it: a bounded number of others later. Threads: any.
 * Ownership: takes `reg`. */
void nr_reactor_bury(nr_reactor *r, nr_registration *reg);

/* A socket that a reactor watches. It begins a heap block of the kind of
 * object that it is part of, a listener or a stream. */
struct nr_registration {
    nr_reactor *reactor; /* constant, as is socket */
    nr_sys_socket socket;
    nr_atomic_u32 state;   /* enum nr_io_state_, in waiter.h */
    nr_waker *wakers[2];   /* who waits, borrowed; by `state` */
    nr_registration *next; /* by the reactor's lock */
    nr_registration *previous;
};

/* Begins to watch `s`. `reg` is the beginning of a block from nr_sys_alloc.
 * Returns 0 or -ENOMEM. Threads: any. Ownership: on success the
 * reactor's, block and socket both; else they stay the caller's. */
int nr_registration_open(nr_registration *reg, nr_reactor *reactor,
                         nr_sys_socket s);

/* Closes the socket, at once or when the last call inside it returns, and
 * wakes the waiters. Stops the process with the line `what (place)` if it was
 * closed before. Threads: any. Ownership: takes `reg`. */
void nr_registration_close(nr_registration *reg, const char *what,
                           const char *place);

/* What the poller said of it: NR_SYS_READABLE, … Threads: the holder of the
 * driver token; tasks, while it is open. */
void nr_registration_dispatch(nr_registration *reg, uint32_t ready);

/* Ends it without any further ado: its reactor is ending. Threads: the last. */
void nr_registration_destroy(nr_registration *reg);

#ifdef __cplusplus
}
#endif

#endif
