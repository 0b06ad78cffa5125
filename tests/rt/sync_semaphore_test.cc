// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/rt/mutex.h"
#include "nanorun/rt/semaphore.h"
#include "tests/rt/fake_scheduler.h"
#include "tests/rt/hand.h"
#include "tests/support/alloc_failure.h"

// Semaphores and mutexes, polled by hand: who gets what, and when.

namespace
{

using hand::Chain;

class Semaphore : public hand::Test
{
  protected:
    void Init(size_t permits)
    {
        nr_semaphore_init(&s, permits);
    }

    ~Semaphore() override
    {
        nr_semaphore_deinit(&s);
    }

    nr_semaphore s;
};

TEST_F(Semaphore, AnAcquireOfWhatThereIsDoesNotWait)
{
    Init(3);
    Chain a(nr_semaphore_acquire(&s, 2));
    EXPECT_EQ(a.Poll(), NR_READY);
    Chain b(nr_semaphore_acquire(&s, 1));
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(nr_semaphore_try_acquire(&s, 1), -EAGAIN);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(nr_semaphore_try_acquire(&s, 1), 0);
}

TEST_F(Semaphore, WaitersAreServedFirstComeFirst)
{
    Init(0);
    Chain a(nr_semaphore_acquire(&s, 1)), b(nr_semaphore_acquire(&s, 1)),
        c(nr_semaphore_acquire(&s, 1));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(c.Poll(), NR_PENDING);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(c.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(a.Poll(), NR_READY);
    nr_semaphore_release(&s, 2);
    EXPECT_EQ(c.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
}

TEST_F(Semaphore, ManyAreNotPassedByFew)
{
    Init(0);
    Chain many(nr_semaphore_acquire(&s, 3)), few(nr_semaphore_acquire(&s, 1));
    EXPECT_EQ(many.Poll(), NR_PENDING);
    EXPECT_EQ(few.Poll(), NR_PENDING);
    nr_semaphore_release(&s, 2);
    EXPECT_EQ(few.Poll(), NR_PENDING);
    EXPECT_EQ(nr_semaphore_try_acquire(&s, 1), -EAGAIN);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(many.Poll(), NR_READY);
    EXPECT_EQ(few.Poll(), NR_PENDING);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(few.Poll(), NR_READY);
}

TEST_F(Semaphore, WhoComesLaterDoesNotPassOneThatWasWoken)
{
    Init(0);
    Chain woken(nr_semaphore_acquire(&s, 1)), late(nr_semaphore_acquire(&s, 1));
    EXPECT_EQ(woken.Poll(), NR_PENDING);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(nr_semaphore_try_acquire(&s, 1), -EAGAIN);
    EXPECT_EQ(late.Poll(), NR_PENDING);
    EXPECT_EQ(woken.Poll(), NR_READY);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(late.Poll(), NR_READY);
}

TEST_F(Semaphore, WithoutBudgetNoPermitIsTaken)
{
    Init(1);
    Chain a(nr_semaphore_acquire(&s, 1));
    EXPECT_EQ(a.Poll(0), NR_PENDING);
    EXPECT_TRUE(a.cx.yielded);
    EXPECT_EQ(nr_semaphore_try_acquire(&s, 1), 0);
    EXPECT_EQ(a.Poll(1), NR_PENDING);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(a.Poll(0), NR_READY);
}

TEST_F(Semaphore, ACancelledWaiterPassesOnWhatItWasGiven)
{
    Init(0);
    Chain a(nr_semaphore_acquire(&s, 2)), b(nr_semaphore_acquire(&s, 2));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    nr_semaphore_release(&s, 2);
    a.Cancel();
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
}

TEST_F(Semaphore, ACancelledWaiterGivesBackWhereNobodyWaits)
{
    Init(0);
    Chain a(nr_semaphore_acquire(&s, 2));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    nr_semaphore_release(&s, 2);
    a.Cancel();
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(nr_semaphore_try_acquire(&s, 2), 0);
}

TEST_F(Semaphore, ACancelledFirstLetsThoseBehindItHaveWhatThereIs)
{
    Init(2);
    Chain many(nr_semaphore_acquire(&s, 5)), b(nr_semaphore_acquire(&s, 1)),
        c(nr_semaphore_acquire(&s, 1));
    EXPECT_EQ(many.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(c.Poll(), NR_PENDING);
    many.Cancel();
    EXPECT_EQ(many.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(c.Poll(), NR_READY);
}

TEST_F(Semaphore, ACancelledOneInTheMiddleLeavesTheLineInOrder)
{
    Init(0);
    Chain a(nr_semaphore_acquire(&s, 1)), b(nr_semaphore_acquire(&s, 1)),
        c(nr_semaphore_acquire(&s, 1));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(c.Poll(), NR_PENDING);
    b.Cancel();
    EXPECT_EQ(b.Poll(), NR_READY);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(c.Poll(), NR_PENDING);
    EXPECT_EQ(a.Poll(), NR_READY);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(c.Poll(), NR_READY);
}

TEST_F(Semaphore, AskingForNothingWaitsForItsTurnOnly)
{
    Init(0);
    Chain none(nr_semaphore_acquire(&s, 0));
    EXPECT_EQ(none.Poll(), NR_READY);
    Chain one(nr_semaphore_acquire(&s, 1)), behind(nr_semaphore_acquire(&s, 0));
    EXPECT_EQ(one.Poll(), NR_PENDING);
    EXPECT_EQ(behind.Poll(), NR_PENDING);
    nr_semaphore_release(&s, 1);
    EXPECT_EQ(behind.Poll(), NR_READY);
    EXPECT_EQ(one.Poll(), NR_READY);
}

TEST_F(Semaphore, AnAcquireThatWasNeverPolledIsDroppedWithoutATrace)
{
    Init(1);
    nr_future_drop(&nr_semaphore_acquire(&s, 1)->base);
    EXPECT_EQ(nr_semaphore_try_acquire(&s, 1), 0);
}

TEST_F(Semaphore, AReleaseForManyWakesEachOnce)
{
    enum { COUNT = 100 }; // several batches
    Init(0);
    FakeScheduler scheduler;
    nr_task *tasks[COUNT];
    for (nr_task *&task : tasks)
        task = scheduler.Spawn(nr_semaphore_acquire(&s, 1));
    scheduler.Run();
    nr_semaphore_release(&s, COUNT);
    EXPECT_EQ(scheduler.Scheduled(), COUNT);
    EXPECT_EQ(scheduler.Queued(), size_t{COUNT});
    scheduler.Run();
    EXPECT_EQ(nr_semaphore_try_acquire(&s, 1), -EAGAIN);
    for (nr_task *task : tasks)
        nr_task_detach(task);
}

TEST_F(Semaphore, AnAcquireAllocatesItsFutureOnly)
{
    Init(1);
    uint64_t before = nr_sys_alloc_live();
    Chain has(nr_semaphore_acquire(&s, 1)), waits(nr_semaphore_acquire(&s, 1));
    uint64_t futures = nr_sys_alloc_live();
    EXPECT_EQ(futures, before + 2);
    EXPECT_EQ(has.Poll(), NR_READY);
    EXPECT_EQ(waits.Poll(), NR_PENDING);
    EXPECT_EQ(nr_sys_alloc_live(), futures);
}

TEST_F(Semaphore, WithoutMemoryThereIsNoFuture)
{
    Init(1);
    AllocFailure failure(0);
    EXPECT_EQ(nr_semaphore_acquire(&s, 1), nullptr);
}

class Mutex : public hand::Test
{
  protected:
    Mutex()
    {
        nr_mutex_init(&m);
    }

    ~Mutex() override
    {
        nr_mutex_deinit(&m);
    }

    nr_mutex m;
};

TEST_F(Mutex, AMutexIsHadByOneAtATime)
{
    Chain a(nr_mutex_lock(&m)), b(nr_mutex_lock(&m));
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(nr_mutex_try_lock(&m), -EAGAIN);
    nr_mutex_unlock(&m);
    EXPECT_EQ(b.Poll(), NR_READY);
    nr_mutex_unlock(&m);
    EXPECT_EQ(nr_mutex_try_lock(&m), 0);
    nr_mutex_unlock(&m);
}

TEST_F(Mutex, AMutexIsHandedToTheFirstInLine)
{
    ASSERT_EQ(nr_mutex_try_lock(&m), 0);
    Chain a(nr_mutex_lock(&m)), b(nr_mutex_lock(&m)), late(nr_mutex_lock(&m));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    nr_mutex_unlock(&m);
    EXPECT_EQ(nr_mutex_try_lock(&m), -EAGAIN); // a has it and has not run
    EXPECT_EQ(late.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(a.Poll(), NR_READY);
    nr_mutex_unlock(&m);
    EXPECT_EQ(b.Poll(), NR_READY);
    nr_mutex_unlock(&m);
    EXPECT_EQ(late.Poll(), NR_READY);
    nr_mutex_unlock(&m);
}

TEST_F(Mutex, ACancelledLockHandsItOn)
{
    ASSERT_EQ(nr_mutex_try_lock(&m), 0);
    Chain a(nr_mutex_lock(&m)), b(nr_mutex_lock(&m));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    nr_mutex_unlock(&m);
    a.Cancel();
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
    nr_mutex_unlock(&m);
}

TEST_F(Mutex, ACancelledLockThatWasLastLeavesItUnlocked)
{
    ASSERT_EQ(nr_mutex_try_lock(&m), 0);
    {
        Chain a(nr_mutex_lock(&m));
        EXPECT_EQ(a.Poll(), NR_PENDING);
        nr_mutex_unlock(&m);
    }
    EXPECT_EQ(nr_mutex_try_lock(&m), 0);
    nr_mutex_unlock(&m);
}

} // namespace
