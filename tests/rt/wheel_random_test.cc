/* SPDX-License-Identifier: MIT */

/* Compares the wheel with a list that is searched, by random operations from a
 * seed that it prints. */

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "nanorun/rt/time/wheel.h"
#include "tests/support/random.h"

namespace
{

struct Timer {
    nr_wheel_entry entry = {}; // first
    bool is_armed = false;
    uint64_t due = 0;  // as the wheel has to see it
    uint64_t rank = 0; // of its insertion
};

class WheelRandom : public testing::Test
{
  protected:
    WheelRandom() : w(new nr_wheel), timers(64), random(seed)
    {
        nr_wheel_init(w.get());
    }

    // Of any magnitude up to 2^bits.
    uint64_t Distance(unsigned bits)
    {
        return random() >> (63 - random() % bits);
    }

    Timer *Earliest()
    {
        Timer *first = nullptr;
        for (Timer &t : timers) {
            if (t.is_armed && (!first || t.due < first->due ||
                               (t.due == first->due && t.rank < first->rank)))
                first = &t;
        }
        return first;
    }

    void Toggle(Timer *t)
    {
        if (t->is_armed) {
            nr_wheel_remove(w.get(), &t->entry);
            t->is_armed = false;
            return;
        }
        uint64_t tick = w->now + Distance(44);
        if (random() % 16 == 0)
            tick = w->now - std::min(w->now, Distance(20));
        if (random() % 4 == 0 && Earliest())
            tick = Earliest()->due; // the same tick as another
        if (random() % 64 == 0)
            tick = UINT64_MAX - 1;
        nr_wheel_insert(w.get(), &t->entry, tick);
        t->is_armed = true;
        t->due = std::max(tick, w->now);
        t->rank = ++ranks;
    }

    void ExpectNext()
    {
        uint64_t next = nr_wheel_next(w.get());
        Timer *first = Earliest();
        if (!first) {
            ASSERT_EQ(next, NR_WHEEL_NEVER);
            return;
        }
        ASSERT_LE(next, first->due);
        if (first->due / 64 == w->now / 64) {
            ASSERT_EQ(next, first->due);
        }
    }

    // Toggles some between the entries it takes out.
    void Advance(uint64_t tick)
    {
        for (;;) {
            unsigned moves = static_cast<unsigned>(random() % 4);
            nr_wheel_entry *e = nr_wheel_advance(w.get(), tick, &moves);
            if (!e && moves == 0) { // or none is left: the next call tells
                if (random() % 4 == 0)
                    Toggle(&timers[random() % timers.size()]);
                continue;
            }
            Timer *first = Earliest();
            if (!first || first->due > tick) {
                ASSERT_EQ(e, nullptr);
                ASSERT_EQ(w->now, tick);
                return;
            }
            ASSERT_EQ(e, &first->entry);
            ASSERT_EQ(w->now, first->due);
            first->is_armed = false;
            if (random() % 8 == 0)
                Toggle(&timers[random() % timers.size()]);
        }
    }

    const uint32_t seed = random_seed();
    std::unique_ptr<nr_wheel> w;
    std::vector<Timer> timers;
    std::mt19937_64 random;
    uint64_t ranks = 0;
};

TEST_F(WheelRandom, AWheelAgreesWithASearchedList)
{
    for (int i = 0; i < 40000; i++) {
        Toggle(&timers[random() % timers.size()]);
        ASSERT_NO_FATAL_FAILURE(ExpectNext());
        if (random() % 4 == 0) {
            ASSERT_NO_FATAL_FAILURE(Advance(w->now + Distance(40)));
        }
        if (random() % 8 == 0 && Earliest()) {
            uint64_t next = nr_wheel_next(w.get());
            if (next < UINT64_MAX - 2 && next < (UINT64_C(1) << 60)) {
                ASSERT_NO_FATAL_FAILURE(Advance(next));
            }
        }
    }
}

TEST_F(WheelRandom, NothingIsLeftWhenAllWereTakenOut)
{
    for (int i = 0; i < 2000; i++) {
        for (int k = 0; k < 20; k++)
            Toggle(&timers[random() % timers.size()]);
        for (Timer &t : timers) {
            if (t.is_armed)
                Toggle(&t);
        }
        ASSERT_EQ(nr_wheel_next(w.get()), NR_WHEEL_NEVER);
        ASSERT_NO_FATAL_FAILURE(Advance(w->now + Distance(40)));
    }
}

} // namespace
