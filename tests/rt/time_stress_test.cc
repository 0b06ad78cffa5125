/* SPDX-License-Identifier: MIT */

/* Timers that are armed and disarmed while others fire, on several workers. */

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <vector>

#include "nanorun/async.h"
#include "nanorun/rt/sched/worker.h"
#include "nanorun/sys/memory.h"
#include "tests/support/random.h"
#include "tests/support/runtime.h"

namespace
{

struct Shared {
    std::atomic<unsigned> early{0};
    std::atomic<unsigned> ended{0};
};

// A step of some generator, good enough to scatter.
unsigned Scatter(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

// Sleeps, sleeps within a bound that is about as long, and aborted sleeps.
ASYNC_FN(void, arms_many, ((Shared *, shared), (unsigned, random), (int, n)),
         JOIN_HANDLE(nr_sleep_ms) h;
         int error; uint64_t deadline_ns;)
{
    ASYNC_BEGIN(arms_many);
    while (self->n-- > 0) {
        self->deadline_ns = nr_now_ns() + Scatter(&self->random) % 1500000;
        AWAIT(self->error, TIMEOUT_MS(1, nr_sleep_until_ns(self->deadline_ns)));
        if (self->error == 0 && nr_now_ns() < self->deadline_ns)
            self->shared->early++;
        self->h = SPAWN(nr_sleep_ms(1 + Scatter(&self->random) % 2));
        if (Scatter(&self->random) % 2)
            AWAIT(nr_sleep_ms(1));
        ABORT(self->h);
        AWAIT(self->error, JOIN_STATUS(self->h));
        self->shared->ended += self->error == 0 || self->error == -ECANCELED;
    }
    ASYNC_END;
}

TEST(TimeStress, ArmingAndDisarmingRaceTheFiring)
{
    const uint32_t seed = random_seed();
    const unsigned tasks = 100;
    const int each = 50; // two or three timers each: over 10,000
    uint64_t live_before = nr_sys_alloc_live();
    Shared shared;
    nr_runtime *rt = runtime_of(3);
    nr_handle *handle = nr_runtime_handle(rt);
    std::vector<JOIN_HANDLE(arms_many)> handles;
    for (unsigned i = 0; i < tasks; i++)
        handles.push_back(SPAWN_ON(handle, arms_many(&shared, seed + i, each)));
    for (auto h : handles)
        BLOCK_ON(rt, JOIN(h));
    for (unsigned i = 0; i < rt->workers_count; i++)
        EXPECT_EQ(nr_load_size_relaxed(&rt->workers[i].timers->armed), 0u);
    nr_runtime_destroy(rt);
    nr_handle_release(handle);
    EXPECT_EQ(shared.early.load(), 0u);
    EXPECT_EQ(shared.ended.load(), tasks * each);
    EXPECT_EQ(nr_sys_alloc_live(), live_before);
}

// All of them sleep at once, and all are cancelled while the first fire.
TEST(TimeStress, TenThousandSleepersAreCancelledAtOnce)
{
    uint64_t live_before = nr_sys_alloc_live();
    nr_runtime *rt = runtime_of(3);
    nr_handle *handle = nr_runtime_handle(rt);
    std::vector<JOIN_HANDLE(nr_sleep_ms)> handles;
    for (uint64_t i = 0; i < 10000; i++)
        handles.push_back(SPAWN_ON(handle, nr_sleep_ms(i % 40 + i % 7 * 9)));
    int fired = 0, cancelled = 0;
    for (auto h : handles)
        ABORT(h);
    for (auto h : handles) {
        int error = BLOCK_ON(rt, JOIN_STATUS(h));
        fired += error == 0;
        cancelled += error == -ECANCELED;
    }
    EXPECT_EQ(fired + cancelled, 10000);
    for (unsigned i = 0; i < rt->workers_count; i++)
        EXPECT_EQ(nr_load_size_relaxed(&rt->workers[i].timers->armed), 0u);
    nr_runtime_destroy(rt);
    nr_handle_release(handle);
    EXPECT_EQ(nr_sys_alloc_live(), live_before);
}

} // namespace
