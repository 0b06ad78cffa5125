// SPDX-License-Identifier: MIT
#include <atomic>

#include "nanorun/rt/blocking.h"
#include "nanorun/rt/group.h"
#include "nanorun/sys/memory.h"
#include "tests/support/random.h"
#include "tests/support/runtime.h"

// Tasks with jobs of both kinds of argument, cancelled at any moment: a
// borrowed argument is not used after its await, an owned one is dropped once.

namespace
{

#ifdef NR_SYS_SIM
enum { TASKS = 8, ROUNDS = 3 };
#else
enum { TASKS = 64, ROUNDS = 60 };
#endif

std::atomic<int> made, dropped;

ptrdiff_t use(void *arg)
{
    int *n = (int *)arg;
    for (int i = 0; i < 50; i++)
        ++*n;
    return *n;
}

void drop(void *arg)
{
    dropped++;
    nr_sys_free(arg);
}

// Its frame is gone soon after it was cancelled.
ASYNC_FN(void, borrow, (), int n; ptrdiff_t sum;)
{
    ASYNC_BEGIN(borrow);
    AWAIT(self->sum, nr_blocking(use, &self->n));
    EXPECT_EQ(self->sum, 50);
    ASYNC_END;
}

ASYNC_FN(void, own, (), int *n; ptrdiff_t sum;)
{
    ASYNC_BEGIN(own);
    self->n = (int *)nr_sys_alloc(sizeof *self->n);
    *self->n = 0;
    made++;
    AWAIT(self->sum, nr_blocking_owned(use, self->n, drop));
    EXPECT_EQ(self->sum, 50);
    ASYNC_END;
}

ASYNC_FN(void, storm, ((uint32_t, seed)), nr_group g; int round, i;)
{
    ASYNC_BEGIN(storm);
    for (; self->round < ROUNDS; self->round++) {
        nr_group_init(&self->g);
        for (self->i = 0; self->i < TASKS; self->i++) {
            if (self->i % 2 == 0)
                GROUP_SPAWN(&self->g, borrow());
            else
                GROUP_SPAWN(&self->g, own());
        }
        if (self->round % 3 != 0) {
            AWAIT(nr_sleep_until_ns(nr_now_ns() +
                                    random_below(&self->seed, 300000)));
            nr_group_abort(&self->g);
        }
        AWAIT(nr_group_join(&self->g));
        nr_group_deinit(&self->g);
    }
    ASYNC_END;
}

TEST(BlockingStress, JobsAreCancelledAtAnyMoment)
{
    uint64_t blocks = nr_sys_alloc_live();
    made = dropped = 0;
    nr_runtime_options o = {};
    o.workers = 4;
    o.blocking_threads = 3;
    o.blocking_keep_ms = 1;
    nr_runtime *rt = nr_runtime_create(&o);
    ASSERT_TRUE(rt);
    BLOCK_ON(rt, storm(random_seed()));
    nr_runtime_destroy(rt);
    EXPECT_EQ(dropped, made);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

} // namespace
