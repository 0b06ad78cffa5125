// SPDX-License-Identifier: MIT
#include <errno.h>

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/rt/future.h"

// Names of errors, places of frames, and the stop of an AWAIT that the lowering
// by switch has lost: inside a switch of the user's that no compiler has
// refused.

namespace
{

TEST(Error, AnErrorHasItsNameWithEitherSign)
{
    EXPECT_STREQ(nr_strerror(0), "OK");
    EXPECT_STREQ(nr_strerror(-ENOMEM), "ENOMEM");
    EXPECT_STREQ(nr_strerror(ENOMEM), "ENOMEM");
    EXPECT_STREQ(nr_strerror(-ECANCELED), "ECANCELED");
    EXPECT_STREQ(nr_strerror(-EAGAIN), "EAGAIN");
#ifdef ENODATA // not on the BSDs
    EXPECT_STREQ(nr_strerror(-ENODATA), "ENODATA");
#endif
}

TEST(Error, ANumberThatIsNoErrorIsCalledSo)
{
    EXPECT_STREQ(nr_strerror(1 << 20), "unknown error");
    EXPECT_STREQ(nr_strerror(INT32_MIN), "unknown error");
}

struct lost_future {
    nr_future base;
    nr_unit result;
};

nr_poll lost_poll(nr_future *self, nr_context *)
{
    nr_lost_resume_point_(self);
}

TEST(LostResumePointDeathTest, ALostResumePointNamesTheLineOfItsAwait)
{
    static const nr_future_ops ops =
        NR_FUTURE_OPS(lost_future, lost_poll, nullptr, nullptr);
    lost_future f = {};
    f.base.ops = &ops;
    f.base.line = 4711;
    EXPECT_DEATH(lost_poll(&f.base, nullptr),
                 "an AWAIT inside a switch needs computed goto "
                 "\\(.*error_test.cc:4711\\)");
}

ASYNC_FN(int, one, ())
{
    ASYNC_BEGIN(one);
    ASYNC_RETURN(1);
    ASYNC_END;
}

ASYNC_DECLARE(int, join_far_below, ());

TEST(PlaceDeathTest, ALineBeyondTheBitsOfAPlaceHasAPlus)
{
    EXPECT_DEATH(RUN(join_far_below()),
                 "JOIN of a task that was aborted, use JOIN_STATUS "
                 "\\(.*error_test.cc:65535\\+\\)");
}

// Last in the file, as it moves the lines of what follows.
ASYNC_DEFINE(int, join_far_below, (), JOIN_HANDLE(one) h; int r;)
{
    ASYNC_BEGIN(join_far_below);
    self->h = SPAWN(one());
    ABORT(self->h);
#line 70001
    AWAIT(self->r, JOIN(self->h));
    ASYNC_RETURN(self->r);
    ASYNC_END;
}

} // namespace
