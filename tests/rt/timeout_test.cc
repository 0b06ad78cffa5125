/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "nanorun/async.h"
#include "nanorun/rt/future.h"
#include "tests/support/gate.h"
#include "tests/support/one_worker.h"

namespace
{

constexpr uint64_t ms = 1000000;

class TimeoutTest : public OneWorker
{
  protected:
    TimeoutTest()
    {
        gate_init(&shut);
    }

    ~TimeoutTest() override
    {
        destroy();
        gate_deinit(&shut);
    }

    gate shut;
};

ASYNC_FN(int, seven, ())
{
    ASYNC_BEGIN(seven);
    ASYNC_RETURN(7);
    ASYNC_END;
}

ASYNC_FN(int, spends, ((int, n)))
{
    ASYNC_BEGIN(spends);
    while (self->n-- > 0)
        AWAIT(nr_sleep_ms(0));
    ASYNC_RETURN(7);
    ASYNC_END;
}

ASYNC_FN(int, waits, ((gate *, g)))
{
    ASYNC_BEGIN(waits);
    journal_add('w');
    AWAIT(gate_wait(self->g));
    journal_add('x');
    ASYNC_RETURN(7);
    ASYNC_FINALLY;
    journal_add('f');
    AWAIT(nr_sleep_ms(5));
    journal_add('F');
    ASYNC_END;
}

ASYNC_FN(int, after_ms, ((uint64_t, delay_ms)))
{
    ASYNC_BEGIN(after_ms);
    AWAIT(nr_sleep_ms(self->delay_ms));
    ASYNC_RETURN(7);
    ASYNC_END;
}

// The result of the bounded call, or the error.
ASYNC_FN(int, bounded, ((uint64_t, bound_ms), (uint64_t, delay_ms)), int error,
         v;)
{
    ASYNC_BEGIN(bounded);
    self->v = -1;
    AWAIT(self->error,
          TIMEOUT_MS(self->bound_ms, after_ms(self->delay_ms), &self->v));
    ASYNC_RETURN(self->error ? self->error : self->v);
    ASYNC_END;
}

ASYNC_FN(int, bounded_wait, ((uint64_t, bound_ms), (gate *, g)), int error, v;)
{
    ASYNC_BEGIN(bounded_wait);
    self->v = -1;
    AWAIT(self->error, TIMEOUT_MS(self->bound_ms, waits(self->g), &self->v));
    journal_add(self->v == -1 ? '-' : '+');
    ASYNC_RETURN(self->error);
    ASYNC_END;
}

// Each is ready at once, so none times out: however many there are.
ASYNC_FN(int, zero_bounds, ((int, n)), int i, error, v, ready;)
{
    ASYNC_BEGIN(zero_bounds);
    for (self->i = 0; self->i < self->n; self->i++) {
        AWAIT(self->error, TIMEOUT_MS(0, spends(3), &self->v));
        self->ready += self->error == 0 && self->v == 7;
    }
    ASYNC_RETURN(self->ready);
    ASYNC_END;
}

ASYNC_FN(void, spins, ())
{
    ASYNC_BEGIN(spins);
    for (;;)
        AWAIT(nr_sleep_ms(0));
    ASYNC_END;
}

ASYNC_FN(void, yields_for_ever, ())
{
    ASYNC_BEGIN(yields_for_ever);
    for (;;)
        YIELD_NOW();
    ASYNC_END;
}

ASYNC_FN(int, bounds_in_finally, ((gate *, g)), int error;)
{
    ASYNC_BEGIN(bounds_in_finally);
    AWAIT(gate_wait(self->g));
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    AWAIT(self->error, TIMEOUT_MS(2, waits(self->g)));
    journal_add(self->error == -ETIMEDOUT ? 't' : '?');
    AWAIT(self->error, TIMEOUT_MS(1000000, after_ms(2)));
    journal_add(self->error == 0 ? 'r' : '?');
    ASYNC_END;
}

// A leaf that becomes ready, and holds its worker until the deadline of the
// timeout around it has passed: both on one wake-up.
struct late_future {
    nr_future base;
    int result;
    uint64_t deadline_ns;
    int polls;
};

nr_poll late_poll(nr_future *self, nr_context *cx)
{
    late_future *f = reinterpret_cast<late_future *>(self);
    if (f->polls++ == 0) {
        nr_waker_wake(cx->waker);
        return NR_PENDING;
    }
    while (nr_now_ns() < f->deadline_ns) {
    }
    f->result = 7;
    return NR_READY;
}

const nr_future_ops late_ops =
    NR_FUTURE_OPS(late_future, late_poll, nullptr, nullptr);

late_future *late(uint64_t after_ms)
{
    late_future *f = NR_FUTURE_NEW(late_future, &late_ops);
    f->deadline_ns = nr_now_ns() + after_ms * ms;
    return f;
}

ASYNC_FN(int, tie, (), int error, v;)
{
    ASYNC_BEGIN(tie);
    AWAIT(self->error, TIMEOUT_MS(3, late(4), &self->v));
    ASYNC_RETURN(self->error ? self->error : self->v);
    ASYNC_END;
}

TEST_F(TimeoutTest, ACallInTimeGivesItsResult)
{
    EXPECT_EQ(BLOCK_ON(rt, bounded(1000000, 1)), 7);
    EXPECT_EQ(BLOCK_ON(rt, bounded(UINT64_MAX, 1)), 7);
}

TEST_F(TimeoutTest, ACallThatIsLateIsCancelledAndTheTargetStays)
{
    uint64_t since_ns = nr_now_ns();
    EXPECT_EQ(BLOCK_ON(rt, bounded(5, 1000000)), -ETIMEDOUT);
    EXPECT_GE(nr_now_ns() - since_ns, 5 * ms);
    EXPECT_EQ(BLOCK_ON(rt, bounded(0, UINT64_MAX)), -ETIMEDOUT);
}

TEST_F(TimeoutTest, TheCleanupIsDoneBeforeItReturns)
{
    EXPECT_EQ(BLOCK_ON(rt, bounded_wait(2, &shut)), -ETIMEDOUT);
    EXPECT_STREQ(journal_text(), "wfF-");
    EXPECT_EQ(gate_drops(&shut), 1);
}

TEST_F(TimeoutTest, ACallThatIsReadyAtOnceWinsOverZero)
{
    int v = 0;
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(0, seven(), &v)), 0);
    EXPECT_EQ(v, 7);
}

