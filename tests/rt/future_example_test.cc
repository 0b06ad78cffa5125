/* SPDX-License-Identifier: MIT */
#include "tests/rt/future_example.h"

#include <errno.h>
#include <gtest/gtest.h>

#include "nanorun/sys/thread.h"
#include "tests/support/one_worker.h"
#include "tests/support/test_thread.h"

namespace
{

class FutureExample : public OneWorker
{
  protected:
    FutureExample() : x(example_new())
    {
    }

    ~FutureExample() override
    {
        destroy();
        example_free(x);
    }

    void until_it_is_waited_for()
    {
        while (!example_is_waited_for(x))
            nr_sys_thread_yield();
    }

    example *x;
};

TEST_F(FutureExample, AWaitForAnEventThatWasSetIsReadyAtOnce)
{
    example_set(x);
    EXPECT_EQ(BLOCK_ON(rt, example_wait(x)), 42);
    EXPECT_FALSE(example_is_waited_for(x));
}

TEST_F(FutureExample, AnotherThreadWakesAWaitForAnEvent)
{
    JOIN_HANDLE(example_wait) h = SPAWN_ON(handle, example_wait(x));
    until_it_is_waited_for();
    Thread setter([this] { example_set(x); });
    EXPECT_EQ(BLOCK_ON(rt, JOIN(h)), 42);
    setter.join();
}

TEST_F(FutureExample, ACancelledWaitTakesItsWakerBack)
{
    JOIN_HANDLE(example_wait) h = SPAWN_ON(handle, example_wait(x));
    until_it_is_waited_for();
    ABORT(h);
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(h)), -ECANCELED);
    EXPECT_FALSE(example_is_waited_for(x));
    example_set(x);
}

TEST_F(FutureExample, AnEventMayBeSetAfterTheRuntimeOfItsWaiterIsGone)
{
    DETACH(SPAWN_ON(handle, example_wait(x)));
    until_it_is_waited_for();
    destroy();
    EXPECT_FALSE(example_is_waited_for(x));
    example_set(x);
}

} // namespace
