// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/rt/sync.h"
#include "tests/rt/runtime_helpers.h"

// Waits at a barrier of two that are cancelled: before their round ends, and
// when it has ended.

namespace
{

enum How { BY_ABORT, BY_SELECT };

struct Seen {
    int went_on, led;
};

ASYNC_FN(void, party, ((nr_barrier *, b), (Seen *, seen), (bool, stays)),
         bool leads;)
{
    ASYNC_BEGIN(party);
    AWAIT(self->leads, nr_barrier_wait(self->b));
    self->seen->went_on++;
    self->seen->led += self->leads;
    if (self->stays)
        AWAIT(nr_sleep_ms(UINT64_MAX));
    ASYNC_END;
}

// On one worker: until what was spawned waits.
ASYNC_FN(void, let_run, ())
{
    ASYNC_BEGIN(let_run);
    YIELD_NOW();
    YIELD_NOW();
    ASYNC_END;
}

ASYNC_FN(void, expect_cut, ((JOIN_HANDLE(party), h)), int err;)
{
    ASYNC_BEGIN(expect_cut);
    ABORT(self->h);
    AWAIT(self->err, JOIN_STATUS(self->h));
    EXPECT_EQ(self->err, -ECANCELED);
    ASYNC_END;
}

// A round of two, which nobody else has come to.
ASYNC_FN(void, expect_round, ((nr_barrier *, b)), JOIN_HANDLE(party) h;
         Seen seen; bool leads;)
{
    ASYNC_BEGIN(expect_round);
    self->h = SPAWN(party(self->b, &self->seen, false));
    AWAIT(let_run());
    EXPECT_EQ(self->seen.went_on, 0);
    AWAIT(self->leads, nr_barrier_wait(self->b));
    EXPECT_TRUE(self->leads);
    AWAIT(JOIN(self->h));
    EXPECT_EQ(self->seen.went_on, 1);
    EXPECT_EQ(self->seen.led, 0);
    ASYNC_END;
}

ASYNC_FN(void, cancel_early, ((nr_barrier *, b), (How, how)), Seen seen;
         JOIN_HANDLE(party) h; int which;)
{
    ASYNC_BEGIN(cancel_early);
    if (self->how == BY_ABORT) {
        self->h = SPAWN(party(self->b, &self->seen, false));
        AWAIT(let_run());
        AWAIT(expect_cut(self->h));
    } else {
        AWAIT(self->which,
              SELECT(party(self->b, &self->seen, false), nr_sleep_ms(1)));
        EXPECT_EQ(self->which, 1);
    }
    EXPECT_EQ(self->seen.went_on, 0);
    AWAIT(expect_round(self->b));
    ASYNC_END;
}

// The round ends before who waits has run.
ASYNC_FN(void, cancel_follower, ((nr_barrier *, b), (How, how)), Seen seen;
         Seen other; JOIN_HANDLE(party) h; int which;)
{
    ASYNC_BEGIN(cancel_follower);
    if (self->how == BY_ABORT) {
        self->h = SPAWN(party(self->b, &self->seen, false));
        AWAIT(let_run());
        AWAIT(party(self->b, &self->other, false));
        AWAIT(expect_cut(self->h));
    } else {
        AWAIT(self->which, SELECT(party(self->b, &self->seen, false),
                                  party(self->b, &self->other, false)));
        EXPECT_EQ(self->which, 1);
    }
    EXPECT_EQ(self->other.led, 1);
    EXPECT_EQ(self->seen.went_on, 0);
    AWAIT(expect_round(self->b));
    ASYNC_END;
}

ASYNC_FN(void, cancel_leader, ((nr_barrier *, b), (How, how)), Seen seen;
         Seen other; JOIN_HANDLE(party) h; int which;)
{
    ASYNC_BEGIN(cancel_leader);
    if (self->how == BY_ABORT) {
        self->h = SPAWN(party(self->b, &self->seen, true));
        AWAIT(party(self->b, &self->other, false));
        AWAIT(expect_cut(self->h));
    } else {
        self->h = SPAWN(party(self->b, &self->other, false));
        AWAIT(let_run());
        AWAIT(self->which,
              SELECT(party(self->b, &self->seen, true), nr_sleep_ms(1)));
        EXPECT_EQ(self->which, 1);
        AWAIT(JOIN(self->h));
    }
    EXPECT_EQ(self->seen.led, 1);
    EXPECT_EQ(self->other.went_on, 1);
    EXPECT_EQ(self->other.led, 0);
    AWAIT(expect_round(self->b));
    ASYNC_END;
}

// Of the one that would have been the last to come.
ASYNC_FN(void, cancel_unbegun, ((nr_barrier *, b), (How, how)), Seen seen;
         JOIN_HANDLE(party) h; JOIN_HANDLE(party) other; int which;)
{
    ASYNC_BEGIN(cancel_unbegun);
    self->h = SPAWN(party(self->b, &self->seen, false));
    AWAIT(let_run());
    if (self->how == BY_ABORT) {
        self->other = SPAWN(party(self->b, &self->seen, false));
        AWAIT(expect_cut(self->other));
    } else {
        AWAIT(self->which, SELECT(nr_sleep_ms(0), nr_barrier_wait(self->b)));
        EXPECT_EQ(self->which, 0);
    }
    AWAIT(let_run());
    EXPECT_EQ(self->seen.went_on, 0);
    AWAIT(party(self->b, &self->seen, false));
    AWAIT(JOIN(self->h));
    EXPECT_EQ(self->seen.went_on, 2);
    EXPECT_EQ(self->seen.led, 1);
    AWAIT(expect_round(self->b));
    ASYNC_END;
}

class BarrierCancel : public testing::TestWithParam<How>
{
  protected:
    BarrierCancel() : rt(1)
    {
        nr_barrier_init(&b, 2);
    }
    ~BarrierCancel() override
    {
        nr_barrier_deinit(&b);
    }

    Runtime rt;
    nr_barrier b;
};

TEST_P(BarrierCancel, AWaitCancelledBeforeItsRoundEndsLeavesIt)
{
    BLOCK_ON(rt, cancel_early(&b, GetParam()));
}

TEST_P(BarrierCancel, AFollowerWhoseRoundHasEndedHasTakenPart)
{
    BLOCK_ON(rt, cancel_follower(&b, GetParam()));
}

TEST_P(BarrierCancel, ALeaderHasTakenPart)
{
    BLOCK_ON(rt, cancel_leader(&b, GetParam()));
}

TEST_P(BarrierCancel, AWaitThatHasNotBegunHasNotCome)
{
    BLOCK_ON(rt, cancel_unbegun(&b, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(All, BarrierCancel,
                         testing::Values(BY_ABORT, BY_SELECT));

} // namespace
