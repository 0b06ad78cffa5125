/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>

#include <atomic>
#include <utility>
#include <vector>

#include "nanorun/async.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/fake_scheduler.h"
#include "tests/rt/hand.h"
#include "tests/support/runtime.h"
#include "tests/support/test_thread.h"

namespace
{

using hand::Leaf;

class TaskStress : public hand::Test
{
  protected:
    static nr_waker *WakerOf(nr_task *task)
    {
        return reinterpret_cast<nr_waker *>(task);
    }

    FakeScheduler scheduler;
    Leaf leaf;
};

// `written` is guarded by the wakes alone, also by those that find the task
// queued already: which the thread sanitizer checks.
TEST_F(TaskStress, OnePollAfterWakesOfManyThreadsSeesAllWrites)
{
    const int threads_count = 3, rounds = 2000;
    struct Round {
        int written[3] = {};
        int sum = 0;
    } round;
    leaf.arg = &round;
    leaf.on_poll = [](Leaf *l, nr_context *) {
        Round *r = static_cast<Round *>(l->arg);
        r->sum = r->written[0] + r->written[1] + r->written[2];
    };
    nr_task *task = scheduler.Spawn(hand::Wait(&leaf));
    scheduler.Run();
    std::atomic<int> started{0}, woken{0};
    std::vector<Thread> threads;
    for (int t = 0; t < threads_count; t++) {
        threads.emplace_back([&, t] {
            nr_waker *waker = nr_waker_clone(WakerOf(task));
            for (int i = 1; i <= rounds; i++) {
                while (started.load() != i)
                    nr_sys_thread_yield();
                round.written[t] = i;
                nr_waker_wake(waker);
                woken.fetch_add(1, std::memory_order_relaxed);
            }
            nr_waker_drop(waker);
        });
    }
    for (int i = 1; i <= rounds; i++) {
        started.store(i);
        // Relaxed: the order comes from the wakes.
        while (woken.load(std::memory_order_relaxed) != i * threads_count)
            nr_sys_thread_yield();
        EXPECT_EQ(scheduler.Scheduled(), i);
        scheduler.Run();
        EXPECT_EQ(round.sum, i * threads_count);
        EXPECT_EQ(leaf.polls, 1 + i);
    }
    for (auto &t : threads)
        t.join();
    leaf.answer = NR_READY;
    nr_waker_wake(WakerOf(task));
    scheduler.Run();
    nr_task_detach(task);
}

// A poll that is under way, and wakes at any moment of it: none is lost, and
// the fake scheduler sees to it that none queues the task twice.
TEST_F(TaskStress, AWakeAtAnyMomentOfAPollIsFollowedByAPoll)
{
    const int threads_count = 3, rounds = 20000;
    std::atomic<int> running{threads_count};
    std::atomic<int> wakes{0}, seen{0};
    struct Counts {
        std::atomic<int> *wakes, *seen;
    } counts = {&wakes, &seen};
    leaf.arg = &counts;
    leaf.on_poll = [](Leaf *l, nr_context *) {
        Counts *c = static_cast<Counts *>(l->arg);
        c->seen->store(c->wakes->load(std::memory_order_relaxed));
    };
    nr_task *task = scheduler.Spawn(hand::Wait(&leaf));
    std::vector<Thread> threads;
    for (int t = 0; t < threads_count; t++) {
        threads.emplace_back([&] {
            for (int i = 0; i < rounds; i++) {
                wakes.fetch_add(1, std::memory_order_relaxed);
                nr_waker_wake(WakerOf(task));
            }
            running.fetch_sub(1);
        });
    }
    while (running.load() > 0)
        scheduler.Run();
    for (auto &t : threads)
        t.join();
    scheduler.Run();
    EXPECT_EQ(seen.load(), threads_count * rounds);
    leaf.answer = NR_READY;
    nr_waker_wake(WakerOf(task));
    scheduler.Run();
    nr_task_detach(task);
}

// The end of a task beside what its handle is used for. `use` gets the handle
// and the waker of the task that would join.
class TaskEndStress : public TaskStress
{
  protected:
    template <class Use> void EndBeside(Use use)
    {
        for (int i = 0; i < 1500; i++) {
            Leaf work;
            work.value = 42;
            nr_task *task = scheduler.Spawn(hand::Wait(&work));
            scheduler.Run();
            std::atomic<int> ready{0};
            auto meet = [&] {
                ready.fetch_add(1);
                while (ready.load() != 2)
                    nr_sys_thread_yield();
            };
            Thread worker([&] {
                work.answer = NR_READY;
                nr_waker_wake(WakerOf(task));
                nr_task *queued = scheduler.Pop();
                meet();
                EXPECT_EQ(scheduler.Run(queued), NR_TASK_ENDS);
            });
            use(task, meet);
            worker.join();
            EXPECT_EQ(work.drops, 1);
        }
    }
};

TEST_F(TaskEndStress, DetachingIsFreeingOnce)
{
    EndBeside([](nr_task *task, auto meet) {
        meet();
        nr_detach_(task, "test");
    });
}

TEST_F(TaskEndStress, AnAbortComesInTimeOrNot)
{
    EndBeside([](nr_task *task, auto meet) {
        meet();
        nr_abort_(task, "test");
        nr_detach_(task, "test");
    });
}

TEST_F(TaskEndStress, AJoinThatWaitsMayBeDropped)
{
    nr_task *joiner = scheduler.Spawn(hand::Wait(&leaf));
    scheduler.Run();
    EndBeside([&](nr_task *task, auto meet) {
        nr_future *join = static_cast<nr_future *>(nr_join_(task, "\ntest"));
        nr_context cx = {};
        cx.waker = WakerOf(joiner);
        cx.budget = NR_BUDGET_PER_POLL;
        EXPECT_EQ(join->ops->poll(join, &cx), NR_PENDING);
        meet();
        nr_future_drop(join);
    });
    scheduler.Run();
    leaf.answer = NR_READY;
    nr_waker_wake(WakerOf(joiner));
    scheduler.Run();
    nr_task_detach(joiner);
}

// What is polled while the task ends is told the end: at once, or by a wake.
// The result was written without a lock.
TEST_F(TaskEndStress, AJoinSeesTheEndAndTheResult)
{
    nr_task *joiner = scheduler.Spawn(hand::Wait(&leaf));
    scheduler.Run();
    EndBeside([&](nr_task *task, auto meet) {
        nr_future *join = static_cast<nr_future *>(nr_join_(task, "\ntest"));
        nr_context cx = {};
        cx.waker = WakerOf(joiner);
        cx.budget = NR_BUDGET_PER_POLL;
        meet();
        if (join->ops->poll(join, &cx) == NR_PENDING) {
            while (scheduler.Queued() == 0)
                nr_sys_thread_yield();
            scheduler.Run();
            EXPECT_EQ(join->ops->poll(join, &cx), NR_READY);
        }
        EXPECT_EQ(reinterpret_cast<hand_future *>(cx.done)->result, 42);
        nr_future_drop(join);
    });
    leaf.answer = NR_READY;
    nr_waker_wake(WakerOf(joiner));
    scheduler.Run();
    nr_task_detach(joiner);
}

// ---- a waker in a variable of a thread, which outlives the runtime ----

struct KeptWaker {
    nr_waker *waker = nullptr;

