/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/time/wheel.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace
{

constexpr uint64_t never = NR_WHEEL_NEVER;
constexpr uint64_t range = UINT64_C(1) << 36; // 64^6

class WheelTest : public testing::Test
{
  protected:
    WheelTest() : w(new nr_wheel)
    {
        nr_wheel_init(w.get());
    }

    // Starts anew at the time `now`.
    void StartAt(uint64_t now)
    {
        nr_wheel_init(w.get());
        EXPECT_EQ(Advance(now), nullptr);
    }

    void Insert(nr_wheel_entry *e, uint64_t tick)
    {
        nr_wheel_insert(w.get(), e, tick);
    }

    // Moves as many entries as it takes, one a call.
    nr_wheel_entry *Advance(uint64_t tick)
    {
        nr_wheel_entry *e;
        unsigned moves;
        do {
            moves = 1;
            e = nr_wheel_advance(w.get(), tick, &moves);
        } while (!e && moves == 0);
        return e;
    }

    uint64_t Next()
    {
        return nr_wheel_next(w.get());
    }

    // Goes from one next deadline to the following, as a driver does, up to
    // the one of `e`, in a number of steps that does not depend on distances.
    void ExpectSteps(nr_wheel_entry *e, uint64_t tick, int steps_max)
    {
        int steps = 0;
        uint64_t next;
        while ((next = Next()) < tick) {
            ASSERT_GT(next, w->now);
            ASSERT_EQ(Advance(next), nullptr);
            ASSERT_LE(++steps, steps_max);
        }
        ASSERT_EQ(next, tick);
        EXPECT_EQ(Advance(tick), e);
        EXPECT_EQ(Next(), never);
    }

    std::unique_ptr<nr_wheel> w;
};

TEST_F(WheelTest, AnEmptyWheelHasNoDeadline)
{
    EXPECT_EQ(Next(), never);
    EXPECT_EQ(Advance(never), nullptr);
    EXPECT_EQ(Next(), never);
}

TEST_F(WheelTest, AnEntryComesAtItsTickAndOnce)
{
    nr_wheel_entry e = {};
    Insert(&e, 5);
    EXPECT_EQ(Next(), 5u);
    EXPECT_EQ(Advance(4), nullptr);
    EXPECT_EQ(Next(), 5u);
    EXPECT_EQ(Advance(5), &e);
    EXPECT_EQ(e.link.prev, nullptr);
    EXPECT_EQ(Advance(5), nullptr);
    EXPECT_EQ(Advance(1000), nullptr);
}

TEST_F(WheelTest, WhatHasPassedComesAtTheNextAdvance)
{
    StartAt(1000);
    nr_wheel_entry past = {}, present = {};
    Insert(&past, 3);
    Insert(&present, 1000);
    EXPECT_EQ(Next(), 1000u);
    EXPECT_EQ(Advance(1000), &past);
    EXPECT_EQ(Advance(1000), &present);
    EXPECT_EQ(Advance(1000), nullptr);
}

TEST_F(WheelTest, TimeDoesNotGoBack)
{
    StartAt(1000);
    nr_wheel_entry e = {};
    Insert(&e, 1500);
    EXPECT_EQ(Advance(10), nullptr);
    EXPECT_EQ(w->now, 1000u);
    EXPECT_EQ(Advance(1500), &e);
}

TEST_F(WheelTest, EveryBoundaryOfALevelIsExact)
{
    for (unsigned k = 0; k <= 7; k++) {
        for (int d = -1; d <= 1; d++) {
            uint64_t tick = (UINT64_C(1) << (6 * k)) + static_cast<uint64_t>(d);
            for (uint64_t start : {1u, 63u, 64u, 4095u, 262143u}) {
                StartAt(start);
                nr_wheel_entry e = {};
                Insert(&e, start + tick);
                EXPECT_EQ(Advance(start + tick - 1), nullptr);
                EXPECT_EQ(Advance(start + tick), &e);
            }
        }
    }
}

TEST_F(WheelTest, AnEntryIsReachedInAFewSteps)
{
    for (unsigned k = 1; k <= 6; k++) {
        for (int d = -1; d <= 1; d++) {
            uint64_t tick = (UINT64_C(1) << (6 * k)) + static_cast<uint64_t>(d);
            StartAt(0);
            nr_wheel_entry e = {};
            Insert(&e, tick);
            ExpectSteps(&e, tick, NR_WHEEL_LEVELS);
        }
    }
}

TEST_F(WheelTest, WhatIsBeyondTheLevelsIsKeptNotCut)
{
    for (uint64_t tick : {range - 1, range, range + 1, range + 64, 3 * range,
                          3 * range + 77, 100 * range - 1}) {
        StartAt(0);
        nr_wheel_entry e = {};
        Insert(&e, tick);
        ExpectSteps(&e, tick, 120);
    }
}

// The beginning of the next round of the top level may be near.
TEST_F(WheelTest, WhatIsBeyondIsNotLateFromAnywhereInTheTopLevel)
{
    for (uint64_t slot = 0; slot < NR_WHEEL_SLOTS; slot++) {
        for (uint64_t tick : {range, range + 1, range + 5 * (range / 64)}) {
            StartAt(slot * (range / 64) + 12345);
            nr_wheel_entry e = {};
            Insert(&e, tick);
            ExpectSteps(&e, tick, 2 * NR_WHEEL_LEVELS);
        }
    }
}

TEST_F(WheelTest, TheEndOfTimeNeverComes)
{
    nr_wheel_entry e = {}, before = {};
    Insert(&e, UINT64_MAX);
    EXPECT_LE(Next(), UINT64_MAX);
    EXPECT_EQ(Advance(1000 * range), nullptr);
    StartAt(UINT64_MAX - 200);
    e = {};
    Insert(&e, UINT64_MAX);
    Insert(&before, UINT64_MAX - 1);
    EXPECT_EQ(Advance(UINT64_MAX), &before);
    EXPECT_EQ(Advance(UINT64_MAX), nullptr);
    nr_wheel_remove(w.get(), &e);
    EXPECT_EQ(Next(), never);
}

TEST_F(WheelTest, EntriesOfOneTickComeInTheirOrder)
{
    for (uint64_t tick :
         {UINT64_C(10), UINT64_C(70), UINT64_C(5000), range, 5 * range + 3}) {
        StartAt(0);
        std::vector<nr_wheel_entry> e(6);
        // Half of them before the time has come near, half after.
        for (size_t i = 0; i < 3; i++)
            Insert(&e[i], tick);
        EXPECT_EQ(Advance(tick - 5), nullptr);
        for (size_t i = 3; i < 6; i++)
            Insert(&e[i], tick);
        for (nr_wheel_entry &each : e)
            EXPECT_EQ(Advance(tick), &each);
        EXPECT_EQ(Advance(tick), nullptr);
    }
}

TEST_F(WheelTest, EntriesOfAllLevelsComeInTheOrderOfTicks)
{
    const uint64_t ticks[] = {1,     63,        64,        65,
                              4096,  4097,      300000,    20000000,
                              range, range + 1, 2 * range, 9 * range};
    std::vector<nr_wheel_entry> e(12);
    for (size_t i = 12; i-- > 0;)
        Insert(&e[i], ticks[i]);
    for (size_t i = 0; i < 12; i++) {
        EXPECT_LE(Next(), ticks[i]);
        EXPECT_EQ(Advance(10 * range), &e[i]);
        EXPECT_EQ(w->now, ticks[i]);
    }
    EXPECT_EQ(Advance(10 * range), nullptr);
    EXPECT_EQ(w->now, 10 * range);
}

TEST_F(WheelTest, RemovingWorksInEveryState)
{
    for (uint64_t tick :
         {UINT64_C(0), UINT64_C(7), UINT64_C(64), UINT64_C(9999), range - 1,
          range, 70 * range, UINT64_MAX}) {
        StartAt(0);
        nr_wheel_entry never_in = {}, e[3] = {};
        nr_wheel_remove(w.get(), &never_in);
        for (nr_wheel_entry &each : e)
            Insert(&each, tick);
        nr_wheel_remove(w.get(), &e[1]);
        nr_wheel_remove(w.get(), &e[1]);
        nr_wheel_remove(w.get(), &e[0]);
        EXPECT_LE(Next(), tick);
        Insert(&e[1], 3);
        EXPECT_EQ(Advance(3), tick == 0 ? &e[2] : &e[1]);
        nr_wheel_remove(w.get(), &e[1]);
        nr_wheel_remove(w.get(), &e[2]);
        EXPECT_EQ(Next(), never);
        EXPECT_EQ(Advance(UINT64_MAX), nullptr);
    }
}

TEST_F(WheelTest, AnExpiringEntryMayRemoveOthersAndInsertMore)
{
    nr_wheel_entry e[4] = {};
    for (nr_wheel_entry &each : e)
        Insert(&each, 100);
    EXPECT_EQ(Advance(200), &e[0]);
    nr_wheel_remove(w.get(), &e[1]); // of the slot that is being emptied
    nr_wheel_remove(w.get(), &e[0]);
    EXPECT_EQ(Advance(200), &e[2]);
    Insert(&e[2], 100); // the same tick once more
    Insert(&e[1], 50);  // passed
    Insert(&e[0], 101);
    EXPECT_EQ(Advance(200), &e[3]);
    EXPECT_EQ(Advance(200), &e[2]);
    EXPECT_EQ(Advance(200), &e[1]);
    EXPECT_EQ(Advance(200), &e[0]);
    EXPECT_EQ(Advance(200), nullptr);
}

// A call moves no more than it may, and the next deadline is now until all are.
TEST_F(WheelTest, MovingIsInterruptedAndGoesOn)
{
    nr_wheel_entry e[5] = {};
    unsigned moves = 2;
    for (nr_wheel_entry &each : e)
        Insert(&each, 100);
    EXPECT_EQ(nr_wheel_advance(w.get(), 200, &moves), nullptr);
    EXPECT_EQ(moves, 0u);
    EXPECT_EQ(Next(), 64u);
    EXPECT_EQ(w->now, 64u);
    moves = 4;
    EXPECT_EQ(nr_wheel_advance(w.get(), 200, &moves), &e[0]);
    EXPECT_EQ(moves, 1u);
    for (int i = 1; i < 5; i++)
        EXPECT_EQ(nr_wheel_advance(w.get(), 200, &moves), &e[i]);
    EXPECT_EQ(nr_wheel_advance(w.get(), 200, &moves), nullptr);
    EXPECT_EQ(moves, 1u);
    EXPECT_EQ(w->now, 200u);
}

TEST_F(WheelTest, WhatComesWhileOthersAreMovedKeepsTheOrder)
{
    nr_wheel_entry moved[2] = {}, same = {}, sooner = {}, past = {};
    unsigned moves = 1;
    for (nr_wheel_entry &each : moved)
        Insert(&each, 100);
    EXPECT_EQ(nr_wheel_advance(w.get(), 200, &moves), nullptr);
    Insert(&same, 100);
    Insert(&sooner, 70);
    Insert(&past, 1);
    for (nr_wheel_entry *each : {&past, &sooner, &moved[0], &moved[1], &same})
        EXPECT_EQ(Advance(200), each);
    EXPECT_EQ(Advance(200), nullptr);
}

TEST_F(WheelTest, WhatIsBeingMovedCanBeRemoved)
{
    nr_wheel_entry e[3] = {};
    unsigned moves = 1;
    for (nr_wheel_entry &each : e)
        Insert(&each, 100);
    EXPECT_EQ(nr_wheel_advance(w.get(), 200, &moves), nullptr);
    for (int i : {1, 0, 2})
        nr_wheel_remove(w.get(), &e[i]);
    EXPECT_EQ(Next(), never);
    EXPECT_EQ(Advance(200), nullptr);
}

} // namespace
