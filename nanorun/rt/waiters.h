/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_WAITERS_H
#define NANORUN_RT_WAITERS_H

/*
 * What the objects of nanorun/rt/sync.h are made of. Nothing here is for users:
 * a field whose name ends in an underscore is touched by the object's own
 * functions only.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A place in a line, or the line itself, which is a ring. */
typedef struct nr_waiter_link {
    struct nr_waiter_link *next_;
    struct nr_waiter_link *prev_;
} nr_waiter_link;

/* Those who wait for an object, first come first, and its lock. Not to be
 * copied or moved. */
typedef struct nr_waiters {
    uint32_t lock_;
    uint32_t waking_; /* threads that will take the lock again */
    nr_waiter_link line_;
} nr_waiters;

#ifdef __cplusplus
}
#endif

#endif
