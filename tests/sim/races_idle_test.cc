// SPDX-License-Identifier: MIT
#include "nanorun/rt/group.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/test_thread.h"

// Small races of workers that search and sleep with polls that end only when
// other workers have done something.

namespace
{

typedef std::atomic<bool> Flag;

ASYNC_FN(void, spin_until, ((Flag *, flag)))
{
    ASYNC_BEGIN(spin_until);
    while (!*self->flag)
        nr_sys_thread_yield();
    ASYNC_END;
}

ASYNC_FN(void, set_flag, ((Flag *, flag)))
{
    ASYNC_BEGIN(set_flag);
    *self->flag = true;
    ASYNC_END;
}

ASYNC_FN(void, hold_a_worker, ((Flag *, has_begun), (Flag *, ends)))
{
    ASYNC_BEGIN(hold_a_worker);
    *self->has_begun = true;
    while (!*self->ends)
        nr_sys_thread_yield();
    ASYNC_END;
}

// One worker may take both of what is injected, while the other wakes up for
// them and finds none.
TEST(IdleRaces, ABatchThatIsTakenAgainstASearch)
{
    Runtime rt(2);
    Handle h(rt);
    for (int i = 0; i < 10; i++) {
        Flag has_begun{false}, ends{false}, flag{false};
        auto held = SPAWN_ON(h, hold_a_worker(&has_begun, &ends));
        while (!has_begun)
            nr_sys_thread_yield();
        auto spinner = SPAWN_ON(h, spin_until(&flag));
        auto setter = SPAWN_ON(h, set_flag(&flag));
        ends = true;
        // Besides two that run, so that either may stand still in a simulation.
        while (!IS_FINISHED(spinner))
            nr_sys_thread_yield();
        BLOCK_ON(rt, JOIN(held));
        BLOCK_ON(rt, JOIN(spinner));
        BLOCK_ON(rt, JOIN(setter));
    }
}

enum { PARTIES = 4 };

ASYNC_FN(void, spin_together, ((std::atomic<int> *, come)))
{
    ASYNC_BEGIN(spin_together);
    ++*self->come;
    while (*self->come < PARTIES)
        nr_sys_thread_yield();
    ASYNC_END;
}

ASYNC_FN(void, spin_with_all, ((std::atomic<int> *, come)), nr_group g; int i;)
{
    ASYNC_BEGIN(spin_with_all);
    nr_group_init(&self->g);
    for (self->i = 1; self->i < PARTIES; self->i++)
        GROUP_SPAWN(&self->g, spin_together(self->come));
    AWAIT(spin_together(self->come));
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    nr_group_deinit(&self->g);
    ASYNC_END;
}

TEST(IdleRaces, ABurstWakesAWorkerForEach)
{
    Runtime rt(PARTIES);
    for (int i = 0; i < 3; i++) {
        std::atomic<int> come{0};
        BLOCK_ON(rt, spin_with_all(&come));
    }
}

// Tasks that make each other one at a time, so that the other workers nap; the
// last one waits for what it made, and counts.
ASYNC_FN(void, pass_on, ((std::atomic<int> *, ended), (int, left)), Flag flag;)
{
    ASYNC_BEGIN(pass_on);
    if (self->left > 0) {
        DETACH(SPAWN(pass_on(self->ended, self->left - 1)));
        ASYNC_RETURN();
    }
    DETACH(SPAWN(set_flag(&self->flag)));
    while (!self->flag)
        nr_sys_thread_yield();
    ++*self->ended;
    ASYNC_END;
}

TEST(IdleRaces, ANapAgainstALongPoll)
{
    for (unsigned workers : {2u, 3u}) {
        std::atomic<int> ended{0};
        Runtime rt(workers);
        for (int i = 1; i <= 2; i++) {
            BLOCK_ON(rt, pass_on(&ended, 150));
            while (ended < i)
                nr_sys_thread_yield();
        }
    }
}

} // namespace
