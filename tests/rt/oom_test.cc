// SPDX-License-Identifier: MIT
#include <errno.h>

#include <functional>

#include "nanorun/sys/memory.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/sys_faults.h"

// Fails every single allocation of a run in turn, and every single call of the
// system that may fail: making a runtime, spawning, joining, sleeping,
// bounding, ending. Each time there is a documented error, every cleanup has
// run, and nothing is left.

namespace
{

// What has begun must end. What was cancelled before that has its FINALLY run,
// too, and is not counted.
struct Course {
    std::atomic<int> begun{0}, ended{0};
    Event never;
    bool is_complete = false; // written before `over`
    Count over;
};

ASYNC_FN(int, sleep_and_add, ((Course *, run), (int, a), (int, b)),
         bool has_begun;)
{
    ASYNC_BEGIN(sleep_and_add);
    self->has_begun = true;
    self->run->begun++;
    AWAIT(nr_sleep_ms(1));
    ASYNC_RETURN(self->a + self->b);
    ASYNC_FINALLY;
    self->run->ended += self->has_begun;
    ASYNC_END;
}

// Its cleanup awaits, also when memory is short.
ASYNC_FN(void, wait_for_ever, ((Course *, run)), bool has_begun;)
{
    ASYNC_BEGIN(wait_for_ever);
    self->has_begun = true;
    self->run->begun++;
    AWAIT(event_wait(&self->run->never));
    ASYNC_FINALLY;
    AWAIT(nr_sleep_ms(0));
    AWAIT(always_ready());
    self->run->ended += self->has_begun;
    ASYNC_END;
}

bool is_one_of(int error, int expected)
{
    return error == expected || error == -ENOMEM;
}

// The handle, which whoever takes it consumes.
template <class H> H take(H *h)
{
    H taken = *h;
    *h = nullptr;
    return taken;
}

ASYNC_FN(void, everything, ((Course *, run)), JOIN_HANDLE(sleep_and_add) h[3];
         JOIN_HANDLE(wait_for_ever) w; int i, v, e, failed;)
{
    ASYNC_BEGIN(everything);
    self->run->begun++;
    for (self->i = 0; self->i < 3; self->i++)
        self->h[self->i] = SPAWN(sleep_and_add(self->run, self->i, 1));
    self->w = SPAWN(wait_for_ever(self->run));

    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(self->e, JOIN_STATUS(take(&self->h[self->i]), &self->v));
        EXPECT_TRUE(is_one_of(self->e, 0)) << self->e;
        EXPECT_TRUE(self->e != 0 || self->v == self->i + 1) << self->v;
        self->failed += self->e != 0;
    }

    AWAIT(self->e,
          TIMEOUT_MS(100000, sleep_and_add(self->run, 2, 3), &self->v));
    EXPECT_TRUE(is_one_of(self->e, 0)) << self->e;
    self->failed += self->e != 0;

    AWAIT(self->e, TIMEOUT_MS(1, wait_for_ever(self->run)));
    EXPECT_TRUE(is_one_of(self->e, -ETIMEDOUT)) << self->e;
    self->failed += self->e != -ETIMEDOUT;

    ABORT(self->w);
    AWAIT(self->e, JOIN_STATUS(take(&self->w)));
    EXPECT_TRUE(is_one_of(self->e, -ECANCELED)) << self->e;
    self->failed += self->e != -ECANCELED;

    AWAIT(self->v, sleep_and_add(self->run, 4, 5));
    EXPECT_EQ(self->v, 9);
    self->run->is_complete = self->failed == 0;
    ASYNC_FINALLY;
    for (self->i = 0; self->i < 3; self->i++) {
        if (self->h[self->i])
            DETACH(take(&self->h[self->i]));
    }
    if (self->w)
        DETACH(take(&self->w));
    self->run->ended++;
    self->run->over.add();
    ASYNC_END;
}

