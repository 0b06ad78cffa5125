/* SPDX-License-Identifier: MIT */

/*
 * Every way to consume a handle, with every moment of an abort, with and
 * without a waker that outlives the task, with and without a result, in one
 * block and in two: each frees everything exactly once.
 */

#include <gtest/gtest.h>

#include <cerrno>

#include "nanorun/async.h"
#include "tests/rt/fake_scheduler.h"
#include "tests/rt/hand.h"

namespace
{

using hand::Leaf;

ASYNC_FN(int, number, ((Leaf *, leaf)), int v;)
{
    ASYNC_BEGIN(number);
    AWAIT(self->v, hand::Wait(self->leaf));
    ASYNC_RETURN(self->v);
    ASYNC_END;
}

ASYNC_FN(void, nothing, ((Leaf *, leaf)))
{
    ASYNC_BEGIN(nothing);
    AWAIT(hand::Wait(self->leaf));
    ASYNC_END;
}

// JOIN and JOIN_STATUS in a task of their own.
ASYNC_FN(void, joins, ((nr_task *, task), (bool, is_void), (int *, out)))
{
    ASYNC_BEGIN(joins);
    if (self->is_void)
        AWAIT(JOIN((JOIN_HANDLE(nothing))self->task));
    else
        AWAIT(*self->out, JOIN((JOIN_HANDLE(number))self->task));
    ASYNC_END;
}

ASYNC_FN(void, join_statuses,
         ((nr_task *, task), (bool, is_void), (int *, out), (int *, error)))
{
    ASYNC_BEGIN(join_statuses);
    if (self->is_void)
        AWAIT(*self->error, JOIN_STATUS((JOIN_HANDLE(nothing))self->task));
    else
        AWAIT(*self->error,
              JOIN_STATUS((JOIN_HANDLE(number))self->task, self->out));
    ASYNC_END;
}

enum Moment { kNew, kRunning, kWaiting, kEnded, kNever };
enum Use { kDetach, kJoin, kJoinStatus, kDropJoin, kDropJoinStatus, kHalfJoin };

struct Case {
    Use use;
    Moment used;    // not kRunning, not kNever
    Moment aborted; // not after `used`, or kNever
    bool keeps_waker, is_void, is_one_block;
};

class OneTask
{
  public:
    explicit OneTask(const Case &which) : c(which)
    {
        leaf.value = 42;
        leaf.arg = this;
        leaf.on_poll = OnPoll;
        if (c.is_one_block)
            nr_spawn_begin_();
        task = c.is_void ? scheduler.Spawn(nothing(&leaf))
                         : scheduler.Spawn(number(&leaf));
        EXPECT_EQ(nr_task_frame(task) == task->innermost, c.is_one_block);
    }

    void Live()
    {
        At(kNew);
        scheduler.Run();
        At(kWaiting);
        scheduler.Run();
        leaf.answer = NR_READY;
        if (!IsCancelled())
            nr_waker_wake(reinterpret_cast<nr_waker *>(task));
        scheduler.Run();
        At(kEnded);
        scheduler.Run();
        int scheduled = scheduler.Scheduled();
        nr_waker_wake(kept);
        nr_waker_drop(kept);
        EXPECT_EQ(scheduler.Scheduled(), scheduled);
    }

    void ExpectOutcome()
    {
        int polls = c.aborted == kNew ? 0 : IsCancelled() ? 1 : 2;
        EXPECT_EQ(leaf.polls, polls);
        EXPECT_EQ(leaf.drops, polls > 0);
        EXPECT_EQ(leaf.cancels, polls == 1);
        bool has_result =
            c.use == kJoin || (c.use == kJoinStatus && !IsCancelled());
        EXPECT_EQ(result, has_result && !c.is_void ? 42 : -1);
        if (c.use == kJoinStatus) {
            EXPECT_EQ(error, IsCancelled() ? -ECANCELED : 0);
        }
    }

  private:
    static void OnPoll(Leaf *l, nr_context *cx)
    {
        OneTask *self = static_cast<OneTask *>(l->arg);
        if (self->c.keeps_waker)
            nr_waker_store(&self->kept, cx->waker);
        if (self->c.aborted == kRunning && l->polls == 1)
            nr_abort_(self->task, "test");
    }

    bool IsCancelled() const
    {
        return c.aborted <= kWaiting;
    }

    void At(Moment moment)
    {
        if (c.aborted == moment)
            nr_abort_(task, "test");
        if (c.used == moment)
            UseHandle();
    }

    void UseHandle()
    {
        nr_task *joiner = nullptr;
        switch (c.use) {
        case kDetach:
            nr_detach_(task, "test");
            break;
        case kJoin:
            joiner = scheduler.Spawn(joins(task, c.is_void, &result));
            break;
        case kJoinStatus:
        case kHalfJoin:
            joiner = scheduler.Spawn(
                join_statuses(task, c.is_void, &result, &error));
            break;
        case kDropJoin:
            nr_future_drop(static_cast<nr_future *>(nr_join_(task, "\ntest")));
            break;
        case kDropJoinStatus:
            nr_future_drop(&nr_join_status_(task, nullptr, 0, 0, "test")->base);
            break;
        }
        if (c.use == kHalfJoin) { // drops the join that has been polled
            scheduler.RunOne();
            if (scheduler.Queued() > 0)
                scheduler.RunOne();
            nr_abort_(joiner, "test");
            result = -1;
        }
        if (joiner)
            nr_detach_(joiner, "test");
    }

    Case c;
    FakeScheduler scheduler;
    Leaf leaf;
    nr_task *task;
    nr_waker *kept = nullptr;
    int result = -1, error = -1;
};

class TaskCombinations : public hand::Test,
                         public testing::WithParamInterface<Use>
{
};

TEST_P(TaskCombinations, EveryCombinationFreesATaskOnce)
{
    int count = 0;
    for (Moment used : {kNew, kWaiting, kEnded}) {
        for (Moment aborted : {kNew, kRunning, kWaiting, kEnded, kNever}) {
            bool is_legal = aborted == kNever || aborted <= used;
            // JOIN of a task that was cancelled stops the process.
            if (!is_legal || (GetParam() == kJoin && aborted <= kWaiting))
                continue;
            for (int bits = 0; bits < 8; bits++) {
                Case c = {GetParam(),      used,
                          aborted,         (bits & 1) != 0,
                          (bits & 2) != 0, (bits & 4) != 0};
                SCOPED_TRACE(testing::Message()
                             << "used " << used << " aborted " << aborted
                             << " bits " << bits);
                {
                    OneTask task(c);
                    task.Live();
                    task.ExpectOutcome();
                }
                EXPECT_EQ(nr_sys_alloc_live(), live_before);
                count++;
            }
        }
    }
    EXPECT_EQ(count, GetParam() == kJoin ? 32 : 88);
}

INSTANTIATE_TEST_SUITE_P(Uses, TaskCombinations,
                         testing::Values(kDetach, kJoin, kJoinStatus, kDropJoin,
                                         kDropJoinStatus, kHalfJoin));

} // namespace
