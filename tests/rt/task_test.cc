/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/task/task_handle.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "nanorun/async.h"
#include "tests/rt/fake_scheduler.h"
#include "tests/rt/hand.h"
#include "tests/support/alloc_failure.h"

namespace
{

using hand::Leaf;

class TaskTest : public hand::Test
{
  protected:
    nr_task *Spawn()
    {
        return scheduler.Spawn(hand::Wait(&leaf));
    }

    static nr_waker *WakerOf(nr_task *task)
    {
        return reinterpret_cast<nr_waker *>(task);
    }

    void Finish()
    {
        leaf.answer = NR_READY;
        nr_waker_wake(waker);
        scheduler.Run();
    }

    FakeScheduler scheduler;
    Leaf leaf;
    nr_waker *waker = nullptr;
};

ASYNC_FN(void, yields, ())
{
    ASYNC_BEGIN(yields);
    YIELD_NOW();
    ASYNC_END;
}

ASYNC_FN(int, joins, ((nr_task *, task)), int v;)
{
    ASYNC_BEGIN(joins);
    AWAIT(self->v, JOIN((JOIN_HANDLE(hand))self->task));
    ASYNC_RETURN(self->v);
    ASYNC_END;
}

// Keeps the handle of another task, and joins it at its end.
ASYNC_FN(void, keeps, ((Leaf *, leaf), (nr_task **, other)), int error;)
{
    ASYNC_BEGIN(keeps);
    AWAIT(hand::Wait(self->leaf));
    ASYNC_FINALLY;
    AWAIT(self->error, JOIN_STATUS((JOIN_HANDLE(keeps)) * self->other));
    ASYNC_END;
}

TEST(TaskSize, ATaskIsAHeaderAndFiveWords)
{
    EXPECT_EQ(sizeof(nr_task), sizeof(nr_future) + 5 * sizeof(void *));
}

TEST_F(TaskTest, ManyWakesAreOneScheduleAndOnePoll)
{
    nr_task *task = Spawn();
    waker = WakerOf(task);
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_WAITS);
    for (int i = 1; i <= 4; i++) {
        nr_waker_wake(waker);
        nr_waker_wake(waker);
        nr_waker_wake(waker);
        EXPECT_EQ(scheduler.Scheduled(), i);
        EXPECT_EQ(scheduler.RunOne(), NR_TASK_WAITS);
        EXPECT_EQ(leaf.polls, 1 + i);
    }
    nr_task_detach(task);
    Finish();
}

TEST_F(TaskTest, AWakeBeforeTheFirstPollSchedulesNothing)
{
    nr_task *task = Spawn();
    waker = WakerOf(task);
    nr_waker_wake(waker);
    EXPECT_EQ(scheduler.Scheduled(), 0);
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_WAITS);
    EXPECT_EQ(leaf.polls, 1);
    nr_task_detach(task);
    Finish();
}

TEST_F(TaskTest, AWakeWhileItRunsRunsItAgain)
{
    leaf.on_poll = [](Leaf *l, nr_context *cx) {
        if (l->polls == 1) {
            nr_waker_wake(cx->waker);
            nr_waker_wake(cx->waker);
        }
    };
    nr_task *task = Spawn();
    waker = WakerOf(task);
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_AGAIN);
    EXPECT_EQ(scheduler.Scheduled(), 0); // that is its worker's to do
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_WAITS);
    EXPECT_EQ(leaf.polls, 2);
    nr_task_detach(task);
    Finish();
}

TEST_F(TaskTest, AYieldSchedulesNothingAndIsNotWoken)
{
    nr_task *task = scheduler.Spawn(yields());
    nr_waker *kept = nr_waker_clone(WakerOf(task));
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_YIELDS);
    nr_waker_wake(kept); // it is queued already
    EXPECT_EQ(scheduler.Scheduled(), 0);
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_ENDS);
    nr_task_detach(task);
    nr_waker_drop(kept);
}

