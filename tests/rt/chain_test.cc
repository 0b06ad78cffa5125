/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/task/chain.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "nanorun/async.h"
#include "tests/rt/hand.h"

namespace
{

using hand::Chain;
using hand::Leaf;
using Log = std::string;

class ChainTest : public hand::Test
{
};

ASYNC_FN(int, step, ((Leaf *, leaf), (Log *, log), (char, name)), int v;)
{
    ASYNC_BEGIN(step);
    AWAIT(self->v, hand::Wait(self->leaf));
    ASYNC_RETURN(self->v);
    ASYNC_FINALLY;
    *self->log += self->name;
    ASYNC_END;
}

// Awaits three steps, named a, b and c.
ASYNC_FN(int, steps, ((Leaf *, leaves), (Log *, log)), int i, v, sum;)
{
    ASYNC_BEGIN(steps);
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(self->v, step(&self->leaves[self->i], self->log,
                            static_cast<char>('a' + self->i)));
        self->sum += self->v;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_FINALLY;
    *self->log += '.';
    ASYNC_END;
}

ASYNC_FN(int, outer, ((Leaf *, leaves), (Log *, log)), int v;)
{
    ASYNC_BEGIN(outer);
    AWAIT(self->v, steps(self->leaves, self->log));
    ASYNC_RETURN(self->v + 1);
    ASYNC_FINALLY;
    *self->log += '!';
    ASYNC_END;
}

ASYNC_FN(int, down, ((unsigned, n), (Leaf *, leaf), (unsigned *, ended)),
         int v;)
{
    ASYNC_BEGIN(down);
    if (self->n == 0)
        AWAIT(self->v, hand::Wait(self->leaf));
    else
        AWAIT(self->v, down(self->n - 1, self->leaf, self->ended));
    ASYNC_RETURN(self->v + 1);
    ASYNC_FINALLY;
    (*self->ended)++;
    ASYNC_END;
}

ASYNC_FN(int, yields, ((Log *, log)))
{
    ASYNC_BEGIN(yields);
    YIELD_NOW();
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    *self->log += 'f';
    ASYNC_END;
}

// A leaf whose result is read from another future, as a join's is.
struct proxy_future {
    nr_future base;
    int result;
    nr_future *other;
};

nr_poll proxy_poll(nr_future *self, nr_context *cx)
{
    cx->done = reinterpret_cast<proxy_future *>(self)->other;
    return NR_READY;
}

const nr_future_ops proxy_ops =
    NR_FUTURE_OPS(proxy_future, proxy_poll, nullptr, nullptr);

proxy_future *proxy(nr_future *other)
{
    proxy_future *f = NR_FUTURE_NEW(proxy_future, &proxy_ops);
    f->result = -1;
    f->other = other;
    return f;
}

ASYNC_FN(int, reads_proxy, ((nr_future *, other)), int a, b;)
{
    ASYNC_BEGIN(reads_proxy);
    AWAIT(self->a, proxy(self->other));
    AWAIT(self->b, proxy(self->other));
    ASYNC_RETURN(self->a * 100 + self->b);
    ASYNC_END;
}

TEST_F(ChainTest, AResultGoesFromTheLeafToTheOutermost)
{
    Leaf leaves[3];
    Log log;
    Chain chain(outer(leaves, &log));
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(chain.Poll(), NR_PENDING);
        leaves[i].value = 10 << i;
        leaves[i].answer = NR_READY;
    }
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(chain.Outcome(), 71);
    EXPECT_EQ(log, "abc.!");
}

TEST_F(ChainTest, AWakeUpPollsTheInnermostOnly)
{
    Leaf leaf;
    unsigned ended = 0;
    Chain chain(down(10, &leaf, &ended));
    for (int i = 1; i <= 5; i++) {
        EXPECT_EQ(chain.Poll(), NR_PENDING);
        EXPECT_EQ(leaf.polls, i);
        EXPECT_EQ(chain.c.innermost->ops, &hand::ops);
    }
}

TEST_F(ChainTest, ALeafMayBeTheOutermost)
{
    Leaf leaf;
    leaf.value = 5;
    Chain chain(hand::Wait(&leaf));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    leaf.answer = NR_READY;
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(chain.Outcome(), 5);
}