// Runs it with a fault, which `arm` arranges once the test's own locks are
// made. Returns whether nothing failed visibly.
bool run_all(const std::function<void()> &arm)
{
    Course run;
    arm();
    nr_runtime_options options = {};
    options.workers = 1;
    errno = 0;
    nr_runtime *rt = nr_runtime_create(&options);
    if (!rt) {
        EXPECT_TRUE(errno == ENOMEM || errno == EAGAIN) << errno;
        return false;
    }
    {
        Handle h(rt);
        JOIN_HANDLE(everything) j = SPAWN_ON(h, everything(&run));
        if (!IS_FINISHED(j) || run.begun > 0)
            run.over.wait_for(1);
        DETACH(j);
    }
    nr_runtime_destroy(rt);
    EXPECT_EQ(run.ended, run.begun);
    return run.is_complete;
}

TEST(OutOfMemory, EveryAllocationMayFail)
{
    uint64_t blocks = nr_sys_alloc_live();
    bool is_over = false;
    uint64_t k = 0;
    for (; !is_over; k++) {
        SCOPED_TRACE(k);
        bool is_complete = run_all([k] { nr_sys_alloc_fail(k, 0); });
        is_over = sys_faults_alloc_is_to_come(k);
        EXPECT_TRUE(!is_over || is_complete);
        nr_sys_alloc_fail(UINT64_MAX, 0);
        ASSERT_EQ(nr_sys_alloc_live(), blocks);
    }
    EXPECT_GT(k, 10u);
}

TEST(OutOfMemory, EveryCallOfTheSystemMayFail)
{
    uint64_t blocks = nr_sys_alloc_live();
    bool is_over = false;
    uint64_t k = 0;
    for (; !is_over; k++) {
        SCOPED_TRACE(k);
        bool is_complete = run_all([k] { sys_faults_fail(k); });
        is_over = sys_faults_is_to_come();
        EXPECT_TRUE(!is_over || is_complete);
        sys_faults_fail(UINT64_MAX);
        ASSERT_EQ(nr_sys_alloc_live(), blocks);
    }
    EXPECT_GT(k, 5u);
}

TEST(OutOfMemory, AnyOfManyWorkersMayFailToBeMade)
{
    uint64_t blocks = nr_sys_alloc_live();
    nr_runtime_options options = {};
    options.workers = 3;
    nr_runtime *rt = nullptr;
    uint64_t k = 0;
    for (; !rt; k++) {
        sys_faults_fail(k);
        rt = nr_runtime_create(&options);
        ASSERT_TRUE(rt || nr_sys_alloc_live() == blocks) << k;
    }
    sys_faults_fail(UINT64_MAX);
    nr_runtime_destroy(rt);
    EXPECT_GT(k, 10u);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

TEST(OutOfMemory, EveryAllocationFromOneOnMayFail)
{
    uint64_t blocks = nr_sys_alloc_live();
    bool is_complete = false;
    for (uint64_t k = 0; !is_complete; k++) {
        SCOPED_TRACE(k);
        Course run;
        nr_runtime *rt = runtime_of(2);
        {
            Handle h(rt);
            nr_sys_alloc_fail(k, 1);
            JOIN_HANDLE(everything) j = SPAWN_ON(h, everything(&run));
            if (!IS_FINISHED(j) || run.begun > 0)
                run.over.wait_for(1);
            DETACH(j);
        }
        nr_runtime_destroy(rt);
        nr_sys_alloc_fail(UINT64_MAX, 0);
        EXPECT_EQ(run.ended, run.begun);
        is_complete = run.is_complete;
        ASSERT_EQ(nr_sys_alloc_live(), blocks);
    }
}

TEST(OutOfMemoryDeathTest, BlockOnWithoutALockOrConditionStops)
{
    Runtime rt(1);
    for (uint64_t after : {0, 1})
        EXPECT_DEATH(
            {
                sys_faults_fail(after);
                BLOCK_ON(rt, always_ready());
            },
            "BLOCK_ON: out of memory");
}

} // namespace