TEST_F(TaskTest, AWakeAfterTheEndDoesNothing)
{
    nr_task *task = Spawn();
    waker = nr_waker_clone(WakerOf(task));
    leaf.answer = NR_READY;
    leaf.on_poll = [](Leaf *, nr_context *cx) { nr_waker_wake(cx->waker); };
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_ENDS);
    nr_waker_wake(waker);
    nr_abort_(task, "test");
    scheduler.Cancel(task);
    EXPECT_EQ(scheduler.Scheduled(), 0);
    EXPECT_TRUE(nr_is_finished_(task, "test"));
    nr_task_detach(task);
    nr_waker_wake(waker);
    nr_waker_drop(waker);
    EXPECT_EQ(scheduler.Scheduled(), 0);
}

TEST_F(TaskTest, AnAbortWakesAWaitingTaskAtOnce)
{
    nr_task *task = Spawn();
    scheduler.RunOne();
    nr_abort_(task, "test");
    nr_abort_(task, "test");
    EXPECT_EQ(scheduler.Scheduled(), 1);
    EXPECT_FALSE(nr_is_finished_(task, "test"));
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_ENDS);
    EXPECT_EQ(leaf.cancels, 1);
    EXPECT_TRUE(nr_is_finished_(task, "test"));
    nr_task_detach(task);
}

TEST_F(TaskTest, ACancelThatIsPendingGoesOnWithTheNextWake)
{
    leaf.cancel_answer = NR_PENDING;
    nr_task *task = Spawn();
    waker = WakerOf(task);
    scheduler.RunOne();
    nr_abort_(task, "test");
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_WAITS);
    nr_waker_wake(waker);
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_WAITS);
    EXPECT_EQ(leaf.cancels, 2);
    leaf.cancel_answer = NR_READY;
    nr_waker_wake(waker);
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_ENDS);
    EXPECT_EQ(leaf.polls, 1);
    nr_task_detach(task);
}

TEST_F(TaskTest, TheJoinerIsWokenOnceAtTheEnd)
{
    nr_task *task = Spawn();
    waker = WakerOf(task);
    nr_task *joiner = scheduler.Spawn(joins(task));
    nr_waker *of_joiner = WakerOf(joiner);
    scheduler.Run();
    for (int i = 0; i < 3; i++) { // looks again, in vain
        nr_waker_wake(of_joiner);
        scheduler.Run();
    }
    EXPECT_EQ(scheduler.Scheduled(), 3);
    leaf.value = 42;
    Finish();
    EXPECT_EQ(scheduler.Scheduled(), 5);
    int value = 0;
    EXPECT_EQ(nr_task_take(joiner, &value, offsetof(joins_future, result),
                           sizeof value),
              0);
    EXPECT_EQ(value, 42);
    nr_task_detach(joiner);
}

TEST_F(TaskTest, ARefusedTaskJoinsAsCancelled)
{
    nr_task *task = Spawn();
    EXPECT_EQ(scheduler.Pop(), task);
    nr_task_refuse(task);
    EXPECT_EQ(leaf.drops, 1);
    EXPECT_EQ(leaf.polls, 0);
    EXPECT_EQ(nr_task_take(task, nullptr, 0, 0), -ECANCELED);
    EXPECT_TRUE(nr_is_finished_(task, "test"));
    nr_task_release(task);
    nr_task_detach(task);
}

TEST_F(TaskTest, AFrozenTaskIsNotScheduledAnyMore)
{
    nr_task *task = Spawn();
    waker = nr_waker_clone(WakerOf(task));
    scheduler.RunOne();
    EXPECT_FALSE(nr_task_freeze(task));
    EXPECT_TRUE(nr_task_freeze(task));
    nr_waker_wake(waker);
    EXPECT_EQ(scheduler.Scheduled(), 0);
    scheduler.Refuse(task);
    nr_task_detach(task);
    nr_waker_wake(waker);
    nr_waker_drop(waker);
    EXPECT_EQ(leaf.drops, 1);
    EXPECT_EQ(leaf.cancels, 0);
}

TEST_F(TaskTest, RefusingWakesTheJoiner)
{
    nr_task *task = Spawn();
    nr_join_status_future *join = nr_join_status_(task, nullptr, 0, 0, "test");
    nr_task *joiner = scheduler.Spawn(join);
    scheduler.Run();
    nr_task_freeze(task);
    scheduler.Refuse(task);
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_ENDS);
    EXPECT_EQ(join->result, -ECANCELED);
    nr_task_detach(joiner);
}