// The budget of a poll makes them wait now and then, which is not their fault.
TEST_F(TimeoutTest, WantOfBudgetIsNoTimeout)
{
    EXPECT_EQ(BLOCK_ON(rt, zero_bounds(1000)), 1000);
}

TEST_F(TimeoutTest, ACallThatIsAlwaysBusyTimesOut)
{
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(3, spins())), -ETIMEDOUT);
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(3, yields_for_ever())), -ETIMEDOUT);
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(0, spins())), -ETIMEDOUT);
}

TEST_F(TimeoutTest, WhatIsReadyOnTheWakeUpOfTheDeadlineWins)
{
    EXPECT_EQ(BLOCK_ON(rt, tie()), 7);
}

TEST_F(TimeoutTest, TheTighterOfTwoBoundsEnds)
{
    int inner = -1;
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(1000000, bounded(2, 1000000), &inner)),
              0);
    EXPECT_EQ(inner, -ETIMEDOUT);
    inner = -1;
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(2, bounded(1000000, 1000000), &inner)),
              -ETIMEDOUT);
    EXPECT_EQ(inner, -1);
}

TEST_F(TimeoutTest, TheOuterBoundWaitsForTheCleanupBelowTheInner)
{
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(2, bounded_wait(1000000, &shut))),
              -ETIMEDOUT);
    EXPECT_STREQ(journal_text(), "wfF");
}

TEST_F(TimeoutTest, ATimeoutInAFinallyRunsToItsEnd)
{
    auto h = SPAWN_ON(handle, bounds_in_finally(&shut));
    gate_block_until_waiting(&shut, 1);
    ABORT(h);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ECANCELED);
    EXPECT_STREQ(journal_text(), "wfFtr");
}

TEST_F(TimeoutTest, AnAbortUnwindsTheCall)
{
    auto h = SPAWN_ON(handle, bounded_wait(1000000, &shut));
    gate_block_until_waiting(&shut, 1);
    ABORT(h);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ECANCELED);
    EXPECT_STREQ(journal_text(), "wfF");
}

TEST_F(TimeoutTest, WantOfMemoryIsTheCallsOwnEnd)
{
    waits_future *no_memory = nullptr;
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(1000000, no_memory)), -ENOMEM);
}

} // namespace
