/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_SYS_WINDOWS_AFD_H
#define NANORUN_SYS_WINDOWS_AFD_H

/*
 * AFD, the driver below Winsock. Its polls are the only way to get the
 * readiness of a socket from a completion port. Its interface is not
 * documented, but has not changed since Windows XP; libuv, wepoll and mio use
 * it, too. For sys only.
 */

#include "nanorun/sys/windows/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The events that a poll asks for and reports. */
enum {
    NR_AFD_RECEIVE = 0x0001,           /* there are bytes */
    NR_AFD_RECEIVE_EXPEDITED = 0x0002, /* there is urgent data */
    NR_AFD_SEND = 0x0004,        /* there is room, or a connection is made */
    NR_AFD_DISCONNECT = 0x0008,  /* the peer has sent its end of stream */
    NR_AFD_ABORT = 0x0010,       /* the connection was reset */
    NR_AFD_LOCAL_CLOSE = 0x0020, /* the socket was closed */
    NR_AFD_ACCEPT = 0x0080,      /* a connection waits */
    NR_AFD_CONNECT_FAIL = 0x0100 /* none could be made */
};

/* One poll, from nr_afd_poll to the completion that names it. Until that
 * completion is dequeued the system may write to the request. */
typedef struct nr_afd_request {
    OVERLAPPED overlapped; /* first: a completion names it */
    /* AFD_POLL_INFO, in and out. */
    struct {
        LARGE_INTEGER timeout;
        ULONG count;
        ULONG is_exclusive;
        struct {
            HANDLE socket;
            ULONG events;
            LONG status;
        } sockets[1];
    } info;
} nr_afd_request;

/* Opens a device for polls, whose completions come to `port` under `key`.
 * Returns 0, or -ENOMEM, even if handles are short: -EMFILE would suggest that
 * closing a socket helps. */
int nr_afd_open(HANDLE port, ULONG_PTR key, HANDLE *out);

/* Stores the socket that the driver knows, below all layers. Returns 0, or
 * -EPERM if `s` is no socket. */
int nr_afd_base_socket(SOCKET s, SOCKET *out);

/* Starts a poll of a base socket for `events`, which ends only by its
 * completion. Returns 0, or -ENOMEM or -EPERM and starts nothing. */
int nr_afd_poll(HANDLE afd, SOCKET base, ULONG events, nr_afd_request *r);

/* What a base socket has of `events` now, without the port; 0 if that cannot be
 * told. */
ULONG nr_afd_look(HANDLE afd, SOCKET base, ULONG events);

/* Makes the poll complete now, unless it has already. */
void nr_afd_cancel(HANDLE afd, nr_afd_request *r);

/* Turns a request that could not be started into one that has failed. */
void nr_afd_fail(nr_afd_request *r);

/* Stores the events that a completed poll found, none if it was cancelled.
 * Returns 0 or -EIO. */
int nr_afd_result(const nr_afd_request *r, ULONG *out_events);

#ifdef __cplusplus
}
#endif

#endif