TEST_F(ChainTest, ALeafThatSaysItHoldsNothingIsReadAndFreedWithoutItsDrop)
{
    Leaf leaves[3];
    for (Leaf &leaf : leaves) {
        leaf.answer = NR_READY;
        leaf.value = 7;
        leaf.is_over = true;
    }
    Log log;
    Chain awaited(steps(leaves, &log));
    EXPECT_EQ(awaited.Poll(), NR_READY);
    EXPECT_EQ(awaited.Outcome(), 21);
    Chain outermost(hand::Wait(&leaves[0]));
    EXPECT_EQ(outermost.Poll(), NR_READY);
    EXPECT_EQ(outermost.Outcome(), 7);
    EXPECT_EQ(leaves[0].drops + leaves[1].drops + leaves[2].drops, 0);
}

TEST_F(ChainTest, TheResultMayBeReadFromAnotherFuture)
{
    hand_future other = {};
    other.result = 42;
    Chain outermost(proxy(&other.base));
    EXPECT_EQ(outermost.Poll(), NR_READY);
    EXPECT_EQ(outermost.Outcome(), 42);
    Chain awaited(reads_proxy(&other.base));
    EXPECT_EQ(awaited.Poll(), NR_READY);
    EXPECT_EQ(awaited.Outcome(), 4242);
}

TEST_F(ChainTest, ALeafMeetsNoDoneOfThoseBefore)
{
    Leaf leaves[3];
    for (Leaf &leaf : leaves) {
        leaf.answer = NR_READY;
        leaf.on_poll = [](Leaf *, nr_context *cx) {
            EXPECT_EQ(cx->done, nullptr);
        };
    }
    Log log;
    Chain chain(steps(leaves, &log));
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(chain.cx.done, nullptr);
}

TEST_F(ChainTest, AYieldAsksForAnotherPoll)
{
    Log log;
    Chain chain(yields(&log));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    EXPECT_TRUE(chain.cx.yielded);
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_FALSE(chain.cx.yielded);
    EXPECT_EQ(chain.Outcome(), 1);
}

TEST_F(ChainTest, ACancelledYieldUnwinds)
{
    Log log;
    Chain chain(yields(&log));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(chain.Outcome(), -ECANCELED);
    EXPECT_EQ(log, "f");
}

TEST_F(ChainTest, CancellingAtEveryAwaitRunsEachFinallyOnce)
{
    const Log expected[] = {"a.!", "ab.!", "abc.!"};
    for (int k = 0; k < 3; k++) {
        Leaf leaves[3];
        for (int i = 0; i < k; i++)
            leaves[i].answer = NR_READY;
        Log log;
        Chain chain(outer(leaves, &log));
        EXPECT_EQ(chain.Poll(), NR_PENDING);
        chain.Cancel();
        EXPECT_EQ(leaves[k].cancels, 0);
        EXPECT_EQ(chain.Poll(), NR_READY);
        EXPECT_EQ(chain.Outcome(), -ECANCELED);
        EXPECT_EQ(log, expected[k]);
        for (int i = 0; i < 3; i++) {
            EXPECT_EQ(leaves[i].cancels, i == k);
            EXPECT_EQ(leaves[i].drops, i <= k);
        }
    }
}

TEST_F(ChainTest, ALeafThatStopsSlowlyIsAskedUntilItHas)
{
    Leaf leaves[3];
    leaves[0].cancel_answer = NR_PENDING;
    Log log;
    Chain chain(outer(leaves, &log));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    chain.Cancel();
    for (int i = 1; i <= 4; i++) {
        EXPECT_EQ(chain.Poll(), NR_PENDING);
        EXPECT_EQ(leaves[0].cancels, i);
    }
    EXPECT_EQ(leaves[0].polls, 1);
    EXPECT_EQ(leaves[0].drops, 0);
    EXPECT_EQ(log, "");
    leaves[0].cancel_answer = NR_READY;
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(leaves[0].drops, 1);
    EXPECT_EQ(log, "a.!");
}

TEST_F(ChainTest, ALeafWithoutACancelIsDropped)
{
    static const nr_future_ops plain =
        NR_FUTURE_OPS(hand_future, hand::Poll, nullptr, hand::Drop);
    Leaf leaf;
    hand_future *f = hand::Wait(&leaf);
    f->base.ops = &plain;
    Chain chain(f);
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(chain.Outcome(), -ECANCELED);
    EXPECT_EQ(leaf.drops, 1);
}

TEST_F(ChainTest, AChainThatNeverBeganRunsItsOutermostFinally)
{
    Leaf leaves[3];
    Log log;
    Chain chain(outer(leaves, &log));
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(chain.Outcome(), -ECANCELED);
    EXPECT_EQ(log, "!");
    Leaf leaf;
    Chain of_leaf(hand::Wait(&leaf));
    of_leaf.Cancel();
    EXPECT_EQ(of_leaf.Poll(), NR_READY);
    EXPECT_EQ(leaf.polls, 0);
    EXPECT_EQ(leaf.cancels, 0);
    EXPECT_EQ(leaf.drops, 1);
}

