/* SPDX-License-Identifier: MIT */

/*
 * At most one poll in flight for each wait. A poll is one-shot and
 * level-triggered, as the wait is. A completion finds its wait by the address
 * of the request, and the poller's map of numbers knows none of them: the
 * number of a foreign socket that was closed may be one of ours by then.
 *
 * An arm while a poll is in flight makes that poll stale and cancels it; its
 * completion starts the next one. A closed wait lives until the completion of
 * its poll, because the system writes to the request until then. All of it is
 * guarded by the poller's lock.
 *
 * What is ready when a wait is armed must be told by the first check, but the
 * completion comes later: that check looks for itself, without the port.
 *
 * The system reports that a socket was closed only to a poll in flight. Such a
 * wait is gone and polls no more.
 */

#include "nanorun/sys/foreign.h"

#include <errno.h>
#include <stdbool.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/windows/foreign.h"
#include "nanorun/sys/windows/poller_state.h"
#include "nanorun/sys/windows/winsock.h"

struct nr_sys_foreign {
    nr_afd_request request; /* first: a completion names it */
    nr_sys_poller *poller;  /* constant, as are the next three */
    nr_afd_device *device;
    SOCKET base;
    void *token;
    uint32_t want; /* of the last arm */
    int ready;     /* what check returns */
    bool is_armed;
    bool is_new; /* no check was made since it was armed */
    bool is_polling;
    bool is_stale; /* the poll in flight was made for an arm before */
    bool is_gone;  /* the socket was closed */
    bool is_closed;
};
_Static_assert(offsetof(nr_sys_foreign, request) == 0 &&
                   offsetof(nr_afd_request, overlapped) == 0,
               "a completion is cast to the wait it is of");

static ULONG foreign_to_afd(uint32_t want)
{
    ULONG events = NR_AFD_ABORT | NR_AFD_CONNECT_FAIL | NR_AFD_LOCAL_CLOSE;

    if (want & NR_SYS_FOREIGN_READ)
        events |= NR_AFD_RECEIVE | NR_AFD_ACCEPT | NR_AFD_DISCONNECT;
    if (want & NR_SYS_FOREIGN_WRITE)
        events |= NR_AFD_SEND;
    if (want & NR_SYS_FOREIGN_PRIORITY)
        events |= NR_AFD_RECEIVE_EXPEDITED;
    return events;
}

/* A connection that failed or was reset is ready for all, as on Linux. */
static int foreign_from_afd(ULONG events, uint32_t want)
{
    int ready = 0;

    if (events & (NR_AFD_RECEIVE | NR_AFD_ACCEPT | NR_AFD_DISCONNECT))
        ready |= NR_SYS_FOREIGN_READ;
    if (events & NR_AFD_SEND)
        ready |= NR_SYS_FOREIGN_WRITE;
    if (events & NR_AFD_RECEIVE_EXPEDITED)
        ready |= NR_SYS_FOREIGN_PRIORITY;
    if (events & (NR_AFD_ABORT | NR_AFD_CONNECT_FAIL))
        ready |= NR_SYS_FOREIGN_READ | NR_SYS_FOREIGN_WRITE |
                 NR_SYS_FOREIGN_ERROR | NR_SYS_FOREIGN_HANGUP;
    return ready & (int)(want | NR_SYS_FOREIGN_ERROR | NR_SYS_FOREIGN_HANGUP);
}

/* What is no socket cannot be told from what is not open. The option is asked
 * for because Wine finds a base for any number. */
static int foreign_base(nr_sys_socket fd, SOCKET *out)
{
    int type, len = sizeof type;

    if (getsockopt((SOCKET)fd, SOL_SOCKET, SO_TYPE, (char *)&type, &len) != 0)
        return -EBADF;
    return nr_afd_base_socket((SOCKET)fd, out) != 0 ? -EBADF : 0;
}

int nr_sys_foreign_probe(nr_sys_socket fd)
{
    SOCKET base;
    int error = nr_winsock_start();

    if (error != 0)
        return error;
    error = foreign_base(fd, &base);
    nr_winsock_stop();
    return error;
}

static int foreign_take_device(nr_sys_foreign *f)
{
    int error;

    nr_sys_mutex_lock(&f->poller->lock);
    error = nr_afd_pool_take(&f->poller->foreign_devices, &f->device);
    nr_sys_mutex_unlock(&f->poller->lock);
    return error;
}

