/* SPDX-License-Identifier: MIT */

/* Timers without a sleep: a leaf of the test arms them. */

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>

#include "nanorun/async.h"
#include "nanorun/rt/future.h"
#include "nanorun/rt/sched/worker.h"
#include "nanorun/sys/thread.h"
#include "tests/support/one_worker.h"
#include "tests/support/test_thread.h"

namespace
{

constexpr uint64_t ms = 1000000, tick = ms / 16, hour = 3600000 * ms;
constexpr int many = 100;     // more than are put into the wheel at once
constexpr uint16_t wheel = 0; // of the one worker

// A leaf whose polls the test gives: each gets their number from 0 on, and
// tells whether it is the last. They come without being woken for.
struct Leaf {
    nr_timer timers[many];
    std::function<bool(Leaf *, int, nr_context *)> poll;

    void Arm(int i, uint64_t in_ns, nr_context *cx)
    {
        uint64_t now_ns = nr_now_ns();
        EXPECT_EQ(nr_timer_arm(&timers[i], now_ns, now_ns + in_ns, cx), wheel);
    }
};

struct use_future {
    nr_future base;
    nr_unit result;
    Leaf *leaf;
    int polls;
};

nr_poll use_poll(nr_future *self, nr_context *cx)
{
    use_future *f = reinterpret_cast<use_future *>(self);
    if (!f->leaf->poll(f->leaf, f->polls++, cx)) {
        nr_waker_wake(cx->waker);
        return NR_PENDING;
    }
    for (nr_timer &t : f->leaf->timers)
        nr_timer_disarm(&t, wheel);
    return NR_READY;
}

const nr_future_ops use_ops =
    NR_FUTURE_OPS(use_future, use_poll, nullptr, nullptr);

use_future *use(Leaf *leaf)
{
    use_future *f = NR_FUTURE_NEW(use_future, &use_ops);
    f->leaf = leaf;
    return f;
}

class TimersTest : public OneWorker
{
  protected:
    void Run(std::function<bool(Leaf *, int, nr_context *)> poll)
    {
        Leaf leaf = {};
        leaf.poll = poll;
        BLOCK_ON(rt, use(&leaf));
    }

    size_t Armed()
    {
        return nr_load_size_relaxed(&rt->workers[0].timers->armed);
    }

