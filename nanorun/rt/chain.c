/* SPDX-License-Identifier: MIT */

/*
 * How a chain runs. The loop polls the innermost future and goes by its
 * answer:
 *
 *   NR_CALL_     its callee becomes the innermost, awaited by it
 *   NR_READY     its awaiter is resumed with it as `done`; the awaiter has read
 *                the result when its poll returns, and `done` is freed then. A
 *                leaf is dropped before, but for its memory: what it waited
 *                on is the awaiter's, which may end it now
 *   NR_PENDING   the chain waits; a wake-up continues with the same future
 *   NR_YIELD_    the same, but the task is queued again behind the others
 *   NR_UNWIND_   (leaves) there is no result: the awaiter is unwound
 *
 * So neither depth nor recursion uses C stack, and a wake-up costs the same at
 * any depth.
 *
 * Unwinding a frame means: enter it at the top in the phase NR_UNWINDING_, in
 * which ASYNC_BEGIN goes straight to FINALLY; when it ends, unwind its
 * awaiter. It begins at the innermost future when the chain is cancelled, and
 * at a frame whose callee could not be allocated.
 *
 * A FINALLY is not interrupted. What it awaits, at any depth, is `shielded`: a
 * cancellation passes it by and takes effect when the frame with the FINALLY
 * has ended, on that frame's awaiter. Want of memory below a FINALLY unwinds
 * only up to it: there the AWAIT is resumed with `done` NULL, which is zero.
 */

#include "nanorun/rt/internal/chain.h"

#include <errno.h>
#include <string.h>

#include "nanorun/rt/future.h"
#include "nanorun/sys/die.h"

void nr_chain_init(nr_chain *c, nr_future *outermost)
{
    memset(c, 0, sizeof *c);
    c->innermost = outermost;
}

void nr_chain_cancel(nr_chain *c)
{
    c->cancelled = true;
}

static bool is_protected(const nr_future *f)
{
    return f->shielded || f->phase != NR_RUNNING_;
}

static nr_poll end(nr_chain *c, nr_future *outermost, nr_future *result)
{
    c->innermost = outermost;
    c->result = result;
    c->ended = true;
    return NR_READY;
}

/* What runs next when `awaiter` gets no result; NULL: the chain has ended. */
static nr_future *unwind(nr_chain *c, nr_future *awaiter, int error)
{
    if (awaiter && awaiter->phase != NR_RUNNING_)
        return awaiter; /* resumed in its FINALLY, done is NULL */
    if (c->error == 0 && (!awaiter || !awaiter->shielded))
        c->error = error;
    if (awaiter) {
        awaiter->phase = NR_UNWINDING_;
        awaiter->resume = 0;
    }
    return awaiter;
}

/* The callee as the next to run, or what its absence leads to. */
static nr_future *call(nr_chain *c, nr_future *caller, nr_future *callee)
{
    if (!callee)
        return unwind(c, caller, ENOMEM);
    callee->awaiter = caller;
    if (is_protected(caller))
        callee->shielded = true;
    return callee;
}

/* Whether the end of f leads to the unwinding of its awaiter p: f was unwound,
 * or f's FINALLY had held up a cancellation that now reaches p. */
static bool unwinds_awaiter(const nr_chain *c, const nr_future *f,
                            const nr_future *p)
{
    if (f->phase == NR_UNWINDING_)
        return true;
    return c->cancelled && p && !is_protected(p);
}

/* Drops a leaf that is ready, but for its memory. */
static void finish(nr_future *leaf)
{
    if (!leaf->ops->drop)
        return;
    leaf->is_kept = true;
    leaf->ops->drop(leaf);
    leaf->is_kept = false;
    leaf->is_over = true;
}

/* What f awaited, now that it has been resumed. */
static void drop_done(nr_future *done)
{
    if (done->ops->is_frame)
        nr_future_free(done);
    else
        nr_future_drop(done);
}

static nr_poll run(nr_chain *c, nr_future *f, nr_context *cx)
{
    nr_future *done = NULL; /* what f awaited, until f has been resumed */
    cx->done = NULL;        /* where f reads its result: done, mostly */
    while (f) {
        nr_poll answer = f->ops->poll(f, cx);
        if (done) {
            drop_done(done);
            done = NULL;
        }
        if (answer == NR_CALL_) {
            f = call(c, f, cx->callee);
            cx->done = NULL;
            continue;
        }
        nr_future *p = f->awaiter;
        if (answer == NR_READY) {
            nr_future *result = f;
            if (!f->ops->is_frame) {
                /* It may have its result elsewhere, and holds that (JOIN). */
                if (cx->done)
                    result = cx->done;
                else
                    finish(f);
            }
            if (unwinds_awaiter(c, f, p)) {
                nr_future_drop(f);
                f = unwind(c, p, ECANCELED);
                cx->done = NULL;
                continue;
            }
            if (!p)
                return end(c, f, result);
            cx->done = result;
            done = f;
            f = p;
            continue;
        }
        if (answer == NR_UNWIND_) {
            nr_future_drop(f);
            f = unwind(c, p, cx->error);
            cx->done = NULL;
            continue;
        }
        cx->yielded |= answer == NR_YIELD_;
        c->innermost = f;
        return NR_PENDING;
    }
    return end(c, NULL, NULL);
}

nr_poll nr_chain_poll(nr_chain *c, nr_context *cx)
{
    NR_ASSERT(!c->ended, "a chain is polled after its end");
    nr_future *f = c->innermost;
    if (!f || (c->cancelled && !c->started)) {
        c->error = f ? ECANCELED : ENOMEM;
        nr_future_drop(f);
        return end(c, NULL, NULL);
    }
    if (c->cancelled && !is_protected(f)) {
        nr_future *next = f; /* a frame that had yielded */
        if (!f->ops->is_frame) {
            if (f->ops->cancel && f->ops->cancel(f, cx) == NR_PENDING)
                return NR_PENDING;
            next = f->awaiter;
            nr_future_drop(f);
        }
        f = unwind(c, next, ECANCELED);
    }
    c->started = true;
    nr_poll answer = run(c, f, cx);
    cx->done = NULL; /* of an outer chain's loop, whose leaf this one is in */
    return answer;
}

nr_poll nr_chain_unwind(nr_chain *c, nr_context *cx)
{
    nr_chain_cancel(c);
    return c->ended ? NR_READY : nr_chain_poll(c, cx);
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
        nr_future *p = c->ended ? NULL : f->awaiter;
        nr_future_drop(f);
        f = p;
    }
    c->innermost = NULL;
    c->result = NULL;
    c->ended = true;
}
