// SPDX-License-Identifier: MIT
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"

// Small races of workers about who waits in the driver, and until when.

namespace
{

constexpr uint64_t MS = 1000000, HOUR = 3600000 * MS;

typedef std::atomic<bool> Flag;

ASYNC_FN(void, spin_at, ((uint64_t, deadline_ns), (Flag *, flag)))
{
    ASYNC_BEGIN(spin_at);
    AWAIT(nr_sleep_until_ns(self->deadline_ns));
    while (!*self->flag)
        nr_sys_thread_yield();
    ASYNC_END;
}

ASYNC_FN(void, set_at, ((uint64_t, deadline_ns), (Flag *, flag)))
{
    ASYNC_BEGIN(set_at);
    AWAIT(nr_sleep_until_ns(self->deadline_ns));
    *self->flag = true;
    ASYNC_END;
}

// The worker that waited for the first deadline runs until the second.
TEST(DriverRaces, AWorkerThatLeavesTheDriverForATaskIsReplaced)
{
    Runtime rt(2);
    Handle h(rt);
    for (int i = 0; i < 3; i++) {
        Flag flag{false};
        uint64_t deadline_ns = nr_now_ns() + MS;
        auto setter = SPAWN_ON(h, set_at(deadline_ns + MS, &flag));
        auto spinner = SPAWN_ON(h, spin_at(deadline_ns, &flag));
        BLOCK_ON(rt, JOIN(setter));
        BLOCK_ON(rt, JOIN(spinner));
    }
}

// Returns how long it slept. First it is in a poll for long enough for the
// other worker to wait in the driver.
ASYNC_FN(uint64_t, spin_and_sleep, (), uint64_t since_ns; int i;)
{
    ASYNC_BEGIN(spin_and_sleep);
    for (self->i = 0; self->i < 100; self->i++)
        nr_sys_thread_yield();
    self->since_ns = nr_now_ns();
    AWAIT(nr_sleep_ms(1));
    ASYNC_RETURN(nr_now_ns() - self->since_ns);
    ASYNC_END;
}

TEST(DriverRaces, AnEarlierDeadlineInterruptsTheWaitForALaterOne)
{
    Runtime rt(2);
    Handle h(rt);
    auto later = SPAWN_ON(h, nr_sleep_until_ns(nr_now_ns() + HOUR));
    for (int i = 0; i < 3; i++)
        EXPECT_LT(BLOCK_ON(rt, spin_and_sleep()), HOUR / 2);
    ABORT(later);
    DETACH(later);
}

} // namespace