int nr_sys_foreign_open(nr_sys_poller *p, nr_sys_socket fd, void *token,
                        nr_sys_foreign **out)
{
    nr_sys_foreign *f = nr_sys_alloc(sizeof *f);
    int error;

    if (!f)
        return -ENOMEM;
    *f = (nr_sys_foreign){.poller = p, .token = token};
    error = foreign_base(fd, &f->base);
    if (error == 0)
        error = foreign_take_device(f);
    if (error != 0)
        nr_sys_free(f);
    else
        *out = f;
    return error;
}

/* The functions down to `nr_foreign_complete` are called with the lock held. */

static void foreign_free(nr_sys_foreign *f)
{
    nr_afd_pool_put(&f->poller->foreign_devices, f->device);
    nr_sys_free(f);
}

/* Returns 0, -EBADF or -ENOMEM. */
static int foreign_poll(nr_sys_foreign *f)
{
    int error = f->is_gone ? -EPERM
                           : nr_afd_poll(f->device->afd, f->base,
                                         foreign_to_afd(f->want), &f->request);

    if (error != 0)
        return error == -EPERM ? -EBADF : error;
    f->is_polling = true;
    f->is_stale = false;
    f->poller->in_flight++;
    return 0;
}

/* What a check is to return after the poll in flight has completed; 0 if there
 * is nothing to say. */
static int foreign_result(nr_sys_foreign *f)
{
    ULONG events = 0;
    int error = nr_afd_result(&f->request, &events);

    if (events & NR_AFD_LOCAL_CLOSE) {
        f->is_gone = true; /* nobody is told, as on Linux */
        if (!f->is_stale)
            return 0;
    }
    /* None without an error: it was cancelled. */
    if (!f->is_armed)
        return 0;
    if (f->is_stale || (error == 0 && events == 0))
        return foreign_poll(f);
    return error != 0 ? error : foreign_from_afd(events, f->want);
}

int nr_foreign_complete(nr_sys_poller *p, OVERLAPPED *overlapped,
                        nr_sys_event *out)
{
    nr_sys_foreign *f = (nr_sys_foreign *)(void *)overlapped;

    f->is_polling = false;
    p->in_flight--;
    if (f->is_closed) {
        foreign_free(f);
        return 0;
    }
    f->ready = foreign_result(f);
    *out = (nr_sys_event){.token = f->token, .ready = NR_SYS_READABLE};
    return f->ready != 0;
}

void nr_sys_foreign_close(nr_sys_foreign *f)
{
    nr_sys_poller *p = f->poller;

    nr_sys_mutex_lock(&p->lock);
    f->is_closed = true;
    if (f->is_polling)
        nr_afd_cancel(f->device->afd, &f->request);
    else
        foreign_free(f);
    nr_sys_mutex_unlock(&p->lock);
}

int nr_sys_foreign_arm(nr_sys_foreign *f, uint32_t want)
{
    int error = 0;

    nr_sys_mutex_lock(&f->poller->lock);
    f->want = want;
    f->is_armed = true;
    f->is_new = true;
    f->ready = 0;
    if (!f->is_polling) {
        error = foreign_poll(f);
    } else if (!f->is_stale) {
        f->is_stale = true;
        nr_afd_cancel(f->device->afd, &f->request);
    }
    nr_sys_mutex_unlock(&f->poller->lock);
    return error;
}

/* Whether the poll in flight has seen the socket closed. */
static bool foreign_saw_close(const nr_sys_foreign *f)
{
    ULONG events = 0;

    return f->is_polling && HasOverlappedIoCompleted(&f->request.overlapped) &&
           nr_afd_result(&f->request, &events) == 0 &&
           (events & NR_AFD_LOCAL_CLOSE) != 0;
}

/* What is ready already, which the port tells only later. If the socket was
 * closed since the arm, the number may have been another's at the look, so what
 * that found counts only if the poll in flight saw no close before. */
static int foreign_look(const nr_sys_foreign *f)
{
    ULONG events =
        nr_afd_look(f->device->afd, f->base, foreign_to_afd(f->want));

    return (events & NR_AFD_LOCAL_CLOSE) || foreign_saw_close(f)
               ? 0
               : foreign_from_afd(events, f->want);
}

int nr_sys_foreign_check(nr_sys_foreign *f)
{
    int ready;

    nr_sys_mutex_lock(&f->poller->lock);
    ready = f->ready;
    if (ready == 0 && f->is_new && !f->is_gone)
        ready = foreign_look(f);
    f->is_new = false;
    if (ready != 0)
        f->is_armed = false;
    f->ready = 0;
    nr_sys_mutex_unlock(&f->poller->lock);
    return ready;
}
