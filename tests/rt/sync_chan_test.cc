// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/rt/chan.h"
#include "tests/rt/fake_scheduler.h"
#include "tests/rt/hand.h"

// Channels, polled by hand: who gets which item, and when.

namespace
{

using hand::Chain;

typedef CHAN(int) int_chan;

class Chan : public hand::Test
{
  protected:
    void Make(size_t capacity)
    {
        c = CHAN_NEW(int, capacity);
        ASSERT_NE(c, nullptr);
    }

    ~Chan() override
    {
        CHAN_FREE(c);
    }

    // Sends 0, 1, … until it is full.
    void Fill(int count)
    {
        for (int i = 0; i < count; i++)
            ASSERT_EQ(CHAN_TRY_SEND(c, i), 0);
        ASSERT_EQ(CHAN_TRY_SEND(c, count), -EAGAIN);
    }

    // What CHAN_TRY_RECV gets: an item, or the error.
    int Take()
    {
        int v = -1;
        int error = CHAN_TRY_RECV(c, &v);
        return error ? error : v;
    }

    int_chan *c = nullptr;
};

TEST_F(Chan, ItemsComeOutInOrder)
{
    Make(3);
    EXPECT_EQ(Take(), -EAGAIN);
    for (int round = 0; round < 5; round++) {
        Fill(3);
        for (int i = 0; i < 3; i++)
            EXPECT_EQ(Take(), i);
        EXPECT_EQ(Take(), -EAGAIN);
        EXPECT_EQ(CHAN_TRY_SEND(c, 7), 0);
        EXPECT_EQ(Take(), 7);
    }
}

TEST_F(Chan, AwaitedCallsDoNotWaitWhereTheyNeedNot)
{
    Make(1);
    int v = 0;
    Chain send(CHAN_SEND(c, 5)), recv(CHAN_RECV(c, &v));
    EXPECT_EQ(send.Poll(), NR_READY);
    EXPECT_EQ(send.Outcome(), 0);
    EXPECT_EQ(recv.Poll(), NR_READY);
    EXPECT_EQ(recv.Outcome(), 0);
    EXPECT_EQ(v, 5);
}

TEST_F(Chan, ReceiversAreServedFirstComeFirst)
{
    Make(4);
    int v[3] = {};
    Chain a(CHAN_RECV(c, &v[0])), b(CHAN_RECV(c, &v[1])),
        late(CHAN_RECV(c, &v[2]));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    for (int i : {10, 11, 12})
        EXPECT_EQ(CHAN_TRY_SEND(c, i), 0);
    // There are three, but nobody passes a, which was woken.
    EXPECT_EQ(Take(), -EAGAIN);
    EXPECT_EQ(late.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(late.Poll(), NR_READY);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(v[i], 10 + i);
}

TEST_F(Chan, AnItemForAWokenReceiverIsNotTakenByAnother)
{
    Make(1);
    int v = 0;
    Chain a(CHAN_RECV(c, &v));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(CHAN_TRY_SEND(c, 1), 0);
    EXPECT_EQ(Take(), -EAGAIN);
    EXPECT_EQ(CHAN_TRY_SEND(c, 2), -EAGAIN);
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(v, 1);
    EXPECT_EQ(CHAN_TRY_SEND(c, 2), 0);
}

TEST_F(Chan, SendersAreServedFirstComeFirst)
{
    Make(3);
    Fill(3);
    Chain a(CHAN_SEND(c, 10)), b(CHAN_SEND(c, 11)), late(CHAN_SEND(c, 12));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(Take(), i);
    // There is room for three, but nobody passes a, which was woken.
    EXPECT_EQ(CHAN_TRY_SEND(c, 99), -EAGAIN);
    EXPECT_EQ(late.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(late.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(late.Poll(), NR_READY);
    for (int i : {10, 11, 12})
        EXPECT_EQ(Take(), i);
}

TEST_F(Chan, ACancelledSendLeavesNoItemBehind)
{
    Make(1);
    Fill(1);
    {
        Chain a(CHAN_SEND(c, 10));
        EXPECT_EQ(a.Poll(), NR_PENDING);
    }
    EXPECT_EQ(Take(), 0);
    EXPECT_EQ(Take(), -EAGAIN);
}

TEST_F(Chan, ACancelledSendPassesItsTurnOn)
{
    Make(1);
    Fill(1);
    Chain a(CHAN_SEND(c, 10)), b(CHAN_SEND(c, 11));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(Take(), 0);
    a.Cancel(); // it has the turn
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(Take(), 11);
    EXPECT_EQ(Take(), -EAGAIN);
}

TEST_F(Chan, ACancelledLastSendGivesItsRoomBack)
{
    Make(1);
    Fill(1);
    Chain a(CHAN_SEND(c, 10));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(Take(), 0);
    a.Cancel();
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(CHAN_TRY_SEND(c, 12), 0);
    EXPECT_EQ(Take(), 12);
}

TEST_F(Chan, ACancelledReceiveLosesNoItem)
{
    Make(2);
    int v = -1;
    Chain a(CHAN_RECV(c, &v));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(CHAN_TRY_SEND(c, 1), 0);
    EXPECT_EQ(CHAN_TRY_SEND(c, 2), 0);
    a.Cancel();
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(v, -1);
    EXPECT_EQ(Take(), 1);
    EXPECT_EQ(Take(), 2);
}

TEST_F(Chan, ACancelledReceivePassesItsTurnOn)
{
    Make(1);
    int v = -1, w = -1;
    Chain a(CHAN_RECV(c, &v)), b(CHAN_RECV(c, &w));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(CHAN_TRY_SEND(c, 1), 0);
    a.Cancel();
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(v, -1);
    EXPECT_EQ(w, 1);
}

TEST_F(Chan, ACancelledReceiveLeavesTheOrderAndTheRoomAlone)
{
    Make(2);
    int v = -1;
    for (int round = 0; round < 5; round++) { // all around the ring
        Chain a(CHAN_RECV(c, &v)), sender(CHAN_SEND(c, 3));
        EXPECT_EQ(a.Poll(), NR_PENDING);
        EXPECT_EQ(CHAN_TRY_SEND(c, 1), 0);
        EXPECT_EQ(CHAN_TRY_SEND(c, 2), 0);
        EXPECT_EQ(sender.Poll(), NR_PENDING);
        a.Cancel();
        EXPECT_EQ(a.Poll(), NR_READY);
        EXPECT_EQ(sender.Poll(), NR_PENDING);
        EXPECT_EQ(Take(), 1);
        EXPECT_EQ(sender.Poll(), NR_READY);
        EXPECT_EQ(Take(), 2);
        EXPECT_EQ(Take(), 3);
    }
}

TEST_F(Chan, ATakenItemLetsTheSenderHaveItsTurn)
{
    Make(1);
    Fill(1);
    int v = -1;
    Chain sender(CHAN_SEND(c, 10)), recv(CHAN_RECV(c, &v));
    EXPECT_EQ(sender.Poll(), NR_PENDING);
    EXPECT_EQ(Take(), 0);
    EXPECT_EQ(recv.Poll(), NR_PENDING);
    EXPECT_EQ(sender.Poll(), NR_READY);
    EXPECT_EQ(recv.Poll(), NR_READY);
    EXPECT_EQ(v, 10);
}

TEST_F(Chan, AClosedChannelDrainsThenSaysSo)
{
    Make(2);
    Fill(2);
    CHAN_CLOSE(c);
    CHAN_CLOSE(c);
    EXPECT_EQ(CHAN_TRY_SEND(c, 9), -EPIPE);
    Chain send(CHAN_SEND(c, 9));
    EXPECT_EQ(send.Poll(), NR_READY);
    EXPECT_EQ(send.Outcome(), -EPIPE);
    EXPECT_EQ(Take(), 0);
    int v = -1;
    Chain recv(CHAN_RECV(c, &v)), end(CHAN_RECV(c, &v));
    EXPECT_EQ(recv.Poll(), NR_READY);
    EXPECT_EQ(v, 1);
    EXPECT_EQ(end.Poll(), NR_READY);
    EXPECT_EQ(end.Outcome(), -EPIPE);
    EXPECT_EQ(v, 1);
    EXPECT_EQ(Take(), -EPIPE);
}

TEST_F(Chan, CloseTellsSendersInLineAndTheOneWithTheTurn)
{
    Make(1);
    Fill(1);
    Chain a(CHAN_SEND(c, 10)), b(CHAN_SEND(c, 11));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(Take(), 0);
    CHAN_CLOSE(c);
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(a.Outcome(), -EPIPE);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(b.Outcome(), -EPIPE);
    EXPECT_EQ(Take(), -EPIPE);
}

TEST_F(Chan, AWokenReceiverGetsItsItemAlsoAfterTheClose)
{
    Make(1);
    int v = -1, w = -1;
    Chain a(CHAN_RECV(c, &v)), b(CHAN_RECV(c, &w));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(CHAN_TRY_SEND(c, 1), 0);
    CHAN_CLOSE(c);
    EXPECT_EQ(b.Poll(), NR_PENDING); // it may get a's item yet
    EXPECT_EQ(Take(), -EAGAIN);
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(a.Outcome(), 0);
    EXPECT_EQ(v, 1);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(b.Outcome(), -EPIPE);
    EXPECT_EQ(w, -1);
}

TEST_F(Chan, AfterTheCloseACancelledReceivePassesItsTurnOn)
{
    Make(1);
    int v = -1, w = -1;
    Chain a(CHAN_RECV(c, &v)), b(CHAN_RECV(c, &w));
    EXPECT_EQ(a.Poll(), NR_PENDING);
    EXPECT_EQ(b.Poll(), NR_PENDING);
    EXPECT_EQ(CHAN_TRY_SEND(c, 1), 0);
    CHAN_CLOSE(c);
    a.Cancel();
    EXPECT_EQ(a.Poll(), NR_READY);
    EXPECT_EQ(b.Poll(), NR_READY);
    EXPECT_EQ(b.Outcome(), 0);
    EXPECT_EQ(w, 1);
    EXPECT_EQ(Take(), -EPIPE);
}

TEST_F(Chan, CloseWakesEveryReceiverOnce)
{
    enum { COUNT = 100 }; // several batches
    Make(1);
    FakeScheduler scheduler;
    nr_task *tasks[COUNT];
    for (nr_task *&task : tasks)
        task = scheduler.Spawn(CHAN_RECV(c, NULL));
    scheduler.Run();
    CHAN_CLOSE(c);
    CHAN_CLOSE(c);
    EXPECT_EQ(scheduler.Scheduled(), COUNT);
    scheduler.Run();
    for (nr_task *task : tasks) {
        EXPECT_TRUE(nr_is_finished_(task, nullptr));
        nr_task_detach(task);
    }
}

TEST_F(Chan, CloseWakesEverySenderOnce)
{
    enum { COUNT = 100 };
    Make(1);
    Fill(1);
    FakeScheduler scheduler;
    nr_task *tasks[COUNT];
    for (nr_task *&task : tasks)
        task = scheduler.Spawn(CHAN_SEND(c, 1));
    scheduler.Run();
    CHAN_CLOSE(c);
    EXPECT_EQ(scheduler.Scheduled(), COUNT);
    scheduler.Run();
    for (nr_task *task : tasks) {
        EXPECT_TRUE(nr_is_finished_(task, nullptr));
        nr_task_detach(task);
    }
    EXPECT_EQ(Take(), 0);
    EXPECT_EQ(Take(), -EPIPE);
}

TEST_F(Chan, ItemsThatAreLeftAreFreedWithIt)
{
    Make(5);
    Fill(5);
}

TEST_F(Chan, AWaitAllocatesItsFutureOnly)
{
    Make(1);
    int v;
    uint64_t before = nr_sys_alloc_live();
    Chain recv(CHAN_RECV(c, &v));
    EXPECT_EQ(recv.Poll(), NR_PENDING);
    EXPECT_EQ(nr_sys_alloc_live(), before + 1);
}

} // namespace