    ~KeptWaker()
    {
        nr_waker_wake(waker);
        nr_waker_drop(waker);
    }
};

// MinGW gives a thread's variables back before it destroys them.
#ifdef _WIN32
#define OF_THREAD
#else
#define OF_THREAD thread_local
#endif

struct Lent {
    std::atomic<nr_waker *> waker{nullptr};
};

TEST_F(TaskStress, AWakerFiresAtTheEndOfAThreadAfterItsRuntime)
{
    for (int i = 0; i < 20; i++) {
        Lent lent;
        Leaf waits;
        waits.arg = &lent;
        waits.on_poll = [](Leaf *l, nr_context *cx) {
            Lent *to = static_cast<Lent *>(l->arg);
            to->waker.store(nr_waker_clone(cx->waker));
        };
        nr_runtime *rt = runtime_of(1);
        nr_handle *handle = nr_runtime_handle(rt);
        DETACH(SPAWN_ON(handle, hand::Wait(&waits)));
        std::atomic<bool> has_waker{false}, is_gone{false};
        Thread keeper([&] {
            nr_waker *waker;
            while (!(waker = lent.waker.load()))
                nr_sys_thread_yield();
            OF_THREAD KeptWaker kept;
            kept.waker = waker;
            has_waker.store(true);
            while (!is_gone.load())
                nr_sys_thread_yield();
        });
        while (!has_waker.load())
            nr_sys_thread_yield();
        nr_runtime_destroy(rt);
        nr_handle_release(handle);
        is_gone.store(true);
        keeper.join();
        EXPECT_EQ(waits.drops, 1);
    }
}

} // namespace
