// SPDX-License-Identifier: MIT

// The input is a list of operations on a timer wheel, four bytes each: what,
// which timer, how many bits a distance is shifted, the distance. Beside it a
// std::multimap, which keeps what is equal in the order of its insertion, says
// what has to come out.

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>

#include "nanorun/rt/time/wheel.h"
#include "tests/fuzz/fuzz.h"

namespace
{

enum { TIMERS = 32, SHIFTS = 40 };

// Where the time may come to; from there on it is slow to go further.
const uint64_t LATEST = UINT64_C(1) << 60;

class Wheel
{
  public:
    Wheel() : w_(new nr_wheel)
    {
        nr_wheel_init(w_.get());
        for (Timer &t : timers_)
            t.at = due_.end();
    }

    void step(FuzzInput *input)
    {
        char what = (char)input->next();
        Timer *t = &timers_[input->next() % TIMERS];
        unsigned shift = (unsigned)(input->next() - '0') % SHIFTS;
        uint64_t distance = (uint64_t)input->next() << shift;
        if (what == 'i') // from now on
            insert(t, w_->now + distance);
        else if (what == 'p') // in the past
            insert(t, w_->now - std::min(w_->now, distance));
        else if (what == 's') // the same tick as the first
            insert(t, due_.empty() ? w_->now : due_.begin()->first);
        else if (what == 'n') // never
            insert(t, UINT64_MAX - distance % 4);
        else if (what == 'a')
            advance(w_->now + distance);
        else if (what == 'f' && !due_.empty()) // to the first
            advance(due_.begin()->first);
        else
            remove(t);
        check_next();
    }

    void remove_all()
    {
        for (Timer &t : timers_)
            remove(&t);
        FUZZ_CHECK(nr_wheel_next(w_.get()) == NR_WHEEL_NEVER);
        for (uint64_t bits : w_->occupied)
            FUZZ_CHECK(bits == 0);
    }

  private:
    struct Timer;
    typedef std::multimap<uint64_t, Timer *> Due;
    struct Timer {
        nr_wheel_entry entry = {}; // first
        Due::iterator at;
    };

    void insert(Timer *t, uint64_t tick)
    {
        remove(t);
        nr_wheel_insert(w_.get(), &t->entry, tick);
        t->at = due_.emplace(std::max(tick, w_->now), t);
    }

    void remove(Timer *t)
    {
        nr_wheel_remove(w_.get(), &t->entry);
        if (t->at != due_.end())
            due_.erase(t->at);
        t->at = due_.end();
    }

    void advance(uint64_t tick)
    {
        if (tick > LATEST)
            return;
        for (;;) {
            nr_wheel_entry *e = take(tick);
            if (due_.empty() || due_.begin()->first > tick) {
                FUZZ_CHECK(!e && w_->now == tick);
                return;
            }
            Timer *t = due_.begin()->second;
            FUZZ_CHECK(e == &t->entry && w_->now == t->at->first);
            due_.erase(t->at);
            t->at = due_.end();
        }
    }

    // Now and then a timer is armed or removed between two moves.
    nr_wheel_entry *take(uint64_t tick)
    {
        for (;;) {
            unsigned moves = 1 + turns_++ % 3;
            nr_wheel_entry *e = nr_wheel_advance(w_.get(), tick, &moves);
            if (e || moves != 0)
                return e;
            if (due_.empty())
                continue;
            FUZZ_CHECK(nr_wheel_next(w_.get()) <= due_.begin()->first);
            if (turns_ % 5 == 0)
                insert(&timers_[turns_ % TIMERS], due_.begin()->first);
            else if (turns_ % 7 == 0)
                remove(&timers_[turns_ % TIMERS]);
        }
    }

    void check_next() const
    {
        uint64_t next = nr_wheel_next(w_.get());
        if (due_.empty()) {
            FUZZ_CHECK(next == NR_WHEEL_NEVER);
            return;
        }
        uint64_t first = due_.begin()->first;
        FUZZ_CHECK(next <= first && next >= w_->now);
        FUZZ_CHECK(first / 64 != w_->now / 64 || next == first);
    }

    std::unique_ptr<nr_wheel> w_;
    Due due_;
    Timer timers_[TIMERS];
    unsigned turns_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input(data, size);
    Wheel wheel;
    while (!input.is_over())
        wheel.step(&input);
    wheel.remove_all();
    return 0;
}
