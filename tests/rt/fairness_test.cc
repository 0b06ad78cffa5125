// SPDX-License-Identifier: MIT

#include <algorithm>

#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/test_thread.h"

// Whatever can run does so within a bounded number of polls, whatever else
// wakes whatever. One worker, and polls are counted, not time.

namespace
{

enum { PAIRS = 100 };

// What keeps the worker busy, and how often it was polled for that.
struct Load {
    Event turns[2 * PAIRS];
    std::atomic<bool> stop{false};
    std::atomic<int> polls{0};
};

// One of two tasks that wake each other in turn.
ASYNC_FN(void, play, ((Load *, load), (Event *, mine), (Event *, other)))
{
    ASYNC_BEGIN(play);
    while (!self->load->stop) {
        AWAIT(event_wait(self->mine));
        self->load->polls++;
        self->other->set();
    }
    ASYNC_END;
}

// Wakes itself while it runs.
typedef struct wake_self_future {
    nr_future base;
    nr_unit result;
    bool has_run;
} wake_self_future;

nr_poll wake_self_poll(nr_future *self, nr_context *cx)
{
    wake_self_future *f = (wake_self_future *)self;
    if (f->has_run)
        return NR_READY;
    f->has_run = true;
    nr_waker_wake(cx->waker);
    return NR_PENDING;
}

wake_self_future *wake_self(void)
{
    static const nr_future_ops ops =
        NR_FUTURE_OPS(wake_self_future, wake_self_poll, nullptr, nullptr);
    return NR_FUTURE_NEW(wake_self_future, &ops);
}

ASYNC_FN(void, wake_self_for_ever, ((Load *, load)))
{
    ASYNC_BEGIN(wake_self_for_ever);
    while (!self->load->stop) {
        self->load->polls++;
        AWAIT(wake_self());
    }
    ASYNC_END;
}

// Loads the worker with `pairs` pairs.
void start_pairs(Load *load, int pairs)
{
    for (int i = 0; i < 2 * pairs; i += 2) {
        Event *a = &load->turns[i], *b = a + 1;
        DETACH(SPAWN(play(load, a, b)));
        DETACH(SPAWN(play(load, b, a)));
        a->set();
    }
}

ASYNC_FN(void, yield_beside_pairs,
         ((Load *, load), (int, pairs), (int, yields)), int i;)
{
    ASYNC_BEGIN(yield_beside_pairs);
    start_pairs(self->load, self->pairs);
    for (self->i = 0; self->i < self->yields; self->i++)
        YIELD_NOW();
    self->load->stop = true;
    ASYNC_END;
}

TEST(Fairness, AHundredPairsDoNotStarveOneThatYields)
{
    Load load;
    Runtime rt(1);
    BLOCK_ON(rt, yield_beside_pairs(&load, PAIRS, 100));
    EXPECT_LE(load.polls, 100 * 124);
    EXPECT_GE(load.polls, 100);
}

TEST(Fairness, OnePairDoesNotStarveOneThatYields)
{
    Load load;
    Runtime rt(1);
    BLOCK_ON(rt, yield_beside_pairs(&load, 1, 100));
    EXPECT_LE(load.polls, 100 * 124);
}

ASYNC_FN(void, yield_beside_self_wakers, ((Load *, load), (int, yields)),
         int i;)
{
    ASYNC_BEGIN(yield_beside_self_wakers);
    for (self->i = 0; self->i < 10; self->i++)
        DETACH(SPAWN(wake_self_for_ever(self->load)));
    for (self->i = 0; self->i < self->yields; self->i++)
        YIELD_NOW();
    self->load->stop = true;
    ASYNC_END;
}

TEST(Fairness, ThoseThatWakeThemselvesTakeTurnsWithOneThatYields)
{
    Load load;
    Runtime rt(1);
    BLOCK_ON(rt, yield_beside_self_wakers(&load, 100));
    EXPECT_LE(load.polls, 100 * 11);
}

ASYNC_FN(void, note_polls,
         ((Load *, load), (std::atomic<int> *, seen),
          (std::atomic<int> *, left)))
{
    ASYNC_BEGIN(note_polls);
    *self->seen = self->load->polls.load();
    if (--*self->left == 0)
        self->load->stop = true;
    ASYNC_END;
}

struct Injected {
    Load load;
    std::atomic<int> at{0}, left{0}, seen[10] = {};
};

// Has another thread spawn tasks, at a poll that is known.
ASYNC_FN(void, inject_beside_pairs, ((Injected *, t), (int, n)), int i;)
{
    ASYNC_BEGIN(inject_beside_pairs);
    start_pairs(&self->t->load, PAIRS);
    while (self->t->load.polls < 1000)
        YIELD_NOW();
    self->t->left = self->n;
    self->t->at = int(self->t->load.polls);
    Thread([h = nr_handle_current(), n = self->n, t = self->t] {
        for (int i = 0; i < n; i++)
            DETACH(SPAWN_ON(h, note_polls(&t->load, &t->seen[i], &t->left)));
    }).join();
    ASYNC_END;
}

TEST(Fairness, AnInjectedTaskRunsWithin61PollsOfASaturatedWorker)
{
    Injected t;
    {
        Runtime rt(1);
        BLOCK_ON(rt, inject_beside_pairs(&t, 1));
        while (!t.load.stop)
            nr_sys_thread_yield();
    }
    EXPECT_GE(t.seen[0], t.at);
    EXPECT_LE(t.seen[0] - t.at, 61);
}

TEST(Fairness, InjectedTasksRunOneByOneOfASaturatedWorker)
{
    Injected t;
    {
        Runtime rt(1);
        BLOCK_ON(rt, inject_beside_pairs(&t, 10));
        while (!t.load.stop)
            nr_sys_thread_yield();
    }
    for (int i = 0; i < 10; i++)
        EXPECT_LE(t.seen[i] - t.at, 61 * (i + 1)) << i;
}

// Two tasks that wake each other, in polls that take their time.
struct LongPolls {
    Event turns[2];
    std::atomic<bool> stop{false};
    int polls = 0, worst = 0;
};

void let_ms_pass(uint64_t ms)
{
    Mutex mutex;
    Condition never;
    std::unique_lock<Mutex> guard(mutex);
    uint64_t end_ns = nr_now_ns() + ms * 1000000;
    while (nr_sys_cond_wait_until(never.native(), mutex.native(), end_ns)) {
    }
}

ASYNC_FN(void, play_slowly, ((LongPolls *, load), (int, mine)))
{
    ASYNC_BEGIN(play_slowly);
    while (!self->load->stop) {
        AWAIT(event_wait(&self->load->turns[self->mine]));
        self->load->polls++;
        let_ms_pass(2);
        self->load->turns[1 - self->mine].set();
    }
    ASYNC_END;
}

ASYNC_FN(void, sleep_beside_long_polls, ((LongPolls *, load)), int i, before;)
{
    ASYNC_BEGIN(sleep_beside_long_polls);
    DETACH(SPAWN(play_slowly(self->load, 0)));
    DETACH(SPAWN(play_slowly(self->load, 1)));
    self->load->turns[0].set();
    AWAIT(nr_sleep_ms(60)); // by then the worker knows how long polls are
    for (self->i = 0; self->i < 20; self->i++) {
        self->before = self->load->polls;
        AWAIT(nr_sleep_ms(1));
        self->load->worst =
            std::max(self->load->worst, self->load->polls - self->before);
    }
    self->load->stop = true;
    ASYNC_END;
}

TEST(Fairness, ATimerThatIsDueWaitsForFewOfLongPolls)
{
    LongPolls load;
    Runtime rt(1);
    BLOCK_ON(rt, sleep_beside_long_polls(&load));
    EXPECT_GE(load.worst, 1);
    EXPECT_LE(load.worst, 4);
}

ASYNC_FN(void, wait_and_note,
         ((Load *, load), (Event *, e), (std::atomic<int> *, seen)))
{
    ASYNC_BEGIN(wait_and_note);
    AWAIT(event_wait(self->e));
    *self->seen = self->load->polls.load();
    self->load->stop = true;
    ASYNC_END;
}

// Wakes a task, and then a pair on top of it.
ASYNC_FN(void, bury_one,
         ((Load *, load), (Event *, e), (std::atomic<int> *, seen)), int i;)
{
    ASYNC_BEGIN(bury_one);
    DETACH(SPAWN(wait_and_note(self->load, self->e, self->seen)));
    YIELD_NOW();
    self->e->set();
    start_pairs(self->load, 1);
    ASYNC_END;
}

TEST(Fairness, WhatLiesUnderAPairInTheQueueRunsWithin62Polls)
{
    Load load;
    Event e;
    std::atomic<int> seen{0};
    Runtime rt(1);
    BLOCK_ON(rt, bury_one(&load, &e, &seen));
    while (!load.stop)
        nr_sys_thread_yield();
    EXPECT_LE(seen, 62);
}

// ---- yielding ----

ASYNC_FN(void, add_one, ((std::atomic<int> *, n)))
{
    ASYNC_BEGIN(add_one);
    ++*self->n;
    ASYNC_END;
}

ASYNC_FN(int, count_early, ((std::atomic<int> *, ran)), int i, k, early;)
{
    ASYNC_BEGIN(count_early);
    for (self->i = 0; self->i < 100; self->i++) {
        *self->ran = 0;
        for (self->k = 0; self->k < 10; self->k++)
            DETACH(SPAWN(add_one(self->ran)));
        YIELD_NOW();
        if (*self->ran != 10)
            self->early++;
        while (*self->ran != 10)
            YIELD_NOW();
    }
    ASYNC_RETURN(self->early);
    ASYNC_END;
}

// But for every 31st poll, which is for the oldest.
TEST(Fairness, AYieldGoesBehindAllOthers)
{
    std::atomic<int> ran{0};
    Runtime rt(1);
    EXPECT_LE(BLOCK_ON(rt, count_early(&ran)), 100 * 11 / 31 + 2);
}

ASYNC_FN(void, sleep_and_set, ((std::atomic<bool> *, flag)))
{
    ASYNC_BEGIN(sleep_and_set);
    AWAIT(nr_sleep_ms(1));
    *self->flag = true;
    ASYNC_END;
}

ASYNC_FN(void, yield_until, ((std::atomic<bool> *, flag)))
{
    ASYNC_BEGIN(yield_until);
    DETACH(SPAWN(sleep_and_set(self->flag)));
    while (!*self->flag)
        YIELD_NOW();
    ASYNC_END;
}

TEST(Fairness, AYieldingLoopDoesNotKeepTimersFromFiring)
{
    std::atomic<bool> flag{false};
    Runtime rt(1);
    BLOCK_ON(rt, yield_until(&flag));
    EXPECT_TRUE(flag);
}

ASYNC_FN(void, sleep_beside_pairs, ((Load *, load)))
{
    ASYNC_BEGIN(sleep_beside_pairs);
    start_pairs(self->load, PAIRS);
    AWAIT(nr_sleep_ms(1));
    self->load->stop = true;
    ASYNC_END;
}

TEST(Fairness, ASaturatedWorkerFiresTimers)
{
    Load load;
    Runtime rt(1);
    BLOCK_ON(rt, sleep_beside_pairs(&load));
    EXPECT_TRUE(load.stop);
}

} // namespace
