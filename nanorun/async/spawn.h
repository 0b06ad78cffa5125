/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_SPAWN_H
#define NANORUN_ASYNC_SPAWN_H

/*
 * Tasks, which SPAWN makes of futures, and the handles to them.
 *
 * A task runs independently of its spawner, on any worker. It has one handle,
 * which the macros of nanorun/async/join.h take. The handle's type,
 * JOIN_HANDLE(f), is a pointer to a pointer to f's future, because every
 * compiler can form that type from the call alone. Nothing can be read through
 * it.
 */

#include "nanorun/async/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* JOIN_HANDLE(f) h; declares a handle to a task that runs f. */
#define NR_JOIN_HANDLE(f) __typeof__(f##_future **)

/* SPAWN(call) makes a task of the call on the current runtime: an expression of
 * type JOIN_HANDLE(f), never NULL. If memory is short, the call is dropped and
 * its handle joins with -ENOMEM. Such a call was not accepted: its FINALLY does
 * not run, and what its arguments own stays with the caller. Misuse: outside a
 * task. If the call is written inside SPAWN, its frame and the task share one
 * heap block. It expands to
 *     (f_future **)nr_spawn_(call, "file:line")
 * Threads: tasks. Ownership: takes the call; the handle is the caller's. */
#define NR_SPAWN(call)                                \
    NR_USED_((NR_HANDLE_OF_(call))(nr_spawn_begin_(), \
                                   nr_spawn_(NR_FUTURE_(call), NR_PLACE_)))

/* SPAWN_ON(handle, call) is SPAWN on the runtime of `handle`. If the end of
 * that runtime has begun, the call is dropped in the same way, and its handle
 * joins with -ECANCELED. Threads: any. Ownership: as SPAWN. */
#define NR_SPAWN_ON(handle, call)   \
    NR_USED_((NR_HANDLE_OF_(call))( \
        nr_spawn_begin_(),          \
        nr_spawn_on_((handle), NR_FUTURE_(call), NR_PLACE_)))

/* As in nanorun/async.h: messages name the user's line. For the macros above
 * they name a line of this header, and the user's line in a note. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

/* ---- implementation of the macros ---- */

typedef struct nr_task nr_task;

#define NR_HANDLE_OF_(call) __typeof__(call) *

void nr_spawn_begin_(void); /* the next frame gets room for a task */
NR_MUST_USE_ void *nr_spawn_(nr_future *future, const char *place);
NR_MUST_USE_ void *nr_spawn_on_(nr_handle *h, nr_future *future,
                                const char *place);

#ifdef __cplusplus
}
#endif

#endif
