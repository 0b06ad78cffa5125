/* SPDX-License-Identifier: MIT */

/*
 * The loop of a chain polls the innermost future and acts on the answer:
 *
 *   NR_CALL_     The callee becomes the innermost future.
 *   NR_RETURN_   From a frame: its awaiter is resumed and finds the frame in
 *                `done`. The awaiter has read the result when its poll returns;
 *                then the frame is freed.
 *   NR_READY     From a leaf: the same, but the leaf is dropped first and only
 *                its memory is kept, because the awaiter may destroy the object
 *                that the leaf waited for.
 *   NR_PENDING   The chain waits. A wake-up goes on with the same future.
 *   NR_YIELD_    The same, but the task is queued again behind the others.
 *   NR_UNWIND_   There is no result: the awaiter is unwound.
 *
 * So a deep chain uses no more C stack than a single call, and a wake-up costs
 * the same at every depth.
 *
 * To unwind a frame, the loop sets its phase to NR_UNWINDING_ and enters it at
 * the top, where ASYNC_BEGIN goes straight to FINALLY. When the frame ends, its
 * awaiter is unwound. Unwinding begins at the innermost future when the chain
 * is cancelled, or at a frame whose callee could not be allocated.
 *
 * A chain that is cancelled before it began is unwound as well: its outermost
 * frame is entered in that phase with zeroed locals, because its FINALLY closes
 * what the parameters own. A leaf that was never polled is only dropped, unless
 * its arguments are calls (nr_future_ops.owns_calls).
 *
 * A FINALLY is not interrupted. All futures that it awaits, at any depth, are
 * in the phase NR_SHIELDED_: a cancellation does not touch them. It takes
 * effect when the frame with the FINALLY has ended, on that frame's awaiter. If
 * memory runs out below a FINALLY, frames are unwound up to the FINALLY only:
 * its AWAIT is resumed with `done` NULL, which assigns zero.
 */

#include "nanorun/rt/task/chain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nanorun/rt/memory/frame_lists.h"
#include "nanorun/sys/die.h"

void nr_chain_init(nr_chain *c, nr_future *outermost, const nr_future *owner)
{
    memset(c, 0, sizeof *c);
    c->innermost = outermost;
    if (outermost)
        nr_outermost_begin(outermost, owner);
}

void nr_chain_cancel(nr_chain *c)
{
    c->cancelled = true;
}

static bool chain_is_protected(const nr_future *f)
{
    return f->phase > NR_RUNNING_;
}

/* Returns NULL if f is the outermost future. */
static nr_future *chain_awaiter_of(const nr_future *f)
{
    return nr_is_outermost_mark(f->awaiter) ? NULL : f->awaiter;
}

static nr_future *chain_end(nr_chain *c, nr_future *outermost,
                            nr_future *result)
{
    c->innermost = outermost;
    c->result = result;
    c->ended = true;
    return NULL;
}

/* Unwinds `awaiter`, which gets no result. Returns the future that runs next,
 * or NULL: the chain has ended. */
static nr_future *chain_unwind_awaiter(nr_chain *c, nr_future *awaiter,
                                       int error)
{
    if (awaiter && awaiter->phase >= NR_RETURNING_)
        return awaiter; /* resumed in its FINALLY, done is NULL */
    if (c->error == 0 && (!awaiter || awaiter->phase != NR_SHIELDED_))
        c->error = error;
    if (awaiter) {
        awaiter->phase = NR_UNWINDING_;
        awaiter->resume = 0;
    }
    return awaiter;
}

/* Makes the callee the innermost future. Returns the future that runs next,
 * which is another one if there was no memory for the callee. */
static nr_future *chain_call(nr_chain *c, nr_future *caller, nr_future *callee)
{
    if (!callee)
        return chain_unwind_awaiter(c, caller, ENOMEM);
    callee->awaiter = caller;
    if (chain_is_protected(caller))
        callee->phase = NR_SHIELDED_;
    return callee;
}

/* Drops a ready leaf except for its memory. The call is saved if the leaf says
 * by NR_OVER_ that it owns nothing but its memory. */
static void chain_finish_leaf(nr_future *leaf, nr_context *cx)
{
    if (cx->done)
        return; /* a JOIN: its result is in another frame, which it keeps */
    cx->done = leaf;
    if (leaf->ops->drop && leaf->phase != NR_OVER_) {
        uint8_t block = leaf->block;
        leaf->block = NR_BLOCK_LENT_;
        leaf->ops->drop(leaf);
        leaf->block = block;
    }
    leaf->phase = NR_OVER_;
}

/* Frees the memory of a leaf, or drops it if that was put off. */
static void chain_forget_leaf(nr_future *leaf)
{
    if (leaf->phase == NR_OVER_)
        nr_frame_free(leaf);
    else
        nr_future_drop(leaf);
}

/* Whether the awaiter p of a future with a result does not simply go on: there
 * is no awaiter, or a cancellation that a FINALLY held up now reaches it. */
static bool chain_ends_or_unwinds(const nr_chain *c, const nr_future *p)
{
    return nr_is_outermost_mark(p) ||
           (NR_RARELY_(c->cancelled) && !chain_is_protected(p));
}

/* Acts on the answers that the loop does not treat itself. Returns the future
 * that runs next, or NULL: the chain has ended or waits. */
