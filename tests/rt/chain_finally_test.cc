/* SPDX-License-Identifier: MIT */

/*
 * How a FINALLY is protected from cancellation and lack of memory: in it, below
 * it, and while it waits.
 */

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "nanorun/async.h"
#include "tests/rt/hand.h"
#include "tests/support/alloc_failure.h"

namespace
{

using hand::Chain;
using hand::Leaf;
using Log = std::string;

class ChainFinallyTest : public hand::Test
{
};

// One leaf in the body, one in FINALLY, below a call of its own.
ASYNC_FN(int, waits, ((Leaf *, leaf)), int v;)
{
    ASYNC_BEGIN(waits);
    AWAIT(self->v, hand::Wait(self->leaf));
    ASYNC_RETURN(self->v);
    ASYNC_END;
}

ASYNC_FN(int, careful,
         ((Leaf *, body), (Leaf *, cleanup), (Log *, log), (char, name)),
         int v;)
{
    ASYNC_BEGIN(careful);
    AWAIT(self->v, waits(self->body));
    ASYNC_RETURN(self->v);
    ASYNC_FINALLY;
    *self->log += self->name;
    AWAIT(self->v, waits(self->cleanup));
    *self->log += static_cast<char>('0' + self->v);
    ASYNC_END;
}

ASYNC_FN(int, calls_careful, ((Leaf *, body), (Leaf *, cleanup), (Log *, log)),
         int v;)
{
    ASYNC_BEGIN(calls_careful);
    AWAIT(self->v, careful(self->body, self->cleanup, self->log, 'i'));
    *self->log += 'r'; // goes on
    AWAIT(hand::Wait(self->body));
    ASYNC_RETURN(self->v);
    ASYNC_FINALLY;
    *self->log += 'o';
    ASYNC_END;
}

// A FINALLY below a FINALLY below a FINALLY, each of which waits.
ASYNC_FN(int, nested, ((unsigned, n), (Leaf *, leaves), (Log *, log)))
{
    ASYNC_BEGIN(nested);
    AWAIT(hand::Wait(&self->leaves[self->n]));
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    *self->log += static_cast<char>('0' + self->n);
    if (self->n > 0)
        AWAIT(nested(self->n - 1, self->leaves, self->log));
    *self->log += static_cast<char>('a' + self->n);
    ASYNC_END;
}

hand_future *no_memory()
{
    return nullptr;
}

ASYNC_FN(int, starves, ((Log *, log)), int v;)
{
    ASYNC_BEGIN(starves);
    AWAIT(self->v, no_memory());
    *self->log += 'r';
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    *self->log += 's';
    ASYNC_END;
}

ASYNC_FN(int, calls_starves, ((Log *, log)), int v;)
{
    ASYNC_BEGIN(calls_starves);
    AWAIT(self->v, starves(self->log));
    *self->log += 'r';
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    *self->log += 'c';
    ASYNC_END;
}

ASYNC_FN(int, starves_in_finally, ((Log *, log)), int v, below;)
{
    ASYNC_BEGIN(starves_in_finally);
    self->v = self->below = 7;
    ASYNC_RETURN(3);
    ASYNC_FINALLY;
    AWAIT(self->v, no_memory());
    AWAIT(self->below, calls_starves(self->log));
    *self->log += self->v == 0 && self->below == 0 ? 'z' : 'x';
    ASYNC_END;
}

ASYNC_FN(int, unwinds_in_finally, ((Leaf *, leaf), (Log *, log)), int v;)
{
    ASYNC_BEGIN(unwinds_in_finally);
    self->v = 7;
    ASYNC_RETURN(3);
    ASYNC_FINALLY;
    AWAIT(self->v, hand::Wait(self->leaf));
    *self->log += self->v == 0 ? 'z' : 'x';
    ASYNC_END;
}

TEST_F(ChainFinallyTest, WhatAFinallyAwaitsIsNotCancelled)
{
    Leaf body, cleanup;
    Log log;
    Chain chain(calls_careful(&body, &cleanup, &log));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    EXPECT_EQ(body.cancels, 1);
    EXPECT_EQ(log, "i");
    for (int i = 0; i < 3; i++) {
        chain.Cancel();
        EXPECT_EQ(chain.Poll(), NR_PENDING);
    }
    EXPECT_EQ(cleanup.cancels, 0);
    cleanup.answer = NR_READY;
    cleanup.value = 5;
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(log, "i5o");
    EXPECT_EQ(chain.Outcome(), -ECANCELED);
}

TEST_F(ChainFinallyTest, ACancellationReachesTheAwaiterAfterTheFinally)
{
    Leaf body, cleanup;
    body.answer = NR_READY;
    Log log;
    Chain chain(calls_careful(&body, &cleanup, &log));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    EXPECT_EQ(log, "i");
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    EXPECT_EQ(cleanup.cancels, 0);
    EXPECT_EQ(log, "i");
    cleanup.answer = NR_READY;
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(log, "i0o"); // without r: it does not go on
    EXPECT_EQ(body.polls, 1);
    EXPECT_EQ(chain.Outcome(), -ECANCELED);
}

TEST_F(ChainFinallyTest, TheOutermostKeepsItsResultThroughItsFinally)
{
    Leaf body, cleanup;
    body.answer = NR_READY;
    body.value = 9;
    Log log;
    Chain chain(careful(&body, &cleanup, &log, 'i'));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    cleanup.answer = NR_READY;
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(chain.Outcome(), 9);
    EXPECT_EQ(log, "i0");
}

TEST_F(ChainFinallyTest, ThreeNestedFinallysRunOnceToTheirEnd)
{
    Leaf leaves[3];
    Log log;
    Chain chain(nested(2, leaves, &log));
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    EXPECT_EQ(log, "2");
    leaves[1].answer = NR_READY;
    chain.Cancel();
    EXPECT_EQ(chain.Poll(), NR_PENDING);
    EXPECT_EQ(log, "21");
    leaves[0].answer = NR_READY;
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(log, "210abc");
    EXPECT_EQ(leaves[1].cancels + leaves[0].cancels, 0);
    EXPECT_EQ(chain.Outcome(), -ECANCELED);
}

TEST_F(ChainFinallyTest, AChainDroppedInAFinallyIsFreed)
{
    Leaf body, cleanup;
    Log log;
    Chain cancelled(calls_careful(&body, &cleanup, &log));
    EXPECT_EQ(cancelled.Poll(), NR_PENDING);
    cancelled.Cancel();
    EXPECT_EQ(cancelled.Poll(), NR_PENDING);
    body.answer = NR_READY;
    Chain returning(calls_careful(&body, &cleanup, &log));
    EXPECT_EQ(returning.Poll(), NR_PENDING);
    nr_chain_drop(&cancelled.c);
    nr_chain_drop(&returning.c);
    EXPECT_EQ(log, "ii");
    EXPECT_EQ(cleanup.drops, 2);
    EXPECT_EQ(nr_sys_alloc_live(), live_before);
}

TEST_F(ChainFinallyTest, WantOfMemoryUnwindsTheChain)
{
    Log log;
    Chain chain(calls_starves(&log));
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(log, "sc");
    EXPECT_EQ(chain.Outcome(), -ENOMEM);
    Chain nothing(no_memory());
    EXPECT_EQ(nothing.Poll(), NR_READY);
    EXPECT_EQ(nothing.Outcome(), -ENOMEM);
}

TEST_F(ChainFinallyTest, WantOfMemoryInAFinallyIsSkippedWithZero)
{
    Log log;
    Chain chain(starves_in_finally(&log));
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(log, "scz");
    EXPECT_EQ(chain.Outcome(), 3);
}

TEST_F(ChainFinallyTest, ALeafWithoutAResultUnwindsItsAwaiter)
{
    Leaf body, cleanup;
    body.answer = NR_UNWIND_;
    cleanup.answer = NR_READY;
    Log log;
    Chain chain(calls_careful(&body, &cleanup, &log));
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(log, "i0o");
    EXPECT_EQ(chain.Outcome(), -ECANCELED);
    EXPECT_EQ(body.drops, 1);
    body.error = ENOMEM;
    Chain of_leaf(hand::Wait(&body));
    EXPECT_EQ(of_leaf.Poll(), NR_READY);
    EXPECT_EQ(of_leaf.Outcome(), -ENOMEM);
}

TEST_F(ChainFinallyTest, ALeafWithoutAResultInAFinallyGivesZero)
{
    Leaf leaf;
    leaf.answer = NR_UNWIND_;
    leaf.value = 8;
    Log log;
    Chain chain(unwinds_in_finally(&leaf, &log));
    EXPECT_EQ(chain.Poll(), NR_READY);
    EXPECT_EQ(log, "z");
    EXPECT_EQ(chain.Outcome(), 3);
}

// Lets k allocations succeed and fails the next, for every k.
TEST_F(ChainFinallyTest, AnyAllocationMayFail)
{
    for (uint64_t k = 0; k < 20; k++) {
        Leaf body, cleanup;
        body.answer = cleanup.answer = NR_READY;
        body.value = 9;
        cleanup.value = 4;
        Log log;
        log.reserve(16);
        AllocFailure failure(k);
        Chain chain(calls_careful(&body, &cleanup, &log));
        EXPECT_EQ(chain.Poll(), NR_READY);
        const char *logs[] = {"", "o", "i4o", "i4o", "i0ro", "i0ro", "i4ro"};
        EXPECT_EQ(log, k < 7 ? logs[k] : "i4ro") << k;
        bool has_result = k == 4 || k == 5 || k >= 7;
        EXPECT_EQ(chain.Outcome(), has_result ? 9 : -ENOMEM) << k;
    }
}

} // namespace
