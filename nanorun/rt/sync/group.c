/* SPDX-License-Identifier: MIT */

/*
 * The outermost future of a child task is a member: a leaf with one branch, the
 * call. The life of a member:
 *
 *  1. It is in the group's ring and was not polled. An abort finds no waker,
 *     but the first poll is still to come and sees that the group is being
 *     aborted. So does the first poll of a member spawned during the abort.
 *  2. It was polled, so `waker` is its task's. An abort sets `aborted` and
 *     wakes the task, whose next poll unwinds the branch.
 *  3. The branch has ended, or the task was dropped without running. The
 *     branch's futures are freed first, because they may borrow from the frame
 *     of the group. Then the member leaves the ring, which is its last use of
 *     the group. The last member to leave wakes the joining task.
 *
 * The children borrow from the frame that owns the group, so that frame must be
 * able to join them even when memory is short. Hence the first child brings a
 * spare join future with it, which the next join takes. The last member to
 * leave frees the spare one if no join took it.
 *
 * A runtime that ends within a bound drops tasks in any order, so the owner of
 * a group may be dropped before its children. The group's memory stays valid:
 * the runtime drops all tasks before it frees any frame (runtime.c).
 */

#include "nanorun/rt/group.h"

#include "nanorun/rt/sched/driver.h"
#include "nanorun/rt/sync/waitlist.h"
#include "nanorun/rt/task/chain.h"
#include "nanorun/rt/task/task.h"

typedef struct group_child {
    nr_future base;
    nr_unit result;
    nr_link link;    /* in the group's ring; guarded by the group's lock */
    nr_waker *waker; /* the same lock; borrowed: the task ends later */
    nr_atomic_u32 aborted; /* written under the lock */
    bool is_started;
    nr_group *group; /* NULL: has left */
    nr_chain branch;
} group_child;

typedef struct group_join {
    nr_group_join_future head;
    nr_group *g;
    nr_waiter waiter;
    bool is_polled;
    bool is_in_line; /* also while a wake-up has not been noticed */
    bool has_aborted;
} group_join;

static const nr_future_ops group_join_ops;

/* ---- members ---- */

static void group_member_leave(group_child *m)
{
    nr_chain_drop(&m->branch);
    nr_group *g = m->group;
    m->group = NULL;
    nr_waiters_lock(&g->waiters_);
    nr_list_remove(&m->link);
    if (--g->count_ > 0) {
        nr_waiters_unlock(&g->waiters_);
        return;
    }
    g->is_aborting_ = false;
    nr_group_join_future *spare = g->spare_join_;
    g->spare_join_ = NULL;
    nr_waiters_wake_all(&g->waiters_, &g->waiters_.line_, 1);
    if (spare)
        nr_future_free(&spare->base);
}

/* Returns whether the member is to unwind. */
static bool group_member_start(group_child *m, nr_waker *waker)
{
    nr_waiters_lock(&m->group->waiters_);
    m->is_started = true;
    m->waker = waker;
    bool is_aborted = m->group->is_aborting_;
    nr_waiters_unlock(&m->group->waiters_);
    return is_aborted;
}

static nr_poll group_member_poll(nr_future *self, nr_context *cx)
{
    group_child *m = (group_child *)self;
    if (!m->is_started && group_member_start(m, cx->waker))
        nr_chain_cancel(&m->branch);
    /* Relaxed: the wake-up that follows the store releases it. */
    if (nr_load_u32_relaxed(&m->aborted))
        nr_chain_cancel(&m->branch);
    nr_poll answer = nr_chain_poll_branch(&m->branch, cx);
    if (answer == NR_READY)
        group_member_leave(m);
    return answer;
}

/* The member's task is cancelled, because its runtime ends. */
static nr_poll group_member_cancel(nr_future *self, nr_context *cx)
{
    nr_chain_cancel(&((group_child *)self)->branch);
    return group_member_poll(self, cx);
}

static void group_member_drop(nr_future *self)
{
    group_child *m = (group_child *)self;
    if (m->group)
        group_member_leave(m);
    nr_future_free(self);
}

static const nr_future_ops group_member_ops =
    NR_OWNER_OPS("member", group_member_poll, group_member_cancel,
                 group_member_drop, sizeof(group_child));

/* Adds the member under the lock, and gives the group the spare join if it has
 * none. Returns false if neither the group nor the caller has one. */
static bool group_try_enter(group_child *m, nr_group *g, group_join **spare)
{
    if (!g->spare_join_ && !*spare)
        return false;
    if (!g->spare_join_) {
        g->spare_join_ = &(*spare)->head;
        *spare = NULL;
    }
    m->group = g;
    g->count_++;
    nr_list_append(&g->members_, &m->link);
    return true;
}

/* Returns false for want of memory. */
static bool group_enter(group_child *m, nr_group *g)
{
    group_join *spare = NULL;
    bool is_in;
    do {
        nr_waiters_lock(&g->waiters_);
        is_in = group_try_enter(m, g, &spare);
        nr_waiters_unlock(&g->waiters_);
    } while (!is_in && (spare = NR_FUTURE_NEW(group_join, &group_join_ops)));
    if (spare) /* another thread added one first */
        nr_future_free(&spare->head.base);
    return is_in;
}

