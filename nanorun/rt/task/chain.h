/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_RT_TASK_CHAIN_H
#define NANORUN_RT_TASK_CHAIN_H

/*
 * A chain: an outermost future and all futures that are awaited below it, down
 * to the innermost one, which alone runs or waits. A task owns one chain, and a
 * combinator one for each branch. The owner polls the chain, from one thread at
 * a time.
 */

#include "nanorun/async/poll.h"

/* The plain function, without the check of the macro: a chain drops futures
 * that it has consumed. */
#undef nr_future_drop

#ifdef __cplusplus
extern "C" {
#endif

enum { NR_BUDGET_PER_POLL = 128 };

typedef struct nr_chain {
    nr_future *innermost; /* after the end: the outermost, or NULL if unwound */
    nr_future *result; /* after the end: has `result`; NULL if there is none */
    int error;         /* after an end without a result: ECANCELED or ENOMEM */
    bool started;
    bool cancelled; /* to be unwound, except below a FINALLY */
    bool ended;
} nr_chain;

/* The outermost future of a chain has no awaiter. The chain's owner may keep an
 * address in that field; the address must be even, because the lowest bit of
 * the field marks the outermost future. The loop tests that bit as cheaply as a
 * NULL. */
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

/* The ops of every task's join future; in join.c. */
extern const nr_future_ops nr_join_ops;

/* Marks a new future as the outermost of a chain that `owner` owns. A JOIN is
 * marked already, with the place of the macro. */
static inline void nr_outermost_begin(nr_future *future, const nr_future *owner)
{
    if (future->ops != &nr_join_ops)
        nr_outermost_mark(future, owner);
}

/* The place where a frame goes on, as "file:line", cut to the size of `buf`.
 */
enum { NR_PLACE_SIZE = 256 };
const char *nr_frame_place(const nr_future *frame, char *buf);

/* `owner` is the leaf that the chain is a branch of, NULL where there is none.
 * Ownership: takes the future. NULL makes a chain that ends with ENOMEM. */
void nr_chain_init(nr_chain *c, nr_future *outermost, const nr_future *owner);

/* Makes the next polls unwind the chain. */
void nr_chain_cancel(nr_chain *c);

/* Runs the chain until it has ended (NR_READY) or cannot go on (NR_PENDING).
 * Not to be called once it has ended. */
nr_poll nr_chain_poll(nr_chain *c, nr_context *cx);

/* nr_chain_poll by a leaf that owns the chain. A nested chain is polled on top
 * of the C stack of the outer one, so a depth of NR_NESTING_MAX stops the
 * process. */
enum { NR_NESTING_MAX = 2000 };
nr_poll nr_chain_poll_branch(nr_chain *c, nr_context *cx);

/* The same after nr_chain_cancel. NR_READY also where the chain has ended
 * already. */
nr_poll nr_chain_unwind_branch(nr_chain *c, nr_context *cx);

/* Copies the result of an ended chain to `out`, if that is not NULL. The result
 * is `size` bytes at `offset` of the outermost future. Returns 0 or the error
 * as a negative number. */
int nr_chain_take(const nr_chain *c, void *out, size_t offset, size_t size);

/* Frees every future of the chain without running any, in any state. */
void nr_chain_drop(nr_chain *c);

/* As NR_FUTURE_OPS, of a leaf that owns calls. Its alignment is ordinary. */
#define NR_OWNER_OPS(name, poll, cancel, drop, size) \
    NR_OPS_(name, poll, cancel, drop, size, NULL, true, 0)

/* A chain with the place where its result goes: a branch of a combinator. */
typedef struct nr_branch {
    nr_chain chain;
    void *out; /* may be NULL */
    size_t offset;
    size_t size;
} nr_branch;

static inline void nr_branch_init(nr_branch *b, nr_future *call,
                                  const nr_future *owner, void *out,
                                  size_t offset, size_t size)
{
    nr_chain_init(&b->chain, call, owner);
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