TEST_F(TaskTest, TasksWithEachOthersHandlesAreFreed)
{
    Leaf leaves[2];
    nr_task *tasks[2];
    tasks[0] = scheduler.Spawn(keeps(&leaves[0], &tasks[1]));
    tasks[1] = scheduler.Spawn(keeps(&leaves[1], &tasks[0]));
    scheduler.Run();
    // Each waits for the other now, what only the end of a runtime can end.
    nr_task *both[2] = {tasks[0], tasks[1]};
    for (nr_task *task : both)
        scheduler.Cancel(task);
    scheduler.Run();
    for (nr_task *task : both)
        EXPECT_FALSE(nr_task_freeze(task));
    for (nr_task *task : both)
        scheduler.Refuse(task);
}

TEST_F(TaskTest, NoMemoryForATaskDropsTheFuture)
{
    hand_future *f = hand::Wait(&leaf);
    AllocFailure failure(0);
    EXPECT_EQ(scheduler.Spawn(f), nullptr);
    EXPECT_EQ(leaf.drops, 1);
}

TEST_F(TaskTest, TheStarvedHandleEndsEveryWay)
{
    nr_task *starved = nr_task_starved();
    EXPECT_TRUE(nr_is_finished_(starved, "test"));
    nr_abort_(starved, "test");
    nr_detach_(starved, "test");
    for (int i = 0; i < 2; i++) {
        nr_join_status_future *join =
            nr_join_status_(starved, nullptr, 0, 0, "test");
        nr_task *joiner = scheduler.Spawn(join);
        scheduler.Run();
        EXPECT_EQ(join->result, -ENOMEM);
        nr_task_detach(joiner);
    }
}

TEST_F(TaskTest, NoMemoryForAJoinStatusEndsTheHandle)
{
    nr_task *task = Spawn();
    waker = WakerOf(task);
    {
        AllocFailure failure(0);
        EXPECT_EQ(nr_join_status_(task, nullptr, 0, 0, "test"), nullptr);
    }
    scheduler.Run();
    Finish();
}

// ---- mistakes ----

// The use that a compiler asks for.
void keep(void *)
{
}

using TaskDeathTest = TaskTest;

TEST_F(TaskDeathTest, AHandleIsConsumedOnce)
{
    const char *line =
        "^nanorun: a join handle is consumed twice \\(a.c:7\\)\n$";
    nr_task *task = Spawn();
    void (*uses[])(nr_task *) = {
        [](nr_task *t) { nr_detach_(t, "a.c:7"); },
        [](nr_task *t) { keep(nr_join_(t, "\na.c:7")); },
        [](nr_task *t) { keep(nr_join_status_(t, nullptr, 0, 0, "a.c:7")); },
    };
    for (auto first : uses) {
        for (auto second : uses) {
            EXPECT_DEATH((first(task), second(task)), line);
        }
    }
    waker = WakerOf(task);
    nr_task_detach(task);
    scheduler.Run();
    Finish();
}

TEST_F(TaskDeathTest, AHandleIsNotNull)
{
    const char *line = "^nanorun: a join handle is NULL \\(a.c:7\\)\n$";
    EXPECT_DEATH(nr_detach_(nullptr, "a.c:7"), line);
    EXPECT_DEATH(keep(nr_join_(nullptr, "\na.c:7")), line);
    EXPECT_DEATH(keep(nr_join_status_(nullptr, nullptr, 0, 0, "a.c:7")), line);
    EXPECT_DEATH(nr_abort_(nullptr, "a.c:7"), line);
    EXPECT_DEATH(nr_is_finished_(nullptr, "a.c:7"), line);
}

TEST_F(TaskDeathTest, AJoinOfAnAbortedTaskStops)
{
    nr_task *task = Spawn();
    nr_abort_(task, "test");
    scheduler.Run();
    EXPECT_DEATH((scheduler.Spawn(joins(task)), scheduler.Run()),
                 "^nanorun: JOIN of a task that was aborted, use JOIN_STATUS "
                 "\\(.*task_test.cc:.+\\)\n$");
    nr_task_detach(task);
}

TEST_F(TaskDeathTest, AJoinForWantOfMemoryStops)
{
    EXPECT_DEATH(keep(nr_join_(nr_task_starved(), "\na.c:7")),
                 "^nanorun: JOIN of a task that ran out of memory, use "
                 "JOIN_STATUS \\(a.c:7\\)\n$");
}

} // namespace
