/* SPDX-License-Identifier: MIT */

/*
 * A completion port, with at most one poll in flight for each socket.
 *
 * A poll (afd.h) reports the readiness of a socket once: it completes when the
 * socket is ready, at once if it is so already. `wanted` makes edges of that:
 * it has the directions in which an event is still owed. An add sets both, a
 * rearm sets one, and an event clears its directions. As long as any is set, a
 * poll for them is in flight. The states of a watch:
 *  1. idle: nothing is wanted, and no poll is in flight.
 *  2. polling: `armed` has the directions of the poll. If another one is
 *     wanted, the poll is cancelled, once, and its completion starts the next.
 *  3. completed: the completion is in the port, or the waiter has taken it.
 *     This state looks like 2 and need not be distinguished, because a cancel
 *     does nothing then.
 *  4. removed: not in the map, so no rearm finds it, and its socket may be
 *     closed and the number be reused. The system may write to the request
 *     until the completion is dequeued. So the watch lives until then, and
 *     reports nothing. Without a poll in flight it is freed at once.
 *
 * `lock` guards all of this, and is free while a thread waits. A poll that
 * cannot start, or that fails, is reported as readiness: the call that follows
 * will return the error, and other sockets are not affected.
 *
 * Rejected: a second poll beside the first if a direction is added. The two
 * complete in any order, and two requests would have to be kept alive.
 */

#include "nanorun/sys/poller.h"

#include <errno.h>

#include "nanorun/sys/atomic.h"
#include "nanorun/sys/clock.h"
#include "nanorun/sys/die.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/windows/foreign.h"
#include "nanorun/sys/windows/poller_state.h"
#include "nanorun/sys/windows/winsock.h"

_Static_assert(offsetof(nr_watch, request) == 0 &&
                   offsetof(nr_afd_request, overlapped) == 0,
               "a completion is cast to the watch it is of");

static const uint32_t POLLER_BOTH = NR_SYS_READABLE | NR_SYS_WRITABLE;

static ULONG poller_to_afd(uint32_t wanted)
{
    ULONG events = NR_AFD_ABORT | NR_AFD_CONNECT_FAIL | NR_AFD_LOCAL_CLOSE;

    if (wanted & NR_SYS_READABLE)
        events |= NR_AFD_RECEIVE | NR_AFD_ACCEPT | NR_AFD_DISCONNECT;
    if (wanted & NR_SYS_WRITABLE)
        events |= NR_AFD_SEND;
    return events;
}

static uint32_t poller_to_ready(ULONG events)
{
    uint32_t ready = 0;

    if (events & (NR_AFD_ABORT | NR_AFD_CONNECT_FAIL))
        ready |= POLLER_BOTH;
    if (events & (NR_AFD_RECEIVE | NR_AFD_ACCEPT | NR_AFD_DISCONNECT))
        ready |= NR_SYS_READABLE;
    if (events & NR_AFD_SEND)
        ready |= NR_SYS_WRITABLE;
    return ready;
}

int nr_sys_poller_create(nr_sys_poller **out)
{
    nr_sys_poller *p = nr_sys_alloc(sizeof *p);
    int error = -ENOMEM;

    if (!p)
        return -ENOMEM;
    *p = (nr_sys_poller){.in_flight = 0};
    error = nr_winsock_start();
    if (error != 0)
        goto free_poller;
    error = nr_sys_mutex_init(&p->lock);
    if (error != 0)
        goto stop_winsock;
    /* Otherwise the system counts each thread that has waited at the port as
     * busy with what it took, and holds other threads back. The runtime decides
     * which thread waits. */
    p->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, MAXLONG);
    if (!p->port) {
        error = -ENOMEM;
        goto deinit_lock;
    }
    p->devices.port = p->port;
    p->devices.key = NR_POLLER_KEY_POLL;
    p->foreign_devices.port = p->port;
    p->foreign_devices.key = NR_POLLER_KEY_FOREIGN;
    *out = p;
    return 0;

deinit_lock:
    nr_sys_mutex_deinit(&p->lock);
stop_winsock:
    nr_winsock_stop();
free_poller:
    nr_sys_free(p);
    return error;
}

/* The functions down to `poller_complete` are called with the lock held. */

static void poller_free_watch(nr_sys_poller *p, nr_watch *w)
{
    nr_afd_pool_put(&p->devices, w->device);
    nr_sys_free(w);
}

/* Removes the watch from the map; its memory stays while a poll is in
 * flight. */
static void poller_unwatch(nr_sys_poller *p, nr_watch *w)
{
    nr_watch_map_erase(&p->map, w);
    w->is_removed = true;
    if (w->armed == 0)
        poller_free_watch(p, w);
    else
        nr_afd_cancel(w->device->afd, &w->request);
}