TEST_F(ChainTest, UnwindingWhatHasEndedIsReady)
{
    Leaf leaf;
    leaf.value = 3;
    Chain chain(hand::Wait(&leaf));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    leaf.cancel_answer = NR_PENDING;
    EXPECT_EQ(nr_chain_unwind_branch(&chain.c, &chain.cx), NR_PENDING);
    leaf.cancel_answer = NR_READY;
    EXPECT_EQ(nr_chain_unwind_branch(&chain.c, &chain.cx), NR_READY);
    EXPECT_EQ(nr_chain_unwind_branch(&chain.c, &chain.cx), NR_READY);
    EXPECT_EQ(chain.Outcome(), -ECANCELED);
    leaf.answer = NR_READY;
    Chain ended(hand::Wait(&leaf));
    EXPECT_EQ(ended.Poll(), NR_READY);
    EXPECT_EQ(nr_chain_unwind_branch(&ended.c, &ended.cx), NR_READY);
    EXPECT_EQ(ended.Outcome(), 3); // kept
}

TEST_F(ChainTest, AnAwaitWithoutAResultLeavesItsTarget)
{
    Leaf leaf;
    Chain chain(hand::Wait(&leaf));
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_READY);
    int value = 7;
    EXPECT_EQ(chain.Take(&value), -ECANCELED);
    EXPECT_EQ(value, 7);
    EXPECT_EQ(chain.Take(nullptr), -ECANCELED);
}

TEST_F(ChainTest, ADeepChainRunsAndUnwindsOnTheStackOfOnePoll)
{
    const unsigned depth = 200000;
    Leaf leaf;
    unsigned ended = 0;
    {
        Chain chain(down(depth, &leaf, &ended));
        EXPECT_EQ(chain.Poll(), NR_PENDING);
        leaf.answer = NR_READY;
        EXPECT_EQ(chain.Poll(), NR_READY);
        EXPECT_EQ(chain.Outcome(), static_cast<int>(depth + 1));
        EXPECT_EQ(ended, depth + 1);
    }
    leaf.answer = NR_PENDING;
    ended = 0;
    Chain chain(down(depth, &leaf, &ended));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(ended, depth + 1);
}

TEST_F(ChainTest, DroppingAWaitingChainRunsNothing)
{
    Leaf leaves[3];
    leaves[0].answer = NR_READY;
    Log log;
    Chain chain(outer(leaves, &log));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    nr_chain_drop(&chain.c);
    EXPECT_EQ(leaves[1].drops, 1);
    EXPECT_EQ(leaves[1].cancels, 0);
    EXPECT_EQ(log, "a");
    EXPECT_EQ(nr_sys_alloc_live(), live_before);
}

// Each state, then the drop of ~Chain and the look of the fixture.
TEST_F(ChainTest, DroppingInAnyStateFreesAll)
{
    Leaf waits[3], stops[3], ends[3];
    Log log;
    Chain unstarted(outer(waits, &log));
    Chain waiting(outer(waits, &log));
    EXPECT_EQ(waiting.Poll(), NR_PENDING);
    Chain yielded(yields(&log));
    EXPECT_EQ(yielded.Poll(), NR_PENDING);
    stops[0].cancel_answer = NR_PENDING;
    Chain stopping(outer(stops, &log));
    EXPECT_EQ(stopping.Poll(), NR_PENDING);
    stopping.Cancel();
    EXPECT_EQ(stopping.Poll(), NR_PENDING);
    for (Leaf &leaf : ends)
        leaf.answer = NR_READY;
    Chain ended(outer(ends, &log));
    EXPECT_EQ(ended.Poll(), NR_READY);
    Chain unwound(outer(waits, &log));
    EXPECT_EQ(unwound.Poll(), NR_PENDING);
    unwound.Cancel();
    EXPECT_EQ(unwound.Poll(), NR_READY);
    Chain empty(static_cast<outer_future *>(nullptr));
}

#ifndef NDEBUG
TEST(ChainDeathTest, APollAfterTheEndStops)
{
    Leaf leaf;
    leaf.answer = NR_READY;
    Chain chain(hand::Wait(&leaf));
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_DEATH(chain.Poll(), "a chain is polled after its end");
}
#endif

} // namespace
