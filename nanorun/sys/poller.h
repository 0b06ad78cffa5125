/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_POLLER_H
#define NANORUN_SYS_POLLER_H

/*
 * The port contract of readiness: a poller watches sockets and can be woken by
 * any thread. One thread waits at a time. Meanwhile any thread may make the
 * other calls, which take effect at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "nanorun/sys/socket.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_sys_poller nr_sys_poller;

/* What happened to a socket. An error or a hang-up is both. */
enum {
    NR_SYS_READABLE = 1, /* data, a connection, end of stream or an error */
    NR_SYS_WRITABLE = 2, /* room, a connection made, or an error */
    /* With NR_SYS_READABLE: only bytes have arrived, no end, error or urgent
     * data. So a read that gets fewer bytes than it asked for has emptied the
     * socket, and what comes next makes an event without a rearm. A system that
     * cannot promise this, or that reports a socket twice in one wait, never
     * sets the bit. */
    NR_SYS_BYTES_ONLY = 4
};

typedef struct nr_sys_event {
    void *token;    /* given at add */
    uint32_t ready; /* NR_SYS_READABLE, … */
} nr_sys_event;

enum { NR_SYS_EVENTS_MAX = 256 };

/* Creates a poller. Returns 0, or -EMFILE, -ENFILE, -ENOMEM. */
int nr_sys_poller_create(nr_sys_poller **out);

/* Destroys a poller, and closes none of its sockets. NULL is fine. */
void nr_sys_poller_destroy(nr_sys_poller *p);

/* Watches `s` for both directions, edge-triggered: there is an event for each
 * change after the call, and one for what is ready at the call. The caller's
 * writes before the call are visible after a wait that reports the socket.
 * Returns 0, -EEXIST, -ENOMEM, or -EPERM if `s` cannot be watched. */
int nr_sys_poller_add(nr_sys_poller *p, nr_sys_socket s, void *token);

/* The same for a socket of which a read may get less than it asked for although
 * more has arrived: no event of it has NR_SYS_BYTES_ONLY. */
int nr_sys_poller_add_short_reads(nr_sys_poller *p, nr_sys_socket s,
                                  void *token);

/* Requests a further event in the directions `want`, in which a call would have
 * blocked. Does nothing on a system that is edge-triggered. */
void nr_sys_poller_rearm(nr_sys_poller *p, nr_sys_socket s, void *token,
                         uint32_t want);

/* Stops watching `s`, which must still be open. Stops the process if `s` is not
 * watched. The current wait may still hand out events of `s` that it has
 * already taken. A socket that is closed while it is watched harms no other
 * socket, but may count as watched until the poller is destroyed. */
void nr_sys_poller_remove(nr_sys_poller *p, nr_sys_socket s);

/* Waits up to `timeout_ns` (0: does not wait; UINT64_MAX: no bound) for events
 * or a wake. Stores at most `events_max` events and returns their number. May
 * return 0 early, as after a signal. */
int nr_sys_poller_wait(nr_sys_poller *p, nr_sys_event *events, int events_max,
                       uint64_t timeout_ns);

/* Makes the wait under way return, or else the next one. Several wakes may end
 * one wait. The caller's writes before the call are visible after that wait. */
void nr_sys_poller_wake(nr_sys_poller *p);

#ifdef __cplusplus
}
#endif

#endif
