/* SPDX-License-Identifier: MIT */

/*
 * ALL, SELECT and INTO. Each is a leaf of the chain that awaits it, and owns
 * one chain for each of its branches. A wake-up does not say which branch it is
 * for, so a poll of the combinator polls every branch that has not ended.
 *
 * The branches share the budget of the poll in equal parts, so a branch that is
 * always ready cannot use up what the others need. A share is at least one
 * unit, even if that exceeds the budget: a branch without a unit could be
 * passed over in every poll. Since a poll visits every branch at every level
 * anyway, this adds at most one unit for each visit. If no budget is left, the
 * shares are zero: otherwise a loop of combinators that are always ready would
 * not yield.
 */

#include "nanorun/async/combine.h"

#include <errno.h>
#include <stdarg.h>

#include "nanorun/rt/future.h"
#include "nanorun/rt/task/chain.h"

/* ---- one branch that keeps its result ---- */

typedef struct into {
    nr_into_future head;
    nr_branch branch;
} into;

static nr_poll into_poll(nr_future *self, nr_context *cx)
{
    into *f = (into *)self;
    if (nr_chain_poll_branch(&f->branch.chain, cx) == NR_PENDING)
        return NR_PENDING;
    cx->error = -nr_branch_take(&f->branch);
    return cx->error ? NR_UNWIND_ : NR_READY;
}

static nr_poll into_cancel(nr_future *self, nr_context *cx)
{
    return nr_chain_unwind_branch(&((into *)self)->branch.chain, cx);
}

static void into_drop(nr_future *self)
{
    nr_chain_drop(&((into *)self)->branch.chain);
    nr_future_free(self);
}

static const nr_future_ops into_ops =
    NR_OWNER_OPS("into", into_poll, into_cancel, into_drop, sizeof(into));

nr_into_future *nr_into_(nr_future *call, void *out, size_t offset, size_t size)
{
    into *f = NR_FUTURE_NEW(into, &into_ops);
    if (!f) {
        nr_future_drop(call);
        return NULL;
    }
    nr_branch_init(&f->branch, call, &f->head.base, out, offset, size);
    return &f->head;
}

/* ---- several branches ---- */

enum { COMBINATION_BRANCHES_MAX = 8 };

typedef struct combination {
    union {
        nr_future base;
        nr_all_future all;
        nr_select_future select;
    } head;
    int count;
    int error;    /* of a branch that ended without a result */
    bool is_over; /* the branches that are left are being unwound */
    nr_chain branches[COMBINATION_BRANCHES_MAX];
} combination;

/* Of each of `n` branches. */
static unsigned combination_share(unsigned budget, int n)
{
    unsigned share = budget / (unsigned)n;
    return share == 0 && budget != 0 ? 1 : share;
}

/* Polls branch i, if it has not ended, with `share` of the budget. Returns
 * whether it has ended. */
static bool combination_poll_branch(combination *f, int i, nr_context *cx,
                                    unsigned share)
{
    nr_chain *c = &f->branches[i];
    if (c->ended)
        return true;
    unsigned before = cx->budget;
    cx->budget = share;
    nr_poll answer = f->is_over ? nr_chain_unwind_branch(c, cx)
                                : nr_chain_poll_branch(c, cx);
    unsigned spent = share - cx->budget;
    cx->budget = before > spent ? before - spent : 0;
    if (answer == NR_PENDING)
        return false;
    if (!f->is_over && !f->error)
        f->error = -nr_chain_take(c, NULL, 0, 0);
    return true;
}

/* Polls every branch. Returns whether all of them have ended. */
static bool combination_poll_all(combination *f, nr_context *cx)
{
    unsigned share = combination_share(cx->budget, f->count);
    bool have_ended = true;
    for (int i = 0; i < f->count; i++)
        have_ended &= combination_poll_branch(f, i, cx, share);
    return have_ended;
}

static nr_poll combination_answer(const combination *f, nr_context *cx)
{
    cx->error = f->error;
    return f->error ? NR_UNWIND_ : NR_READY;
}

static nr_poll all_poll(nr_future *self, nr_context *cx)
{
    combination *f = (combination *)self;
    return combination_poll_all(f, cx) ? combination_answer(f, cx) : NR_PENDING;
}

static nr_poll select_poll(nr_future *self, nr_context *cx)
{
    combination *f = (combination *)self;
    unsigned share = combination_share(cx->budget, f->count);
    for (int i = 0; i < f->count && !f->is_over; i++) {
        if (combination_poll_branch(f, i, cx, share)) {
            f->head.select.result = i;
            f->is_over = true;
        }
    }
    if (!f->is_over || !combination_poll_all(f, cx))
        return NR_PENDING;
    return combination_answer(f, cx);
}

static nr_poll combination_cancel(nr_future *self, nr_context *cx)
{
    combination *f = (combination *)self;
    f->is_over = true;
    return combination_poll_all(f, cx) ? NR_READY : NR_PENDING;
}

static void combination_drop(nr_future *self)
{
    combination *f = (combination *)self;
    for (int i = 0; i < f->count; i++)
        nr_chain_drop(&f->branches[i]);
    nr_future_free(self);
}

/* One kind for each number of branches, so that two branches do not take the
 * memory of eight. */
#define NR_COMBINATION_OPS_(n, poll, name)                         \
    NR_OWNER_OPS(name, poll, combination_cancel, combination_drop, \
                 offsetof(combination, branches) + (n) * sizeof(nr_chain))
#define NR_COMBINATION_OPS_OF_EACH_(poll, name) \
    {                                           \
        NR_COMBINATION_OPS_(1, poll, name),     \
            NR_COMBINATION_OPS_(2, poll, name), \
            NR_COMBINATION_OPS_(3, poll, name), \
            NR_COMBINATION_OPS_(4, poll, name), \
            NR_COMBINATION_OPS_(5, poll, name), \
            NR_COMBINATION_OPS_(6, poll, name), \
            NR_COMBINATION_OPS_(7, poll, name), \
            NR_COMBINATION_OPS_(8, poll, name)  \
    }
static const nr_future_ops all_ops[] =
    NR_COMBINATION_OPS_OF_EACH_(all_poll, "all");
static const nr_future_ops select_ops[] =
    NR_COMBINATION_OPS_OF_EACH_(select_poll, "select");

static combination *combination_new(const nr_future_ops *ops, int count,
                                    va_list calls)
{
    ops += count - 1;
    combination *f = nr_frame_new_(ops, ops->size);
    if (f)
        f->count = count;
    for (int i = 0; i < count; i++) {
        nr_future *call = va_arg(calls, nr_future *);
        if (f)
            nr_chain_init(&f->branches[i], call, &f->head.base);
        else
            nr_future_drop(call);
    }
    return f;
}

nr_all_future *nr_all_(int count, ...)
{
    va_list calls;
    va_start(calls, count);
    combination *f = combination_new(all_ops, count, calls);
    va_end(calls);
    return f ? &f->head.all : NULL;
}

nr_select_future *nr_select_(int count, ...)
{
    va_list calls;
    va_start(calls, count);
    combination *f = combination_new(select_ops, count, calls);
    va_end(calls);
    return f ? &f->head.select : NULL;
}