    // Expects that a deadline so far away is rounded up to a multiple of `unit`
    // ticks.
    void ExpectRounding(uint64_t in_ns, uint64_t unit)
    {
        uint64_t deadline_ns;
        Run([&](Leaf *leaf, int poll, nr_context *cx) {
            nr_timer *t = &leaf->timers[0];
            if (poll == 0) {
                uint64_t now_ns = nr_now_ns();
                deadline_ns = now_ns + in_ns;
                nr_timer_arm(t, now_ns, deadline_ns, cx);
                return false;
            }
            EXPECT_EQ(t->entry.tick % unit, 0u);
            EXPECT_GE(t->entry.tick * tick, deadline_ns);
            EXPECT_LT(t->entry.tick * tick, deadline_ns + unit * tick);
            nr_timer_disarm(t, wheel);
            return true;
        });
        EXPECT_EQ(Armed(), 0u);
    }
};

TEST_F(TimersTest, ANearDeadlineIsRoundedUpToASixteenthOfAMillisecond)
{
    for (uint64_t in_ns :
         {UINT64_C(1), tick - 1, tick, ms, ms + 1, 16 * ms - 1})
        ExpectRounding(in_ns, 1);
}

TEST_F(TimersTest, AFarDeadlineIsRoundedUpToAMillisecond)
{
    for (uint64_t in_ns :
         {16 * ms, 16 * ms + 1, 17 * ms - 1, hour, 9999 * hour})
        ExpectRounding(in_ns, 16);
}

TEST_F(TimersTest, WhatOnePollArmsAndDisarmsNeverComesToTheWheel)
{
    Run([&](Leaf *leaf, int poll, nr_context *cx) {
        if (poll == 1)
            return true;
        for (int i = 0; i < 4; i++)
            leaf->Arm(i, hour, cx);
        for (int i : {1, 3, 0, 2})
            nr_timer_disarm(&leaf->timers[i], wheel);
        return false;
    });
    EXPECT_EQ(rt->workers[0].timers->wheel.now, 0u); // it was never looked at
}

TEST_F(TimersTest, WhatIsLeftOfThemComesThereAfterThePoll)
{
    Run([&](Leaf *leaf, int poll, nr_context *cx) {
        if (poll == 0) {
            for (int i = 0; i < 3; i++)
                leaf->Arm(i, hour, cx);
            nr_timer_disarm(&leaf->timers[1], wheel);
            EXPECT_EQ(Armed(), 0u);
            return false;
        }
        EXPECT_EQ(Armed(), 2u);
        nr_timer_disarm(&leaf->timers[0], wheel);
        nr_timer_disarm(&leaf->timers[1], wheel); // is idle
        EXPECT_EQ(Armed(), 1u);
        nr_timer_disarm(&leaf->timers[2], wheel);
        return true;
    });
    EXPECT_EQ(Armed(), 0u);
}

TEST_F(TimersTest, OnePollMayArmManyAndDisarmThem)
{
    Run([&](Leaf *leaf, int poll, nr_context *cx) {
        if (poll == 0) {
            for (int i = 0; i < many; i++)
                leaf->Arm(i, hour, cx);
            return false;
        }
        EXPECT_EQ(Armed(), static_cast<size_t>(many));
        for (nr_timer &t : leaf->timers)
            nr_timer_disarm(&t, wheel);
        return true;
    });
    EXPECT_EQ(Armed(), 0u);
}

TEST_F(TimersTest, ManyMayBeDueAtOnce)
{
    Run([&](Leaf *leaf, int poll, nr_context *cx) {
        bool all_due = true;
        for (int i = 0; i < many; i++) {
            if (poll == 0)
                leaf->Arm(i, 1 + static_cast<uint64_t>(i) % 3 * ms, cx);
            all_due &= nr_timer_is_due(&leaf->timers[i]);
        }
        return all_due;
    });
    EXPECT_EQ(Armed(), 0u);
}

TEST_F(TimersTest, ATimerThatWasDueIsArmedAgain)
{
    int times = 0;
    Run([&](Leaf *leaf, int poll, nr_context *cx) {
        nr_timer *t = &leaf->timers[0];
        if (poll == 0 || (nr_timer_is_due(t) && times++ < 3)) {
            nr_timer_disarm(t, wheel);
            EXPECT_TRUE(nr_timer_is_idle(t));
            leaf->Arm(0, 1, cx);
            EXPECT_FALSE(nr_timer_is_due(t));
            return false;
        }
        return nr_timer_is_due(t);
    });
    EXPECT_EQ(Armed(), 0u);
}

// Fires a timer while its task is polled. The task is run by hand, amid a poll
// of the one worker, which would push it.
struct Fired {
    std::function<void(nr_timer *)> during; // what the second poll does
    int polls = 0;
    nr_timer timer = {};
    std::atomic<bool> is_polled{false};
    std::atomic<nr_task *> pushed{nullptr};
};

struct fired_future {
    nr_future base;
    nr_unit result;
    Fired *fired;
};

nr_poll fired_poll(nr_future *self, nr_context *cx)
{
    Fired *f = reinterpret_cast<fired_future *>(self)->fired;
    switch (f->polls++) {
    case 0:
        nr_timer_arm(&f->timer, nr_now_ns(), nr_now_ns() + hour, cx);
        return NR_PENDING;
    case 1:
        f->is_polled = true;
        f->during(&f->timer);
        return NR_PENDING;
    default:
        EXPECT_TRUE(nr_timer_is_due(&f->timer));
        nr_timer_disarm(&f->timer, wheel);
        return NR_READY;
    }
}

Fired *fired_now;

void fired_push(nr_scheduler *, nr_task *task)
{
    fired_now->pushed = task;
}

// Returns what the second poll came to.
nr_task_outcome fire_amid_a_poll(nr_worker *w, Fired *fired)
{
    static const nr_future_ops ops =
        NR_FUTURE_OPS(fired_future, fired_poll, nullptr, nullptr);
    auto schedule = w->scheduler.schedule;
    w->scheduler.schedule = fired_push;
    fired_now = fired;
    fired_future *f = NR_FUTURE_NEW(fired_future, &ops);
    f->fired = fired;
    nr_task *task = nr_task_create(&f->base);
    EXPECT_EQ(nr_task_run(task, &w->scheduler), NR_TASK_WAITS);
    Thread driver([&] {
        while (!fired->is_polled)
            nr_sys_thread_yield();
        nr_timers_fire(w->timers, nr_now_ns() + 2 * hour);
    });
    EXPECT_EQ(nr_waker_mark(reinterpret_cast<nr_waker *>(task)), task);
    nr_task_outcome outcome = nr_task_run(task, &w->scheduler);
    if (outcome == NR_TASK_WAITS) {
        driver.join();
        EXPECT_EQ(fired->pushed, task);
        EXPECT_EQ(nr_task_run(task, &w->scheduler), NR_TASK_ENDS);
    } else {
        EXPECT_EQ(nr_task_run(task, &w->scheduler), NR_TASK_ENDS);
        driver.join();
        EXPECT_EQ(fired->pushed, nullptr);
    }
    nr_task_detach(task);
    EXPECT_TRUE(nr_timer_is_idle(&fired->timer)); // nobody came back to it
    w->scheduler.schedule = schedule;
    return outcome;
}

// Else a poll that finds the driver gone could end the task that the driver has
// yet to mark.
TEST_F(TimersTest, TheDriverMarksTheTaskBeforeItLeavesTheTimer)
{
    Run([&](Leaf *, int poll, nr_context *) {
        Fired fired;
        fired.during = [](nr_timer *t) {
            while (nr_load_size_acquire(&t->word) % NR_TIMER_STAGES !=
                   NR_TIMER_GONE)
                nr_sys_thread_yield();
        };
        EXPECT_EQ(fire_amid_a_poll(&rt->workers[0], &fired), NR_TASK_AGAIN);
        return poll == 9;
    });
}

TEST_F(TimersTest, ThePollAfterTheMarkFindsTheTimerDue)
{
    Run([&](Leaf *, int poll, nr_context *) {
        Fired fired;
        fired.during = [&](nr_timer *) {
            for (int i = 0; i < poll % 4; i++)
                nr_sys_thread_yield();
        };
        fire_amid_a_poll(&rt->workers[0], &fired);
        return poll == 19;
    });
}

} // namespace
