/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_NOTIFY_H
#define NANORUN_RT_NOTIFY_H

/*
 * Tells tasks that something has changed, and carries no data: the tasks look
 * for themselves. nr_notify_one lets the first wait in line go on; if there is
 * none, it stores one permit for the next wait, but never a second one.
 * nr_notify_all lets every wait go on that is in line at that moment, and
 * stores nothing.
 */

#include "nanorun/async.h"
#include "nanorun/rt/waiters.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_notify {
    nr_waiters waiters_;
    uint64_t turn_; /* calls of nr_notify_all */
    bool is_permitted_;
} nr_notify;

typedef struct nr_notify_wait_future {
    nr_future base;
    nr_unit result;
} nr_notify_wait_future;

/* Initializes a notify without a permit. Do not copy or move it. Ownership: the
 * memory is the caller's. */
void nr_notify_init(nr_notify *n);

/* Misuse: while a task waits. Threads: any. */
void nr_notify_deinit(nr_notify *n);
#define nr_notify_deinit(...) nr_notify_deinit_at_(__VA_ARGS__, NR_PLACE_)
void nr_notify_deinit_at_(nr_notify *n, const char *place);

/* Awaitable void: waits until it is notified; if a permit is stored, takes the
 * permit and is ready at once. The wait begins with the first poll, not with
 * this call. A cancelled wait that nr_notify_one had notified passes the
 * notification on. NULL when out of memory. Threads: any. */
NR_MUST_USE_ nr_notify_wait_future *nr_notify_wait(nr_notify *n);

/* Notify one wait, or every wait in line. The caller's writes before the call
 * are visible to the tasks that go on. Threads: any. */
void nr_notify_one(nr_notify *n);
void nr_notify_all(nr_notify *n);

#ifdef __cplusplus
}
#endif

#endif
