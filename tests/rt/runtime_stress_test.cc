// SPDX-License-Identifier: MIT
#include <random>
#include <vector>

#include "tests/rt/runtime_helpers.h"
#include "tests/support/random.h"
#include "tests/support/test_thread.h"

// Work that comes from outside at any moment of a worker's way to sleep. There
// is no watchdog but the test's timeout: a lost wake-up hangs.

namespace
{

enum { ROUNDS = 3000 };

class Stress : public testing::TestWithParam<unsigned>
{
  protected:
    void SetUp() override
    {
        random_.seed(random_seed());
    }
    // Passes a random moment.
    void dawdle()
    {
        static std::atomic<unsigned> sink{0};
        unsigned n = random_() % 4 == 0 ? 0 : random_() % 3000;
        for (unsigned i = 0; i < n; i++)
            sink.fetch_add(1, std::memory_order_relaxed);
    }
    std::minstd_rand random_;
};

ASYNC_FN(void, report, ((Count *, done)))
{
    ASYNC_BEGIN(report);
    self->done->add();
    ASYNC_END;
}

TEST_P(Stress, NoTaskFromOutsideIsLeftWithAllWorkersAsleep)
{
    Count done;
    Runtime rt(GetParam());
    Handle h(rt);
    long total = 0;
    for (int i = 0; i < ROUNDS; i++) {
        long n = 1 + long(random_() % 3);
        dawdle();
        for (long k = 0; k < n; k++)
            DETACH(SPAWN_ON(h, report(&done)));
        done.wait_for(total += n);
    }
}

ASYNC_FN(void, wait_and_report, ((Event *, e), (Count *, done), (int, n)),
         int i;)
{
    ASYNC_BEGIN(wait_and_report);
    for (self->i = 0; self->i < self->n; self->i++) {
        AWAIT(event_wait(self->e));
        self->done->add();
    }
    ASYNC_END;
}

TEST_P(Stress, NoWakeUpFromOutsideIsLost)
{
    Count done;
    Event e;
    Runtime rt(GetParam());
    Handle h(rt);
    JOIN_HANDLE(wait_and_report)
    j = SPAWN_ON(h, wait_and_report(&e, &done, ROUNDS));
    for (int i = 0; i < ROUNDS; i++) {
        dawdle();
        e.set();
        done.wait_for(i + 1);
    }
    BLOCK_ON(rt, JOIN(j));
}

// A task that spawns others from its worker, a few at a time.
ASYNC_FN(void, fan_out, ((Count *, done), (int, depth)), int i;)
{
    ASYNC_BEGIN(fan_out);
    for (self->i = 0; self->depth > 0 && self->i < 3; self->i++) {
        DETACH(SPAWN(fan_out(self->done, self->depth - 1)));
        if (self->i == 1)
            YIELD_NOW();
    }
    self->done->add();
    ASYNC_END;
}

TEST_P(Stress, AllThatFansOutRuns)
{
    Count done;
    Runtime rt(GetParam());
    Handle h(rt);
    for (int i = 0; i < ROUNDS / 20; i++) {
        dawdle();
        DETACH(SPAWN_ON(h, fan_out(&done, 4)));
        done.wait_for((i + 1) * (1 + 3 + 9 + 27 + 81));
    }
}

ASYNC_FN(void, sleep_and_report, ((Count *, done)))
{
    ASYNC_BEGIN(sleep_and_report);
    AWAIT(nr_sleep_ms(1));
    self->done->add();
    ASYNC_END;
}

// A deadline that is armed while the driver waits for a later one, or goes to.
TEST_P(Stress, NoDeadlineIsSleptThrough)
{
    Count done;
    Runtime rt(GetParam());
    Handle h(rt);
    long total = 0;
    for (int i = 0; i < ROUNDS / 20; i++) {
        dawdle();
        DETACH(SPAWN_ON(h, sleep_and_report(&done)));
        DETACH(SPAWN_ON(h, report(&done)));
        done.wait_for(total += 2);
    }
}

TEST_P(Stress, WakersFromManyThreadsAtOnce)
{
    enum { THREADS = 3 };
    Runtime rt(GetParam());
    Handle h(rt);
    for (int i = 0; i < ROUNDS / 30; i++) {
        Count done;
        Event e;
        std::atomic<bool> stop{false};
        JOIN_HANDLE(wait_and_report)
        j = SPAWN_ON(h, wait_and_report(&e, &done, 20));
        std::vector<Thread> wakers;
        for (int t = 0; t < THREADS; t++) {
            wakers.emplace_back([&] {
                while (!stop)
                    e.wake();
            });
        }
        for (int k = 0; k < 20; k++) {
            e.set();
            done.wait_for(k + 1);
        }
        BLOCK_ON(rt, JOIN(j));
        stop = true;
        for (auto &t : wakers)
            t.join();
    }
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, Stress, testing::Values(1u, 2u, 3u, 8u));

} // namespace
