/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_GROUP_H
#define NANORUN_RT_GROUP_H

/*
 * Structured concurrency: a group of child tasks. They end before the frame
 * that owns the group, so they may borrow from that frame.
 *
 *     GROUP_SPAWN(&self->g, INTO(&self->a, fib(30)));
 *     GROUP_SPAWN(&self->g, fetch(self->url));
 *     AWAIT(nr_group_join(&self->g));
 *     ...
 *     ASYNC_FINALLY;
 *     nr_group_abort(&self->g);
 *     AWAIT(nr_group_join(&self->g));
 *     nr_group_deinit(&self->g);
 *
 * A FINALLY needs the abort and the join because the body may be cancelled
 * before its own join; after that join they do nothing. Abort, join and deinit
 * accept a zeroed group, so the FINALLY may also run where the body never
 * began. A child frees itself when it ends, so one group can serve for years.
 */

#include "nanorun/async.h"
#include "nanorun/rt/waiters.h"

/* As in nanorun/async.h: messages name the user's line. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nr_group_join_future {
    nr_future base;
    nr_unit result;
} nr_group_join_future;

typedef struct nr_group {
    nr_waiters waiters_;               /* the joining tasks */
    nr_link members_;                  /* children that have not ended */
    size_t count_;                     /* of members_ */
    bool is_aborting_;                 /* from an abort until count_ is 0 */
    nr_group_join_future *spare_join_; /* while there are children */
} nr_group;

/* Initializes a group without children. Do not copy or move it. Ownership: the
 * memory is the caller's. */
void nr_group_init(nr_group *g);

/* Misuse: while there are children or a task joins. Threads: any. */
void nr_group_deinit(nr_group *g);
#define nr_group_deinit(...) nr_group_deinit_at_(__VA_ARGS__, NR_PLACE_)
void nr_group_deinit_at_(nr_group *g, const char *place);

/* GROUP_SPAWN(&g, call) runs the call as a task of the current runtime, which
 * is a child of the group. The call's result is dropped; INTO stores it. If the
 * group is being aborted, the child begins cancelled: only its FINALLY runs. If
 * there is no memory, the call is dropped, without its FINALLY, and counts as a
 * child that has ended. Misuse: outside a task. Threads: tasks. Ownership:
 * takes the call. */
#define NR_GROUP_SPAWN(g, call) \
    nr_group_spawn_((g), NR_FUTURE_(call), NR_PLACE_)

/* Awaitable void: waits until no child is left. A cancelled join aborts the
 * children and waits until their cleanup is done. Threads: any. NULL when out
 * of memory. While there are children this happens only if another task joins
 * them already, so a FINALLY that joins leaves no child behind. */
NR_MUST_USE_ nr_group_join_future *nr_group_join(nr_group *g);

/* Cancels all children, and all that are spawned before none is left. It does
 * not wait for them; join them afterwards. Without children it does nothing.
 * Threads: any. */
void nr_group_abort(nr_group *g);

#ifndef NR_NO_SHORT_NAMES
#define GROUP_SPAWN NR_GROUP_SPAWN
#endif

/* ---- implementation of the macro ---- */

void nr_group_spawn_(nr_group *g, nr_future *call, const char *place);

#ifdef __cplusplus
}
#endif

#endif