/* Starts a poll for what is wanted. Returns 0, -EPERM or -ENOMEM. */
static int poller_arm(nr_sys_poller *p, nr_watch *w)
{
    int error = nr_afd_poll(w->device->afd, w->base, poller_to_afd(w->wanted),
                            &w->request);

    if (error != 0)
        return error;
    w->armed = w->wanted;
    w->is_cancelled = false;
    p->in_flight++;
    return 0;
}

/* The same, but a failure is reported as an event. */
static void poller_arm_or_fail(nr_sys_poller *p, nr_watch *w)
{
    if (poller_arm(p, w) == 0)
        return;
    nr_afd_fail(&w->request);
    w->armed = POLLER_BOTH;
    p->in_flight++;
    if (!PostQueuedCompletionStatus(p->port, 0, NR_POLLER_KEY_POLL,
                                    &w->request.overlapped))
        nr_sys_die("the system refused to poll a socket",
                   "nr_sys_poller_rearm");
}

/* Called when a poll is over. Returns 1 and fills `out` if that is an event,
 * else 0. */
static int poller_complete(nr_sys_poller *p, nr_watch *w, nr_sys_event *out)
{
    ULONG events = 0;
    uint32_t ready = POLLER_BOTH;

    w->armed = 0;
    p->in_flight--;
    if (w->is_removed) {
        poller_free_watch(p, w);
        return 0;
    }
    if (nr_afd_result(&w->request, &events) == 0)
        ready = poller_to_ready(events);
    if (events & NR_AFD_LOCAL_CLOSE) {
        poller_unwatch(
            p, w); /* closed without a remove: nobody is told, as on Linux */
        return 0;
    }
    w->wanted &= ~ready;
    if (w->wanted != 0)
        poller_arm_or_fail(p, w);
    *out = (nr_sys_event){.token = w->token, .ready = ready};
    return ready != 0;
}

static int poller_add(nr_sys_poller *p, nr_watch *w)
{
    int error = -EEXIST;

    if (nr_watch_map_find(&p->map, w->socket))
        return -EEXIST;
    error = nr_afd_pool_take(&p->devices, &w->device);
    if (error != 0)
        return error;
    error = nr_watch_map_insert(&p->map, w);
    if (error != 0)
        goto put_device;
    error = poller_arm(p, w);
    if (error != 0)
        goto erase;
    return 0;

erase:
    nr_watch_map_erase(&p->map, w);
put_device:
    nr_afd_pool_put(&p->devices, w->device);
    return error;
}

int nr_sys_poller_add(nr_sys_poller *p, nr_sys_socket s, void *token)
{
    nr_watch *w = nr_sys_alloc(sizeof *w);
    int error;

    if (!w)
        return -ENOMEM;
    *w = (nr_watch){.socket = s, .token = token, .wanted = POLLER_BOTH};
    error = nr_afd_base_socket((SOCKET)s, &w->base);
    if (error == 0) {
        nr_sys_mutex_lock(&p->lock);
        error = poller_add(p, w);
        nr_sys_mutex_unlock(&p->lock);
    }
    if (error != 0)
        nr_sys_free(w);
    return error;
}

int nr_sys_poller_add_short_reads(nr_sys_poller *p, nr_sys_socket s,
                                  void *token)
{
    return nr_sys_poller_add(p, s, token);
}

void nr_sys_poller_rearm(nr_sys_poller *p, nr_sys_socket s, void *token,
                         uint32_t want)
{
    nr_watch *w;

    (void)token; /* known since add */
    nr_sys_mutex_lock(&p->lock);
    w = nr_watch_map_find(&p->map, s);
    if (w) {
        w->wanted |= want;
        if (w->armed == 0) {
            poller_arm_or_fail(p, w);
        } else if ((w->wanted & ~w->armed) != 0 && !w->is_cancelled) {
            w->is_cancelled = true;
            nr_afd_cancel(w->device->afd, &w->request);
        }
    }
    nr_sys_mutex_unlock(&p->lock);
}

void nr_sys_poller_remove(nr_sys_poller *p, nr_sys_socket s)
{
    nr_watch *w;

    nr_sys_mutex_lock(&p->lock);
    w = nr_watch_map_find(&p->map, s);
    if (!w)
        nr_sys_die("removed a socket that the poller does not watch",
                   "nr_sys_poller_remove");
    poller_unwatch(p, w);
    nr_sys_mutex_unlock(&p->lock);
}

/* Returns how many completions it took, 0 after `ms` without one. */
static ULONG poller_take(nr_sys_poller *p, OVERLAPPED_ENTRY *out, ULONG out_max,
                         DWORD ms)
{
    ULONG count = 0;

    if (GetQueuedCompletionStatusEx(p->port, out, out_max, &count, ms, FALSE))
        return count;
    if (GetLastError() != WAIT_TIMEOUT)
        nr_sys_die("the system refused to wait for events",
                   "GetQueuedCompletionStatusEx");
    return 0;
}

