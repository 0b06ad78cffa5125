/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RT_FAKE_SCHEDULER_H
#define TESTS_RT_FAKE_SCHEDULER_H

/*
 * A scheduler without workers: it notes what a task asks of it, and runs tasks
 * when a test says so, on the test's thread.
 */

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <mutex>

#include "nanorun/rt/task/task.h"
#include "tests/support/test_thread.h"

class FakeScheduler
{
  public:
    FakeScheduler()
    {
        core.base.schedule = Schedule;
        core.base.settle = Settle;
        core.base.closing = &closing;
        nr_tasklist_init(&core.base.tasks);
        core.self = this;
    }

    // Makes a task, and queues it as a runtime does.
    template <class F> nr_task *Spawn(F *call)
    {
        nr_task *task = nr_task_create(reinterpret_cast<nr_future *>(call));
        if (task)
            Push(task);
        return task;
    }

    // Runs the first in the queue once.
    nr_task_outcome RunOne()
    {
        nr_task *task = Pop();
        nr_task_outcome outcome = Run(task);
        if (outcome == NR_TASK_AGAIN || outcome == NR_TASK_YIELDS)
            Push(task);
        return outcome;
    }

    // Runs one that was taken from the queue.
    nr_task_outcome Run(nr_task *task)
    {
        return nr_task_run(task, &core.base);
    }

    // Cancels a task as the end of a runtime does.
    static void Cancel(nr_task *task)
    {
        if (nr_task_mark_cancelled(task))
            nr_task_push(task);
    }

    // Ends a task as the end of a runtime does that ran out of time.
    static void Refuse(nr_task *task)
    {
        nr_task_refuse(task);
        if (!nr_task_is_new(task))
            nr_tasklist_remove(&nr_task_scheduler(task)->tasks, &task->link);
        nr_task_release(task);
    }

    // Runs until nothing is queued.
    void Run()
    {
        while (Queued() != 0)
            RunOne();
    }

    // How many are in the queue.
    size_t Queued()
    {
        std::lock_guard<Mutex> guard(lock);
        return queue.size();
    }

    // How often tasks asked to be scheduled.
    int Scheduled()
    {
        std::lock_guard<Mutex> guard(lock);
        return scheduled;
    }

    nr_task *Pop()
    {
        std::lock_guard<Mutex> guard(lock);
        nr_task *task = queue.front();
        queue.pop_front();
        return task;
    }

  private:
    struct Core {
        nr_scheduler base; // first
        FakeScheduler *self;
    };

    static void Schedule(nr_scheduler *scheduler, nr_task *task)
    {
        FakeScheduler *s = reinterpret_cast<Core *>(scheduler)->self;
        s->Push(task);
        std::lock_guard<Mutex> guard(s->lock);
        s->scheduled++;
    }

    static void Settle()
    {
    }

    void Push(nr_task *task)
    {
        std::lock_guard<Mutex> guard(lock);
        EXPECT_EQ(std::count(queue.begin(), queue.end(), task), 0);
        queue.push_back(task);
    }

    Core core;
    nr_atomic_u32 closing = {};
    Mutex lock;
    std::deque<nr_task *> queue; // lock, as is scheduled
    int scheduled = 0;
};

#endif
