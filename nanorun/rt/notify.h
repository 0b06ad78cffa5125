/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_NOTIFY_H
#define NANORUN_RT_NOTIFY_H

/*
 * Tells tasks that something has happened, which they look at themselves.
 * nr_notify_one lets one wait go on: the first in line, or else the next that
 * comes, for which one permit is stored, however often it is called.
 * nr_notify_all lets go on those who wait at that moment and stores nothing.
 */

#include "nanorun/async.h"
#include "nanorun/rt/waiters.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_notify {
    nr_waiters waiters_;
    uint64_t turn_; /* how often all were notified */
    bool is_permitted_;
} nr_notify;

typedef struct nr_notify_wait_future {
    nr_future base;
    nr_unit result;
} nr_notify_wait_future;

/* Makes one without a permit. Do not copy or move it. Ownership: the memory is
 * the caller's. */
void nr_notify_init(nr_notify *n);

/* Misuse: while somebody waits. Threads: any. */
void nr_notify_deinit(nr_notify *n);

/* Awaitable void: goes on when it is notified, or at once with the stored
 * permit, which it takes. It waits from its first poll, not from this call on.
 * Cancelled, it hands on a notification of one that has reached it. NULL when
 * out of memory. Threads: any. */
nr_notify_wait_future *nr_notify_wait(nr_notify *n);

/* Threads: any. What was written before is visible to who goes on. */
void nr_notify_one(nr_notify *n);

/* Threads: any. What was written before is visible to who goes on. */
void nr_notify_all(nr_notify *n);

#ifdef __cplusplus
}
#endif

#endif
