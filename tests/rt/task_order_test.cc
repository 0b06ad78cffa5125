/* SPDX-License-Identifier: MIT */

/* A task and its handle that are freed in an unusual order or at an unusual
 * moment. */

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "tests/rt/fake_scheduler.h"
#include "tests/rt/hand.h"

namespace
{

using hand::Leaf;

class TaskOrder : public hand::Test
{
  protected:
    FakeScheduler scheduler;
    Leaf leaf;
};

using TaskOrderDeathTest = TaskOrder;

TEST_F(TaskOrder, EitherHalfOfATaskThatNeverRanMayGoFirst)
{
    for (bool handle_first : {true, false}) {
        nr_task *task = scheduler.Spawn(hand::Wait(&leaf));
        scheduler.Pop();
        if (handle_first)
            nr_task_detach(task);
        nr_task_refuse(task);
        nr_task_release(task);
        if (!handle_first)
            nr_task_detach(task);
    }
    EXPECT_EQ(leaf.polls, 0);
    EXPECT_EQ(leaf.drops, 2);
}

// A scheduler in which a waking thread loses the handle.
struct Detaching {
    nr_scheduler base; // first
    int scheduled;
};

void detach(nr_scheduler *scheduler, nr_task *task)
{
    reinterpret_cast<Detaching *>(scheduler)->scheduled++;
    nr_task_detach(task);
}

TEST_F(TaskOrder, AHandleMayGoWhileItsTaskIsScheduled)
{
    const nr_atomic_u32 closing = {};
    Detaching d = {};
    d.base.schedule = detach;
    d.base.closing = &closing;
    nr_tasklist_init(&d.base.tasks);
    hand_future *call = hand::Wait(&leaf);
    nr_task *task = nr_task_create(&call->base);
    EXPECT_EQ(nr_task_run(task, &d.base), NR_TASK_WAITS);
    nr_waker_wake(reinterpret_cast<nr_waker *>(task));
    EXPECT_EQ(d.scheduled, 1);
    leaf.answer = NR_READY;
    EXPECT_EQ(nr_task_run(task, &d.base), NR_TASK_ENDS);
    EXPECT_EQ(leaf.drops, 1);
}

ASYNC_FN(void, waits_twice, ((Leaf *, body), (Leaf *, cleanup)))
{
    ASYNC_BEGIN(waits_twice);
    AWAIT(hand::Wait(self->body));
    ASYNC_FINALLY;
    AWAIT(hand::Wait(self->cleanup));
    ASYNC_END;
}

TEST_F(TaskOrder, ACleanupMayWakeItsOwnTaskAndAnother)
{
    Leaf cleanup, others;
    nr_task *task = scheduler.Spawn(waits_twice(&leaf, &cleanup));
    nr_task *other = scheduler.Spawn(hand::Wait(&others));
    scheduler.Run();
    cleanup.answer = others.answer = NR_READY;
    cleanup.arg = other;
    cleanup.on_poll = [](Leaf *l, nr_context *cx) {
        nr_waker_wake(cx->waker);
        nr_waker_wake(static_cast<nr_waker *>(l->arg));
    };
    scheduler.Cancel(task);
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_ENDS);
    EXPECT_EQ(leaf.cancels, 1);
    EXPECT_EQ(scheduler.Queued(), 1u);
    EXPECT_EQ(scheduler.RunOne(), NR_TASK_ENDS);
    EXPECT_EQ(others.polls, 2);
    nr_task_detach(task);
    nr_task_detach(other);
}

TEST_F(TaskOrderDeathTest, ARunWithinItsOwnRunStops)
{
    leaf.arg = scheduler.Spawn(hand::Wait(&leaf));
    EXPECT_DEATH(
        {
            leaf.on_poll = [](Leaf *l, nr_context *) {
                nr_task_run(static_cast<nr_task *>(l->arg), nullptr);
            };
            scheduler.RunOne();
        },
        "a task was run twice at once");
    leaf.answer = NR_READY;
    nr_task_detach(static_cast<nr_task *>(leaf.arg));
    scheduler.Run();
}

} // namespace
