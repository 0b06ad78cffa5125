// SPDX-License-Identifier: MIT
#include "tests/rt/runtime_helpers.h"

// A leaf that is always ready yields when the budget of the poll is spent, so
// one worker runs the others in between. And a wake-up is one poll.

namespace
{

struct Turns {
    std::atomic<bool> done{false};
    int taken = 0;    // turns of the other
    int in_a_row = 0; // awaits since its last
    int most_in_a_row = 0;
};

ASYNC_FN(void, take_turns, ((Turns *, t)))
{
    ASYNC_BEGIN(take_turns);
    while (!self->t->done) {
        self->t->taken++;
        self->t->in_a_row = 0;
        YIELD_NOW();
    }
    ASYNC_END;
}

void note(Turns *t)
{
    t->in_a_row++;
    if (t->most_in_a_row < t->in_a_row)
        t->most_in_a_row = t->in_a_row;
}

ASYNC_FN(void, await_ready_ones, ((Turns *, t), (int, n)), int i;)
{
    ASYNC_BEGIN(await_ready_ones);
    for (self->i = 0; self->i < self->n; self->i++) {
        AWAIT(always_ready());
        note(self->t);
    }
    ASYNC_END;
}

ASYNC_FN(void, sleep_for_nothing, ((Turns *, t), (int, n)), int i;)
{
    ASYNC_BEGIN(sleep_for_nothing);
    for (self->i = 0; self->i < self->n; self->i++) {
        AWAIT(nr_sleep_ms(0));
        note(self->t);
    }
    ASYNC_END;
}

enum Kind { READY, BOUNDED, SLEEPS };

ASYNC_FN(int, spend, ((Turns *, t), (Kind, kind)), JOIN_HANDLE(take_turns) h;
         int err;)
{
    ASYNC_BEGIN(spend);
    self->h = SPAWN(take_turns(self->t));
    YIELD_NOW();
    if (self->kind == READY)
        AWAIT(await_ready_ones(self->t, 1280));
    else if (self->kind == BOUNDED)
        AWAIT(self->err, TIMEOUT_MS(1000000, await_ready_ones(self->t, 1280)));
    else
        AWAIT(sleep_for_nothing(self->t, 1280));
    self->t->done = true;
    AWAIT(JOIN(self->h));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

void expect_turns(Kind kind)
{
    Turns t;
    Runtime rt(1);
    EXPECT_EQ(BLOCK_ON(rt, spend(&t, kind)), 0);
    EXPECT_EQ(t.most_in_a_row, 128);
    EXPECT_GE(t.taken, 1280 / 128);
}

TEST(Budget, AnAlwaysReadyLeafYieldsAfter128)
{
    expect_turns(READY);
}

TEST(Budget, ABoundedCallHasNoBudgetOfItsOwn)
{
    expect_turns(BOUNDED);
}

TEST(Budget, ASleepOfNothingSpendsToo)
{
    expect_turns(SLEEPS);
}

// ---- branches ----

// More always-ready branches than there is budget, at several levels.
struct Loops {
    std::atomic<bool> stop{false};
    int turns[512] = {}; // of each branch
    int made = 0;
};

ASYNC_FN(void, loop, ((Loops *, l)), int which;)
{
    ASYNC_BEGIN(loop);
    self->which = self->l->made++;
    while (!self->l->stop) {
        AWAIT(always_ready());
        self->l->turns[self->which]++;
    }
    ASYNC_END;
}

// A tree of ALL, `width` wide, with loops as its leaves.
ASYNC_FN(void, loops, ((Loops *, l), (int, depth), (int, width)))
{
    ASYNC_BEGIN(loops);
    if (self->depth == 0)
        AWAIT(loop(self->l));
    else if (self->width == 2)
        AWAIT(ALL(loops(self->l, self->depth - 1, 2),
                  loops(self->l, self->depth - 1, 2)));
    else
        AWAIT(ALL(loops(self->l, self->depth - 1, 7),
                  loops(self->l, self->depth - 1, 7),
                  loops(self->l, self->depth - 1, 7),
                  loops(self->l, self->depth - 1, 7),
                  loops(self->l, self->depth - 1, 7),
                  loops(self->l, self->depth - 1, 7),
                  loops(self->l, self->depth - 1, 7)));
    ASYNC_END;
}

// Ends when it has been polled `polls` times.
ASYNC_FN(void, stop_after, ((Loops *, l), (int, polls)), int i;)
{
    ASYNC_BEGIN(stop_after);
    for (self->i = 0; self->i < self->polls; self->i++)
        YIELD_NOW();
    self->l->stop = true;
    ASYNC_END;
}

ASYNC_FN(void, loop_for,
         ((Loops *, l), (int, depth), (int, width), (int, polls)))
{
    ASYNC_BEGIN(loop_for);
    AWAIT(ALL(loops(self->l, self->depth, self->width),
              stop_after(self->l, self->polls)));
    ASYNC_END;
}

TEST(Budget, EveryBranchGetsOnInEveryPollAtAnyDepth)
{
    const struct {
        int depth, width, leaves;
    } trees[] = {{1, 7, 7}, {2, 7, 49}, {3, 7, 343}, {8, 2, 256}};
    Runtime rt(1);
    for (const auto &tree : trees) {
        Loops l;
        BLOCK_ON(rt, loop_for(&l, tree.depth, tree.width, 20));
        EXPECT_EQ(l.made, tree.leaves);
        for (int i = 0; i < tree.leaves; i++)
            EXPECT_GE(l.turns[i], 19) << "branch " << i << " of " << l.made;
    }
}

// The last branches are what ends it: a sleep, a bound, an event.
ASYNC_FN(int, select_beside_loops, ((Loops *, l), (int, kind)), int which;)
{
    ASYNC_BEGIN(select_beside_loops);
    if (self->kind == 0)
        AWAIT(self->which, SELECT(loops(self->l, 3, 7), nr_sleep_ms(1)));
    else if (self->kind == 1)
        AWAIT(self->which, SELECT(loops(self->l, 2, 7),
                                  TIMEOUT_MS(1, loops(self->l, 2, 7))));
    else
        AWAIT(self->which, SELECT(loops(self->l, 2, 7),
                                  ALL(nr_sleep_ms(1), nr_sleep_ms(0))));
    self->l->stop = true;
    ASYNC_RETURN(self->which);
    ASYNC_END;
}

ASYNC_FN(int, nest_beside_loops, ((Loops *, l), (int, kind)), int v;)
{
    ASYNC_BEGIN(nest_beside_loops);
    self->v = -1;
    AWAIT(ALL(loops(self->l, 2, 7),
              INTO(&self->v, select_beside_loops(self->l, self->kind))));
    ASYNC_RETURN(self->v);
    ASYNC_END;
}

TEST(Budget, ASleepOrABoundBesideBusyBranchesIsReached)
{
    Runtime rt(1);
    for (int kind = 0; kind < 3; kind++) {
        Loops l;
        EXPECT_EQ(BLOCK_ON(rt, nest_beside_loops(&l, kind)), 1);
    }
}

// Its own end takes no budget, so only the poll's end ends the loop.
ASYNC_FN(void, combine_in_a_loop, ((Turns *, t), (int, n)), int i;)
{
    ASYNC_BEGIN(combine_in_a_loop);
    for (self->i = 0; self->i < self->n; self->i++) {
        AWAIT(ALL(always_ready(), always_ready()));
        note(self->t);
    }
    ASYNC_END;
}

ASYNC_FN(void, spend_in_branches, ((Turns *, t)), JOIN_HANDLE(take_turns) h;)
{
    ASYNC_BEGIN(spend_in_branches);
    self->h = SPAWN(take_turns(self->t));
    YIELD_NOW();
    AWAIT(combine_in_a_loop(self->t, 1280));
    self->t->done = true;
    AWAIT(JOIN(self->h));
    ASYNC_END;
}

TEST(Budget, ALoopOfReadyCombinatorsSpendsTheBudget)
{
    Turns t;
    Runtime rt(1);
    BLOCK_ON(rt, spend_in_branches(&t));
    EXPECT_LE(t.most_in_a_row, 128);
    EXPECT_GE(t.taken, 1280 / 128);
}

// ---- one wake-up is one poll ----

ASYNC_FN(void, wait_once, ((Event *, e)))
{
    ASYNC_BEGIN(wait_once);
    AWAIT(event_wait(self->e));
    ASYNC_END;
}

enum How { SET_ONCE, WAKE_MANY_TIMES, WAKE_THEN_SET, SET_BEFORE };

// Runs on the only worker, so what it wakes runs when it yields.
ASYNC_FN(void, wake_it, ((Event *, e), (How, how)), JOIN_HANDLE(wait_once) h;
         int i;)
{
    ASYNC_BEGIN(wake_it);
    if (self->how == SET_BEFORE)
        self->e->set();
    self->h = SPAWN(wait_once(self->e));
    while (self->e->polls == 0)
        YIELD_NOW();
    for (self->i = 0; self->how == WAKE_MANY_TIMES && self->i < 100; self->i++)
        self->e->wake();
    if (self->how == WAKE_THEN_SET) {
        self->e->wake();
        while (self->e->polls == 1)
            YIELD_NOW();
    }
    if (self->how != SET_BEFORE)
        self->e->set();
    AWAIT(JOIN(self->h));
    ASYNC_END;
}

int polls_of(How how)
{
    Event e;
    Runtime rt(1);
    BLOCK_ON(rt, wake_it(&e, how));
    EXPECT_EQ(e.drops, 1);
    return e.polls;
}

TEST(Polls, AWaitIsPolledOnceBeforeAndOnceAfterItsWakeUp)
{
    EXPECT_EQ(polls_of(SET_ONCE), 2);
}

TEST(Polls, AHundredWakeUpsBeforeThePollAreOnePoll)
{
    EXPECT_EQ(polls_of(WAKE_MANY_TIMES), 2);
}

TEST(Polls, AWakeUpForNothingIsOnePoll)
{
    EXPECT_EQ(polls_of(WAKE_THEN_SET), 3);
}

TEST(Polls, WhatIsReadyIsPolledOnce)
{
    EXPECT_EQ(polls_of(SET_BEFORE), 1);
}

// ---- a yield that is also woken ----

ASYNC_FN(void, yield_and_wait, ((nr_waker **, waker), (Event *, e)))
{
    ASYNC_BEGIN(yield_and_wait);
    AWAIT(lend_waker(self->waker));
    nr_waker_wake(*self->waker);
    YIELD_NOW();
    AWAIT(event_wait(self->e));
    ASYNC_END;
}

ASYNC_FN(int, count_polls, ((nr_waker **, waker), (Event *, e)),
         JOIN_HANDLE(yield_and_wait) h;
         int i, polls;)
{
    ASYNC_BEGIN(count_polls);
    self->h = SPAWN(yield_and_wait(self->waker, self->e));
    while (self->e->polls == 0)
        YIELD_NOW();
    for (self->i = 0; self->i < 10; self->i++)
        YIELD_NOW();
    self->polls = self->e->polls;
    self->e->set();
    AWAIT(JOIN(self->h));
    ASYNC_RETURN(self->polls);
    ASYNC_END;
}

TEST(Polls, AYieldThatIsAlsoWokenIsOnePoll)
{
    Event e;
    nr_waker *waker = nullptr;
    {
        Runtime rt(1);
        EXPECT_EQ(BLOCK_ON(rt, count_polls(&waker, &e)), 1);
    }
    EXPECT_EQ(e.polls, 2);
    nr_waker_wake(waker);
    nr_waker_drop(waker);
}

} // namespace
