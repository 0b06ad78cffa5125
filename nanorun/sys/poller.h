/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_POLLER_H
#define NANORUN_SYS_POLLER_H

/*
 * The port contract of readiness: a poller watches sockets and is woken by any
 * thread. One thread waits at a time; the other calls may come from any thread
 * meanwhile and take effect at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_sys_poller nr_sys_poller;

/* What happened to a socket. An error or hang-up is both. */
enum {
    NR_SYS_READABLE = 1, /* data, a connection, end of stream or an error */
    NR_SYS_WRITABLE = 2, /* room, a connection made, or an error */
    /* With NR_SYS_READABLE: bytes and nothing else, no end, error or urgent
     * data. So a read that takes them and finds fewer than it asked for has
     * emptied the socket, and what comes next brings an event without a rearm.
     * A system that cannot promise this, or that tells of a socket twice in one
     * wait, never says so. */
    NR_SYS_BYTES_ONLY = 4
};

typedef struct nr_sys_event {
    void *token;    /* given at add */
    uint32_t ready; /* NR_SYS_READABLE, … */
} nr_sys_event;

enum { NR_SYS_EVENTS_MAX = 256 };

/* Returns 0, or -EMFILE, -ENFILE, -ENOMEM. */
int nr_sys_poller_create(nr_sys_poller **out);

/* NULL is fine. Sockets added are not closed. */
void nr_sys_poller_destroy(nr_sys_poller *p);

/* Watches `s` for both directions, edge-triggered: an event comes for each
 * change after the call, and one for what is ready at the call. Written before
 * the call is visible after a wait that reports the socket. Returns 0,
 * -EEXIST, -ENOMEM, or -EPERM for what cannot be watched. */
int nr_sys_poller_add(nr_sys_poller *p, nr_sys_socket s, void *token);

/* Asks for a further event in the directions `want` at which a call would have
 * blocked. Nothing to do where the system is edge-triggered. */
void nr_sys_poller_rearm(nr_sys_poller *p, nr_sys_socket s, void *token,
                         uint32_t want);

/* Stops watching; the socket must still be open, and one that is not watched
 * stops the process. Events of it that the current wait has already taken may
 * still be handed out. A socket that is closed while it is watched harms
 * no other, but may count as watched until the poller is destroyed. */
void nr_sys_poller_remove(nr_sys_poller *p, nr_sys_socket s);

/* Waits up to `timeout_ns` (0: looks only; UINT64_MAX: no bound) for events or
 * a wake, and returns how many events it put in `events`, of `events_max` at
 * most. Signals do not end it early by more than a spurious return of 0. */
int nr_sys_poller_wait(nr_sys_poller *p, nr_sys_event *events, int events_max,
                       uint64_t timeout_ns);

/* Makes the current or else the next wait return. Wakes coalesce. Written
 * before the call is visible after that wait. */
void nr_sys_poller_wake(nr_sys_poller *p);

#ifdef __cplusplus
}
#endif

#endif
