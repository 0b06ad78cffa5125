/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_SPAWN_H
#define NANORUN_ASYNC_SPAWN_H

/*
 * Tasks: what SPAWN makes of a future, and the handle to it.
 *
 * A task runs by itself, on whichever worker has time. It has one handle, which
 * nanorun/async/join.h uses. The handle's type, JOIN_HANDLE(f), is that of a
 * pointer to a pointer to f's future: a name that every compiler can form from
 * the call alone. It is opaque, nothing can be read through it.
 */

#include "nanorun/async/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* JOIN_HANDLE(f) h; declares a handle to a task that runs f. */
#define NR_JOIN_HANDLE(f) __typeof__(f##_future **)

/* SPAWN(call) makes a task of the call on the current runtime: an expression,
 * of type JOIN_HANDLE(f). Never NULL, also when memory is short: the handle
 * then joins with -ENOMEM, and the call is dropped. It was not accepted, so its
 * FINALLY does not run: what that was to close stays open. Misuse: outside a
 * task. Where a call is written inside SPAWN its frame is part of the task's
 * one heap block. It expands to
 *     (f_future **)nr_spawn_(call, "file:line")
 * Threads: tasks. Ownership: takes the call; the handle is the caller's. */
#define NR_SPAWN(call)                                \
    NR_USED_((NR_HANDLE_OF_(call))(nr_spawn_begin_(), \
                                   nr_spawn_(NR_FUTURE_(call), NR_PLACE_)))

/* SPAWN_ON(handle, call) is SPAWN on the runtime of `handle`. After the end of
 * that runtime it drops the call in the same way, and the handle joins with
 * -ECANCELED. Threads: any. */
#define NR_SPAWN_ON(handle, call)   \
    NR_USED_((NR_HANDLE_OF_(call))( \
        nr_spawn_begin_(),          \
        nr_spawn_on_((handle), NR_FUTURE_(call), NR_PLACE_)))

/* As in nanorun/async.h: mistakes are named at the user's line. What is above
 * is named at its own, and the user's line is in the notes of the report. */
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