static nr_future *chain_go_on(nr_chain *c, nr_future *f, nr_context *cx,
                              nr_poll answer)
{
    if (answer == NR_PENDING || answer == NR_YIELD_) {
        cx->yielded |= answer == NR_YIELD_;
        c->innermost = f;
        return NULL;
    }
    if (answer == NR_CALL_) {
        cx->done = NULL;
        return chain_call(c, f, cx->callee);
    }
    /* NR_UNWIND_: a leaf has said why; for a frame, c->error is set. */
    int error = cx->error;
    if (answer != NR_UNWIND_) {
        if (nr_is_outermost_mark(f->awaiter))
            return chain_end(c, f, answer == NR_READY ? cx->done : f);
        error = ECANCELED;
    }
    nr_future *p = chain_awaiter_of(f);
    nr_future_drop(f);
    cx->done = NULL;
    p = chain_unwind_awaiter(c, p, error);
    return p ? p : chain_end(c, NULL, NULL);
}

static void chain_run(nr_chain *c, nr_future *f, nr_context *cx)
{
    while (f) {
        nr_future *p; /* f's awaiter */
        nr_poll answer;
        if (f->ops->body_) {
            answer = f->ops->body_(f, cx).value;
        } else {
            cx->done = NULL;
            answer = f->ops->poll(f, cx);
            if (answer == NR_READY) {
                p = f->awaiter;
                chain_finish_leaf(f, cx);
                if (!NR_RARELY_(chain_ends_or_unwinds(c, p))) {
                    answer = p->ops->body_(p, cx).value;
                    chain_forget_leaf(f);
                    f = p;
                }
            }
        }
    answered:
        if (answer == NR_RETURN_) {
            p = f->awaiter;
            if (!NR_RARELY_(chain_ends_or_unwinds(c, p))) {
                cx->done = f;
                answer = p->ops->body_(p, cx).value;
                nr_frame_free(f);
                f = p;
                goto answered;
            }
        } else if (answer == NR_CALL_) {
            p = cx->callee;
            if (!NR_RARELY_(!p || chain_is_protected(f))) {
                p->awaiter = f;
                f = p;
                continue;
            }
        }
        f = chain_go_on(c, f, cx, answer);
    }
}

/* Asks a leaf to stop, if there is anything to ask. */
static nr_poll chain_stop(const nr_chain *c, nr_future *leaf, nr_context *cx)
{
    bool is_asked = c->started || leaf->ops->owns_calls;
    return is_asked && leaf->ops->cancel ? leaf->ops->cancel(leaf, cx)
                                         : NR_READY;
}

nr_poll nr_chain_poll(nr_chain *c, nr_context *cx)
{
    NR_ASSERT(!c->ended, "a chain is polled after its end");
    nr_future *f = c->innermost;
    if (!f) {
        c->error = ENOMEM;
    } else if (c->cancelled && !chain_is_protected(f)) {
        nr_future *next = f; /* a frame that had yielded or has not begun */
        if (!f->ops->body_) {
            nr_poll answer = chain_stop(c, f, cx);
            c->started = true;
            if (answer == NR_PENDING)
                return NR_PENDING;
            next = chain_awaiter_of(f);
            nr_future_drop(f);
        }
        f = chain_unwind_awaiter(c, next, ECANCELED);
    }
    c->started = true;
    if (f)
        chain_run(c, f, cx);
    else
        chain_end(c, NULL, NULL);
    cx->done = NULL; /* the loop of an outer chain has the same context */
    return c->ended ? NR_READY : NR_PENDING;
}

/* The frame that awaits what a new branch belongs to, `n` combinators around it
 * at most. NULL where none of them is awaited. */
static const nr_future *chain_frame_around(const nr_future *f, unsigned n)
{
    for (; f && nr_is_outermost_mark(f->awaiter); n--) {
        bool has_owner = n > 0 && f->ops != &nr_join_ops;
        f = has_owner ? nr_outermost_kept(f) : NULL;
    }
    return f ? f->awaiter : NULL;
}

/* In a function of its own, because of the room that `buf` takes on the
 * stack. */
static NR_NOINLINE_ void chain_die_too_deep(const nr_chain *c)
{
    char buf[NR_PLACE_SIZE];
    const nr_future *f = chain_frame_around(c->innermost, NR_NESTING_MAX + 1);
    nr_sys_die("combinators are nested more than 2,000 deep",
               f ? nr_frame_place(f, buf) : NULL);
}

nr_poll nr_chain_poll_branch(nr_chain *c, nr_context *cx)
{
    if (cx->nesting == NR_NESTING_MAX)
        chain_die_too_deep(c);
    cx->nesting++;
    nr_poll answer = nr_chain_poll(c, cx);
    cx->nesting--;
    return answer;
}

nr_poll nr_chain_unwind_branch(nr_chain *c, nr_context *cx)
{
    nr_chain_cancel(c);
    return c->ended ? NR_READY : nr_chain_poll_branch(c, cx);
}

int nr_chain_take(const nr_chain *c, void *out, size_t offset, size_t size)
{
    if (!c->result)
        return -c->error;
    if (out)
        memcpy(out, (const char *)c->result + offset, size);
    return 0;
}

void nr_chain_drop(nr_chain *c)
{
    nr_future *f = c->innermost;
    while (f) {
        nr_future *p = c->ended ? NULL : chain_awaiter_of(f);
        nr_future_drop(f);
        f = p;
    }
    c->innermost = NULL;
    c->result = NULL;
    c->ended = true;
}

const char *nr_frame_place(const nr_future *frame, char *buf)
{
    snprintf(buf, NR_PLACE_SIZE, "%s:%u%s", frame->ops->file,
             (unsigned)frame->line, frame->line < NR_LINE_MAX_ ? "" : "+");
    return buf;
}

void nr_lost_resume_point_(const nr_future *future)
{
    char buf[NR_PLACE_SIZE];
    nr_sys_die("an AWAIT inside a switch needs computed goto",
               nr_frame_place(future, buf));
}