/* Turns completions into events, and tells whether one was a wake. */
static int poller_complete_all(nr_sys_poller *p,
                               const OVERLAPPED_ENTRY *entries,
                               ULONG entry_count, nr_sys_event *events,
                               bool *out_woken)
{
    int count = 0;

    nr_sys_mutex_lock(&p->lock);
    for (ULONG i = 0; i < entry_count; i++) {
        if (entries[i].lpCompletionKey == NR_POLLER_KEY_WAKE) {
            /* Pairs with the exchange in nr_sys_poller_wake: what was written
             * before a wake that found this one on its way is visible. */
            (void)nr_exchange_u32_acq_rel(&p->is_woken, 0);
            *out_woken = true;
        } else if (entries[i].lpCompletionKey == NR_POLLER_KEY_FOREIGN) {
            count +=
                nr_foreign_complete(p, entries[i].lpOverlapped, &events[count]);
        } else {
            count += poller_complete(
                p, (nr_watch *)(void *)entries[i].lpOverlapped, &events[count]);
        }
    }
    nr_sys_mutex_unlock(&p->lock);
    return count;
}

/* Rounded up, so that no wait ends before its time and spins towards it. */
static DWORD poller_ms_until(uint64_t deadline_ns, uint64_t now_ns)
{
    uint64_t ms;

    if (deadline_ns == UINT64_MAX)
        return INFINITE;
    if (now_ns >= deadline_ns)
        return 0;
    ms = (deadline_ns - now_ns - 1) / 1000000u + 1;
    return ms < INFINITE ? (DWORD)ms : INFINITE - 1;
}

int nr_sys_poller_wait(nr_sys_poller *p, nr_sys_event *events, int events_max,
                       uint64_t timeout_ns)
{
    OVERLAPPED_ENTRY entries[NR_SYS_EVENTS_MAX];
    bool is_bounded = timeout_ns != 0 && timeout_ns != UINT64_MAX;
    uint64_t now_ns = is_bounded ? nr_sys_now_ns() : 0;
    uint64_t deadline_ns = timeout_ns;
    bool woken = false;
    int count = 0;
    DWORD ms;

    if (is_bounded)
        deadline_ns = now_ns < UINT64_MAX - 1 - timeout_ns ? now_ns + timeout_ns
                                                           : UINT64_MAX - 1;
    if (events_max > NR_SYS_EVENTS_MAX)
        events_max = NR_SYS_EVENTS_MAX;
    /* Again after completions that were none of the caller's business, and
     * after a timer of the system that was early. */
    do {
        ms = poller_ms_until(deadline_ns, now_ns);
        ULONG taken = poller_take(p, entries, (ULONG)events_max, ms);

        count = poller_complete_all(p, entries, taken, events, &woken);
        now_ns = is_bounded ? nr_sys_now_ns() : 0;
    } while (count == 0 && !woken && ms != 0);
    return count;
}

void nr_sys_poller_wake(nr_sys_poller *p)
{
    /* Pairs with the exchange in poller_complete_all. */
    if (nr_exchange_u32_acq_rel(&p->is_woken, 1) != 0)
        return;
    if (!PostQueuedCompletionStatus(p->port, 0, NR_POLLER_KEY_WAKE, NULL))
        nr_sys_die("the system refused to wake a poller",
                   "PostQueuedCompletionStatus");
}

void nr_sys_poller_destroy(nr_sys_poller *p)
{
    OVERLAPPED_ENTRY entries[NR_SYS_EVENTS_MAX];
    nr_sys_event ignored[NR_SYS_EVENTS_MAX];
    bool woken = false;

    if (!p)
        return;
    nr_sys_mutex_lock(&p->lock);
    for (size_t i = 0; i < p->map.bucket_count; i++) {
        while (p->map.buckets[i])
            poller_unwatch(p, p->map.buckets[i]);
    }
    nr_sys_mutex_unlock(&p->lock);
    /* The requests are the system's until then. Nobody else is here. */
    while (p->in_flight > 0) {
        ULONG taken = poller_take(p, entries, NR_SYS_EVENTS_MAX, INFINITE);

        (void)poller_complete_all(p, entries, taken, ignored, &woken);
    }
    nr_watch_map_deinit(&p->map);
    nr_afd_pool_deinit(&p->devices);
    nr_afd_pool_deinit(&p->foreign_devices);
    CloseHandle(p->port);
    nr_sys_mutex_deinit(&p->lock);
    nr_winsock_stop();
    nr_sys_free(p);
}
