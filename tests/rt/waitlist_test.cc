// SPDX-License-Identifier: MIT
#include "nanorun/rt/sync/waitlist.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace
{

// One that wakes in batches comes back to the object after each.
TEST(Waitlist, TheEndOfAWaitlistWaitsForWhoeverComesBack)
{
    nr_waiters w;
    std::atomic<bool> has_ended{false};
    nr_waiters_init(&w);
    nr_waiters_lock(&w);
    nr_waiters_pin(&w);
    nr_waiters_unlock(&w);
    std::thread ender([&] {
        nr_waiters_end(&w, false, "in use", nullptr);
        has_ended = true;
    });
    for (int i = 0; i < 1000; i++) {
        std::this_thread::yield();
        EXPECT_FALSE(has_ended);
    }
    nr_waiters_lock(&w);
    nr_waiters_unpin(&w);
    nr_waiters_unlock(&w);
    ender.join();
    EXPECT_TRUE(has_ended);
}

} // namespace
