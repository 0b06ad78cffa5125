// SPDX-License-Identifier: MIT
#include <memory>
#include <vector>

#include "nanorun/rt/barrier.h"
#include "nanorun/rt/notify.h"
#include "nanorun/rt/sync/waitlist.h"
#include "tests/rt/fake_scheduler.h"
#include "tests/rt/hand.h"
#include "tests/support/alloc_failure.h"

// Notifications and barriers, polled by hand.

namespace
{

using hand::Chain;

class Notify : public hand::Test
{
  protected:
    Notify()
    {
        nr_notify_init(&n);
    }

    ~Notify() override
    {
        nr_notify_deinit(&n);
    }

    // How many later waits find a permit.
    int Permits()
    {
        int count = 0;
        for (;; count++) {
            Chain c(nr_notify_wait(&n));
            if (c.Poll() == NR_PENDING)
                return count;
        }
    }

    nr_notify n;
};

TEST_F(Notify, OnePermitIsStored)
{
    EXPECT_EQ(Permits(), 0);
    nr_notify_one(&n);
    nr_notify_one(&n);
    nr_notify_one(&n);
    EXPECT_EQ(Permits(), 1);
}

TEST_F(Notify, NotifyOneLetsTheFirstInLineGoOn)
{
    Chain a(nr_notify_wait(&n)), b(nr_notify_wait(&n));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    nr_notify_one(&n);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(a.Poll(), NR_READY);
    nr_notify_one(&n);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(Permits(), 0);
}

TEST_F(Notify, NotifyOneTwiceLetsTwoGoOn)
{
    Chain a(nr_notify_wait(&n)), b(nr_notify_wait(&n)), c(nr_notify_wait(&n));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(c.Poll(), NR_PENDING);
    nr_notify_one(&n);
    nr_notify_one(&n);
    EXPECT_EQ(c.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(a.Poll(), NR_READY);
}

TEST_F(Notify, NotifyAllLetsThoseGoOnWhoWaitNow)
{
    Chain a(nr_notify_wait(&n)), b(nr_notify_wait(&n)),
        late(nr_notify_wait(&n));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    nr_notify_all(&n);
    EXPECT_EQ(late.Poll(), NR_PENDING);
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(Permits(), 0);
}

TEST_F(Notify, NotifyAllLeavesAStoredPermitAlone)
{
    nr_notify_one(&n);
    nr_notify_all(&n);
    EXPECT_EQ(Permits(), 1);
}

TEST_F(Notify, NotifyAllWakesEachOfManyOnce)
{
    enum { COUNT = 100 }; // several batches
    FakeScheduler scheduler;
    nr_task *tasks[COUNT];
    for (nr_task *&task : tasks)
        task = scheduler.Spawn(nr_notify_wait(&n));
    scheduler.Run();
    nr_notify_all(&n);
    EXPECT_EQ(scheduler.Scheduled(), COUNT);
    scheduler.Run();
    for (nr_task *task : tasks) {
        EXPECT_TRUE(nr_is_finished_(task, nullptr));
        nr_task_detach(task);
    }
}

TEST_F(Notify, ACancelledWaitHandsItsNotificationOn)
{
    Chain a(nr_notify_wait(&n)), b(nr_notify_wait(&n));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    nr_notify_one(&n);
    a.Cancel();
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(Permits(), 0);
}

TEST_F(Notify, ACancelledWaitStoresItsNotificationForLater)
{
    {
        Chain a(nr_notify_wait(&n));
        EXPECT_EQ(a.Poll(), NR_PENDING);
        nr_notify_one(&n);
    }
    EXPECT_EQ(Permits(), 1);
}

TEST_F(Notify, ACancelledWaitOfNotifyAllHandsNothingOn)
{
    Chain b(nr_notify_wait(&n));
    {
        Chain a(nr_notify_wait(&n));
        EXPECT_EQ(a.Poll(), NR_PENDING);
        nr_notify_all(&n);
        EXPECT_EQ(b.Poll(), NR_PENDING);
    }
    EXPECT_EQ(b.Poll(), NR_PENDING);
    b.Cancel();
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(Permits(), 0);
}

TEST_F(Notify, WhoWasNotifiedByOneIsNotNotifiedByAllAgain)
{
    Chain b(nr_notify_wait(&n));
    {
        Chain a(nr_notify_wait(&n));
        EXPECT_EQ(a.Poll(), NR_PENDING);
        nr_notify_one(&n);
        nr_notify_all(&n);
    }
    EXPECT_EQ(b.Poll(), NR_READY); // the permit that a gave back
}

TEST_F(Notify, ACancelledWaiterLeavesTheLine)
{
    Chain a(nr_notify_wait(&n)), b(nr_notify_wait(&n));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    a.Cancel();
    EXPECT_EQ(a.Poll(), NR_READY);
    nr_notify_one(&n);
    EXPECT_EQ(b.Poll(), NR_READY);
}

TEST_F(Notify, AWakeUpForNothingIsNone)
{
    Chain a(nr_notify_wait(&n));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(a.Poll(), NR_PENDING);
    nr_notify_one(&n);
    EXPECT_EQ(a.Poll(), NR_READY);
}

TEST_F(Notify, WithoutBudgetAPermitIsNotLookedAt)
{
    nr_notify_one(&n);
    Chain a(nr_notify_wait(&n));
    EXPECT_EQ(a.Poll(0), NR_PENDING);
    EXPECT_TRUE(a.cx.yielded);
    EXPECT_EQ(a.Poll(1), NR_READY);
}

class Barrier : public hand::Test
{
  protected:
    // A wait, and what it has come to.
    struct Party {
        explicit Party(nr_barrier *b) : future(nr_barrier_wait(b))
        {
            nr_chain_init(&chain, &future->base, nullptr);
        }
        ~Party()
        {
            nr_chain_drop(&chain);
        }
        nr_poll Poll()
        {
            nr_context cx = {};
            cx.budget = NR_BUDGET_PER_POLL;
            return nr_chain_poll(&chain, &cx);
        }
        nr_barrier_wait_future *future;
        nr_chain chain;
    };

    // One round of `count`, the last of which leads.
    void Round(size_t count)
    {
        std::vector<std::unique_ptr<Party>> parties;
        for (size_t i = 0; i < count; i++) {
            for (auto &p : parties)
                ASSERT_EQ(p->Poll(), NR_PENDING);
            parties.emplace_back(new Party(&b));
        }
        ASSERT_EQ(parties.back()->Poll(), NR_READY);
        EXPECT_TRUE(parties.back()->future->result);
        parties.pop_back();
        for (auto &p : parties) {
            ASSERT_EQ(p->Poll(), NR_READY);
            EXPECT_FALSE(p->future->result);
        }
    }

    nr_barrier b;
};

TEST_F(Barrier, EachRoundOfABarrierHasOneLeader)
{
    nr_barrier_init(&b, 40);
    for (int i = 0; i < 5; i++)
        Round(40);
    nr_barrier_deinit(&b);
}

TEST_F(Barrier, ABarrierOfOneOrNoneDoesNotWait)
{
    for (size_t parties : {0, 1}) {
        nr_barrier_init(&b, parties);
        Round(1);
        Round(1);
        nr_barrier_deinit(&b);
    }
}

TEST_F(Barrier, ACancelledWaitLeavesTheRound)
{
    nr_barrier_init(&b, 2);
    {
        Party gone(&b);
        EXPECT_EQ(gone.Poll(), NR_PENDING);
    }
    Round(2);
    nr_barrier_deinit(&b);
}

TEST_F(Barrier, ACancelledWaitOfARoundThatIsOverChangesNothing)
{
    nr_barrier_init(&b, 2);
    {
        Party a(&b), leader(&b);
        EXPECT_EQ(a.Poll(), NR_PENDING);
        EXPECT_EQ(leader.Poll(), NR_READY);
    }
    Round(2);
    nr_barrier_deinit(&b);
}

TEST_F(Barrier, RoundsDoNotMix)
{
    nr_barrier_init(&b, 2);
    Party a(&b), leader(&b), next(&b);
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(leader.Poll(), NR_READY);
    EXPECT_EQ(next.Poll(), NR_PENDING); // though a has not gone on yet
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(next.Poll(), NR_PENDING);
    Party last(&b);
    EXPECT_EQ(last.Poll(), NR_READY);
    EXPECT_EQ(next.Poll(), NR_READY);
    EXPECT_FALSE(next.future->result);
    nr_barrier_deinit(&b);
}

// The wake-up of the first, which comes when the lock is open for the first
// batch, polls the last one.
TEST_F(Barrier, AWaitThatIsPolledBeforeItsWakeUpGoesOn)
{
    struct Hook {
        nr_scheduler base; // first
        Party *last;
        nr_poll answer;
        nr_atomic_u32 closing;
    } hook = {};
    hook.base.schedule = [](nr_scheduler *self, nr_task *) {
        Hook *h = reinterpret_cast<Hook *>(self);
        h->answer = h->last->Poll();
    };
    hook.base.closing = &hook.closing;
    nr_tasklist_init(&hook.base.tasks);
    nr_barrier_init(&b, NR_WAKE_BATCH + 2);
    nr_task *first = nr_task_create(&nr_barrier_wait(&b)->base);
    EXPECT_EQ(nr_task_run(first, &hook.base), NR_TASK_WAITS);
    std::vector<std::unique_ptr<Party>> parties;
    for (int i = 0; i < NR_WAKE_BATCH; i++) {
        parties.emplace_back(new Party(&b));
        EXPECT_EQ(parties.back()->Poll(), NR_PENDING);
    }
    hook.last = parties.back().get();
    Party leader(&b);
    EXPECT_EQ(leader.Poll(), NR_READY);
    EXPECT_EQ(hook.answer, NR_READY);
    EXPECT_EQ(nr_task_run(first, &hook.base), NR_TASK_ENDS);
    nr_task_detach(first);
    parties.pop_back();
    for (auto &p : parties)
        EXPECT_EQ(p->Poll(), NR_READY);
    nr_barrier_deinit(&b);
}

TEST_F(Barrier, TheLeaderMayEndTheBarrier)
{
    std::unique_ptr<nr_barrier> own(new nr_barrier);
    nr_barrier_init(own.get(), 2);
    Party a(own.get());
    EXPECT_EQ(a.Poll(), NR_PENDING);
    Party leader(own.get());
    EXPECT_EQ(leader.Poll(), NR_READY);
    nr_barrier_deinit(own.get());
    own.reset();
    EXPECT_EQ(a.Poll(), NR_READY);
}

TEST(SyncMemory, WithoutMemoryThereIsNoFutureOfNotifyOrBarrier)
{
    nr_notify n;
    nr_barrier b;
    nr_notify_init(&n);
    nr_barrier_init(&b, 2);
    {
        AllocFailure failure(0, AllocFailure::FROM_THERE_ON);
        EXPECT_EQ(nr_notify_wait(&n), nullptr);
        EXPECT_EQ(nr_barrier_wait(&b), nullptr);
    }
    nr_barrier_deinit(&b);
    nr_notify_deinit(&n);
}

} // namespace
