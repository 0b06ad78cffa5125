// SPDX-License-Identifier: MIT
#include "nanorun/rt/thread/spinlock.h"

#include <vector>

#include <gtest/gtest.h>

#include "tests/support/test_thread.h"

namespace
{

enum { LOCKED = 4, OTHER = 1 };

uint32_t sleepers()
{
    return nr_load_u32_relaxed(&nr_spin_sleepers_.count);
}

void wait_for_sleepers(uint32_t count)
{
    while (sleepers() != count)
        nr_sys_thread_yield();
}

TEST(Spinlock, AThreadThatWaitsLongSleepsUntilTheUnlock)
{
    uint32_t lock = 0;
    int guarded = 0;
    nr_spin_lock(&lock);
    Thread waiter([&] {
        nr_spin_lock(&lock);
        guarded++;
        nr_spin_unlock(&lock);
    });
    wait_for_sleepers(1);
    guarded++;
    nr_spin_unlock(&lock);
    waiter.join();
    EXPECT_EQ(guarded, 2);
    EXPECT_EQ(sleepers(), 0u);
}

TEST(Spinlock, EveryThreadThatWaitsForABitIsWoken)
{
    nr_atomic_u32 word = {LOCKED | OTHER};
    uint32_t seen[2] = {};
    Thread first([&] { seen[0] = nr_spin_wait(&word, LOCKED); });
    Thread second([&] { seen[1] = nr_spin_wait(&word, LOCKED); });
    wait_for_sleepers(2);
    nr_store_u32_release(&word, OTHER);
    nr_spin_wake(&word);
    first.join();
    second.join();
    EXPECT_EQ(seen[0], (uint32_t)OTHER);
    EXPECT_EQ(seen[1], (uint32_t)OTHER);
    EXPECT_EQ(sleepers(), 0u);
}

TEST(Spinlock, AnUnlockOfAnotherWordLeavesASleeperAsleep)
{
    uint32_t lock = 0, other = 0;
    nr_spin_lock(&lock);
    Thread waiter([&] {
        nr_spin_lock(&lock);
        nr_spin_unlock(&lock);
    });
    wait_for_sleepers(1);
    nr_spin_lock(&other);
    nr_spin_unlock(&other);
    nr_spin_unlock(&lock);
    waiter.join();
}

// Holders that let others run, so that the others come to sleep. A wake-up that
// is lost leaves a thread asleep for ever.
TEST(Spinlock, OneOfManyThatSpinAndSleepHoldsASpinlock)
{
    enum { THREADS = 4, ROUNDS = 200, LONG = 50 };
    uint32_t lock = 0;
    uint64_t sum = 0;
    std::vector<Thread> threads;
    for (int i = 0; i < THREADS; i++)
        threads.emplace_back([&, i] {
            for (int round = 0; round < ROUNDS; round++) {
                nr_spin_lock(&lock);
                uint64_t before = sum;
                for (int n = 0; (round + i) % 8 == 0 && n < LONG; n++)
                    nr_sys_thread_yield();
                sum = before + 1;
                nr_spin_unlock(&lock);
            }
        });
    for (Thread &thread : threads)
        thread.join();
    EXPECT_EQ(sum, (uint64_t)THREADS * ROUNDS);
    EXPECT_EQ(sleepers(), 0u);
}

} // namespace
