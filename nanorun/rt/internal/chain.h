/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_INTERNAL_CHAIN_H
#define NANORUN_RT_INTERNAL_CHAIN_H

/*
 * A chain: an outermost future and everything it awaits, down to the innermost
 * one, which alone is running or waiting. A task owns one chain, a combinator
 * one per branch. Whoever owns a chain polls it, from one thread at a time.
 */

#include "nanorun/async/future.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { NR_BUDGET_PER_POLL = 128 };

typedef struct nr_chain {
    nr_future *innermost; /* once ended: the outermost, or NULL if unwound */
    nr_future *result;    /* once ended: where `result` is read, or NULL */
    int error;            /* once ended without a result: ECANCELED, ENOMEM */
    bool started;
    bool cancelled; /* to be unwound where no FINALLY protects it */
    bool ended;
} nr_chain;

/* What is the outermost of a chain has no awaiter. In its place the chain's
 * owner may keep an address, but for its lowest bit. That one is set, which
 * costs the loop no more to see than NULL. */
static inline void nr_outermost_mark(nr_future *outermost, const void *kept)
{
    outermost->awaiter = (nr_future *)((uintptr_t)kept | 1);
}

static inline void *nr_outermost_kept(const nr_future *outermost)
{
    return (void *)((uintptr_t)outermost->awaiter - 1);
}

static inline bool nr_is_outermost_mark(const nr_future *awaiter)
{
    return (uintptr_t)awaiter & 1;
}

/* Of every task's join future. join.c */
extern const nr_future_ops nr_join_ops;

/* Says that the future, which is new, is the outermost of a chain whose owner
 * keeps nothing there. A JOIN says so itself, and keeps its place. */
static inline void nr_outermost_begin(nr_future *future)
{
    if (future->ops != &nr_join_ops)
        nr_outermost_mark(future, NULL);
}

/* Where a frame goes on, as "file:line", cut to what `buf` holds; error.c. */
enum { NR_PLACE_SIZE = 256 };
const char *nr_frame_place(const nr_future *frame, char *buf);

/* Takes the future; NULL is a chain that ends with ENOMEM. */
void nr_chain_init(nr_chain *c, nr_future *outermost);

/* Asks for the unwinding of the chain by the polls to come. */
void nr_chain_cancel(nr_chain *c);

/* Runs the chain until it has ended (NR_READY) or cannot go on (NR_PENDING).
 * Not to be called once it has ended. */
nr_poll nr_chain_poll(nr_chain *c, nr_context *cx);

/* nr_chain_poll by a leaf that owns the chain. A nested chain is polled on top
 * of the C stack of the outer one, so a depth of NR_NESTING_MAX stops the
 * process. */
enum { NR_NESTING_MAX = 1000 };
nr_poll nr_chain_poll_branch(nr_chain *c, nr_context *cx);

/* The same after nr_chain_cancel. NR_READY also where the chain has ended
 * already. */
nr_poll nr_chain_unwind_branch(nr_chain *c, nr_context *cx);

/* Copies the result of an ended chain, `size` bytes at `offset` of the future
 * that was given, to `out`, where there is one. Returns 0 or the error as a
 * negative number. */
int nr_chain_take(const nr_chain *c, void *out, size_t offset, size_t size);

/* Frees every future of the chain without running any, in any state. */
void nr_chain_drop(nr_chain *c);

/* As NR_FUTURE_OPS, of a leaf that owns calls. */
#define NR_OWNER_OPS(name, poll, cancel, drop, size)                     \
    {                                                                    \
        name, __FILE__, poll, cancel, drop, (uint32_t)(size), NULL, true \
    }

/* A chain with the place where its result goes: a branch of a combinator. */
typedef struct nr_branch {
    nr_chain chain;
    void *out; /* may be NULL */
    size_t offset;
    size_t size;
} nr_branch;

static inline void nr_branch_init(nr_branch *b, nr_future *call, void *out,
                                  size_t offset, size_t size)
{
    nr_chain_init(&b->chain, call);
    b->out = out;
    b->offset = offset;
    b->size = size;
}

/* nr_chain_take, once the branch has ended. */
static inline int nr_branch_take(const nr_branch *b)
{
    return nr_chain_take(&b->chain, b->out, b->offset, b->size);
}

#ifdef __cplusplus
}
#endif

#endif