void nr_group_spawn_(nr_group *g, nr_future *call, const char *place)
{
    nr_driver_check_task("GROUP_SPAWN outside a task", place);
    if (!call)
        return;
    nr_spawn_begin_();
    group_child *m = NR_FUTURE_NEW(group_child, &group_member_ops);
    if (!m) {
        nr_future_drop(call);
        return;
    }
    nr_chain_init(&m->branch, call, &m->base);
    if (!group_enter(m, g)) {
        nr_chain_drop(&m->branch);
        nr_future_free(&m->base);
        return;
    }
    /* This cannot fail: the member's block has room for its task. */
    nr_task_detach(nr_spawn_(&m->base, place));
}

/* ---- the group ---- */

/* Moves a batch from `from` back to the group's ring, sets `aborted`, and marks
 * the tasks of those that have started. */
static void group_mark(nr_group *g, nr_link *from, nr_wake_batch *batch)
{
    for (int i = 0; i < NR_WAKE_BATCH && !nr_list_is_empty(from); i++) {
        group_child *m = NR_CONTAINER_OF(from->next, group_child, link);
        nr_list_remove(&m->link);
        nr_list_append(&g->members_, &m->link);
        nr_store_u32_relaxed(&m->aborted, 1);
        nr_wake_batch_add(batch, m->waker);
    }
}

void nr_group_abort(nr_group *g)
{
    nr_waiters_lock(&g->waiters_);
    if (g->count_ == 0) {
        nr_waiters_unlock(&g->waiters_);
        return;
    }
    g->is_aborting_ = true;
    nr_link unmarked;
    nr_list_move(&unmarked, &g->members_);
    nr_wake_batch batch;
    batch.count = 0;
    bool comes_back;
    do {
        group_mark(g, &unmarked, &batch);
        comes_back = !nr_list_is_empty(&unmarked);
        nr_waiters_fire(&g->waiters_, &batch, comes_back);
    } while (comes_back);
}

/* The join also waits for members that were spawned after the group was empty.
 */
static nr_poll group_join_poll(nr_future *self, nr_context *cx)
{
    group_join *f = (group_join *)self;
    nr_group *g = f->g;
    f->is_polled = true;
    nr_waiters_lock(&g->waiters_);
    bool is_over = g->count_ == 0;
    if (is_over) {
        nr_waiter_leave(&f->waiter);
        nr_waiters_settle(&g->waiters_); /* the awaiter may free the group */
    } else if (!f->waiter.link.next) {
        nr_waiter_enlist(&g->waiters_.line_, &f->waiter, cx->waker);
    }
    f->is_in_line = !is_over;
    nr_waiters_unlock(&g->waiters_);
    return is_over ? NR_READY : NR_PENDING;
}

static nr_poll group_join_cancel(nr_future *self, nr_context *cx)
{
    group_join *f = (group_join *)self;
    if (!f->has_aborted)
        nr_group_abort(f->g);
    f->has_aborted = true;
    return group_join_poll(self, cx);
}

/* A join future that was never polled becomes the group's spare one again. */
static bool group_join_give_back(group_join *f)
{
    nr_waiters_lock(&f->g->waiters_);
    bool is_wanted = f->g->count_ != 0 && !f->g->spare_join_;
    if (is_wanted)
        f->g->spare_join_ = &f->head;
    nr_waiters_unlock(&f->g->waiters_);
    return is_wanted;
}

static void group_join_drop(nr_future *self)
{
    group_join *f = (group_join *)self;
    if (!f->is_polled && group_join_give_back(f))
        return;
    if (f->is_in_line) {
        nr_waiters_lock(&f->g->waiters_);
        nr_waiter_leave(&f->waiter);
        nr_waiters_unlock(&f->g->waiters_);
    }
    nr_future_free(self);
}

static const nr_future_ops group_join_ops = NR_FUTURE_OPS(
    group_join, group_join_poll, group_join_cancel, group_join_drop);

nr_group_join_future *nr_group_join(nr_group *g)
{
    nr_waiters_lock(&g->waiters_);
    group_join *f = (group_join *)(void *)g->spare_join_;
    g->spare_join_ = NULL;
    nr_waiters_unlock(&g->waiters_);
    if (!f)
        f = NR_FUTURE_NEW(group_join, &group_join_ops);
    if (!f)
        return NULL;
    f->head.base.phase = NR_NEW_; /* the spare one may have been consumed */
    f->g = g;
    return &f->head;
}

void nr_group_init(nr_group *g)
{
    nr_waiters_init(&g->waiters_);
    nr_list_init(&g->members_);
    g->count_ = 0;
    g->is_aborting_ = false;
    g->spare_join_ = NULL;
}

void nr_group_deinit_at_(nr_group *g, const char *place)
{
    nr_waiters_end(&g->waiters_, g->count_ != 0,
                   "nr_group_deinit of a group that has children", place);
}

void(nr_group_deinit)(nr_group *g)
{
    nr_group_deinit_at_(g, NULL);
}
