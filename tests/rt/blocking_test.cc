// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/rt/blocking.h"
#include "nanorun/rt/group.h"
#include "nanorun/sys/memory.h"
#include "tests/rt/door.h"
#include "tests/support/runtime.h"

namespace
{

#ifdef NR_SYS_SIM
enum { JOBS = 50 };
#else
enum { JOBS = 20000 };
#endif

class Blocking : public ::testing::Test
{
  protected:
    void start(unsigned threads, unsigned keep_ms)
    {
        nr_runtime_options o = {};
        o.workers = 2;
        o.blocking_threads = threads;
        o.blocking_keep_ms = keep_ms;
        blocks = nr_sys_alloc_live();
        rt = nr_runtime_create(&o);
        ASSERT_TRUE(rt);
        handle = nr_runtime_handle(rt);
    }
    void SetUp() override
    {
        start(0, 0);
    }
    void TearDown() override
    {
        end();
        EXPECT_EQ(nr_sys_alloc_live(), blocks);
    }
    void end()
    {
        nr_handle_release(handle);
        nr_runtime_destroy(rt);
        handle = nullptr;
        rt = nullptr;
    }
    void restart(unsigned threads, unsigned keep_ms)
    {
        end();
        start(threads, keep_ms);
    }

    nr_runtime *rt = nullptr;
    nr_handle *handle = nullptr;
    uint64_t blocks = 0;
};

ptrdiff_t add_one(void *arg)
{
    return ++*(int *)arg;
}

ASYNC_FN(int, count_up, (), ptrdiff_t n; int value;)
{
    ASYNC_BEGIN(count_up);
    while (self->value < JOBS) {
        AWAIT(self->n, nr_blocking(add_one, &self->value));
        EXPECT_EQ(self->n, self->value);
    }
    ASYNC_RETURN(self->value);
    ASYNC_END;
}

TEST_F(Blocking, JobsRunInTurnAndGiveTheirResults)
{
    EXPECT_EQ(BLOCK_ON(rt, count_up()), JOBS);
}

// Jobs of one task after the other leave no memory behind.
TEST_F(Blocking, ManyJobsKeepMemoryFlat)
{
    BLOCK_ON(rt, count_up());
    uint64_t before = nr_sys_alloc_live();
    BLOCK_ON(rt, count_up());
    EXPECT_LE(nr_sys_alloc_live(), before + 4);
}

ASYNC_FN(ptrdiff_t, pass_door, ((Door *, d)), ptrdiff_t n;)
{
    ASYNC_BEGIN(pass_door);
    AWAIT(self->n, nr_blocking(Door::pass, self->d));
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(ptrdiff_t, pass_owned, ((Door *, d)), ptrdiff_t n;)
{
    ASYNC_BEGIN(pass_owned);
    AWAIT(self->n, nr_blocking_owned(Door::pass, self->d, Door::drop));
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, spawn_four, ((Door *, d)), nr_group g;)
{
    ASYNC_BEGIN(spawn_four);
    nr_group_init(&self->g);
    for (int i = 0; i < 4; i++)
        GROUP_SPAWN(&self->g, pass_door(self->d));
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    nr_group_deinit(&self->g);
    ASYNC_END;
}

ASYNC_FN(int, sleep_little, ())
{
    ASYNC_BEGIN(sleep_little);
    AWAIT(nr_sleep_ms(5));
    ASYNC_RETURN(1);
    ASYNC_END;
}

TEST_F(Blocking, JobsRunAtTheSameTimeUpToTheMostThreads)
{
    restart(2, 0);
    Door d;
    JOIN_HANDLE(spawn_four)
    task = SPAWN_ON(handle, spawn_four(&d));
    d.await_begun(2);
    EXPECT_EQ(BLOCK_ON(rt, sleep_little()), 1) << "the workers are free";
    EXPECT_EQ(d.begun(), 2);
    d.open();
    BLOCK_ON(rt, JOIN(task));
    EXPECT_EQ(d.ended(), 4);
}

// ---- cancellation ----

ASYNC_FN(int, cancel_queued, ((Door *, first), (Door *, second)),
         JOIN_HANDLE(pass_door) busy;
         JOIN_HANDLE(pass_door) queued; JOIN_HANDLE(pass_owned) owned;
         ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(cancel_queued);
    self->busy = SPAWN(pass_door(self->first));
    while (self->first->begun() == 0)
        AWAIT(nr_sleep_ms(1));
    self->queued = SPAWN(pass_door(self->second));
    self->owned = SPAWN(pass_owned(self->second));
    AWAIT(nr_sleep_ms(1));
    ABORT(self->queued);
    ABORT(self->owned);
    AWAIT(self->err, JOIN_STATUS(self->queued, &self->n));
    EXPECT_EQ(self->err, -ECANCELED);
    AWAIT(self->err, JOIN_STATUS(self->owned, &self->n));
    EXPECT_EQ(self->err, -ECANCELED);
    EXPECT_EQ(self->second->dropped(), 1);
    self->first->open();
    AWAIT(self->n, JOIN(self->busy));
    EXPECT_EQ(self->n, 7);
    ASYNC_RETURN(0);
    ASYNC_END;
}

TEST_F(Blocking, JobThatIsCancelledInTheQueueNeverRuns)
{
    restart(1, 0);
    Door first, second;
    BLOCK_ON(rt, cancel_queued(&first, &second));
    EXPECT_EQ(second.begun(), 0);
    EXPECT_EQ(second.dropped(), 1);
}

ASYNC_FN(int, open_later, ((Door *, d)))
{
    ASYNC_BEGIN(open_later);
    AWAIT(nr_sleep_ms(5));
    self->d->open();
    ASYNC_RETURN(0);
    ASYNC_END;
}

ASYNC_FN(int, cancel_running, ((Door *, d)), JOIN_HANDLE(pass_door) task;
         JOIN_HANDLE(open_later) opener; ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(cancel_running);
    self->task = SPAWN(pass_door(self->d));
    while (self->d->begun() == 0)
        AWAIT(nr_sleep_ms(1));
    self->opener = SPAWN(open_later(self->d));
    ABORT(self->task);
    AWAIT(self->err, JOIN_STATUS(self->task, &self->n));
    EXPECT_EQ(self->err, -ECANCELED);
    EXPECT_EQ(self->d->ended(), 1) << "its argument was borrowed";
    AWAIT(self->err, JOIN(self->opener));
    ASYNC_RETURN(0);
    ASYNC_END;
}

TEST_F(Blocking, CancellationWaitsForAJobThatBorrows)
{
    Door d;
    BLOCK_ON(rt, cancel_running(&d));
}

ASYNC_FN(int, leave_running, ((Door *, d)), ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(leave_running);
    AWAIT(self->err, TIMEOUT_MS(5, pass_owned(self->d), &self->n));
    EXPECT_EQ(self->err, -ETIMEDOUT);
    EXPECT_EQ(self->d->ended(), 0);
    EXPECT_EQ(self->d->dropped(), 0);
    ASYNC_RETURN(0);
    ASYNC_END;
}

TEST_F(Blocking, CancellationLeavesAJobThatOwns)
{
    Door d;
    BLOCK_ON(rt, leave_running(&d));
    d.await_begun(1);
    d.open();
    end();
    EXPECT_EQ(d.ended(), 1) << "destroy waits for it";
    EXPECT_EQ(d.dropped(), 1);
}

TEST_F(Blocking, OwnedArgumentIsDroppedOnce)
{
    Door d;
    d.open();
    EXPECT_EQ(BLOCK_ON(rt, pass_owned(&d)), 7);
    EXPECT_EQ(d.dropped(), 1);
    nr_future_drop(&nr_blocking_owned(Door::pass, &d, Door::drop)->base);
    EXPECT_EQ(d.dropped(), 2) << "never awaited";
    EXPECT_EQ(d.begun(), 1);
}

// ---- threads and the end ----

ASYNC_FN(int, one_job, (), ptrdiff_t n; int value;)
{
    ASYNC_BEGIN(one_job);
    AWAIT(self->n, nr_blocking(add_one, &self->value));
    ASYNC_RETURN(self->value);
    ASYNC_END;
}

// Each of the waits ends a thread, and the next job starts one.
ASYNC_FN(int, with_pauses, (), int i, n;)
{
    ASYNC_BEGIN(with_pauses);
    for (; self->i < 5; self->i++) {
        AWAIT(self->n, one_job());
        EXPECT_EQ(self->n, 1);
        AWAIT(nr_sleep_ms(3));
    }
    ASYNC_RETURN(0);
    ASYNC_END;
}

TEST_F(Blocking, IdleThreadsEndAndAreStartedAgain)
{
    restart(3, 1);
    BLOCK_ON(rt, with_pauses());
}

ASYNC_FN(int, job_in_finally, ((ptrdiff_t *, told)), int value;)
{
    ASYNC_BEGIN(job_in_finally);
    AWAIT(nr_sleep_ms(1000000));
    ASYNC_RETURN(0);
    ASYNC_FINALLY;
    AWAIT(*self->told, nr_blocking(add_one, &self->value));
    ASYNC_END;
}

TEST_F(Blocking, EndingRuntimeRefusesJobs)
{
    ptrdiff_t result = 0;
    DETACH(SPAWN_ON(handle, job_in_finally(&result)));
    EXPECT_EQ(BLOCK_ON(rt, sleep_little()), 1);
    end();
    EXPECT_EQ(result, -ECANCELED);
}

TEST_F(Blocking, BoundedShutdownDoesNotWaitForAJobThatHangs)
{
    Door borrowed, owned;
    DETACH(SPAWN_ON(handle, pass_door(&borrowed)));
    DETACH(SPAWN_ON(handle, pass_owned(&owned)));
    borrowed.await_begun(1);
    owned.await_begun(1);
    EXPECT_EQ(nr_runtime_shutdown(rt, 10), -ETIMEDOUT);
    rt = nullptr;
    end();
    EXPECT_EQ(borrowed.ended() + owned.ended(), 0);
    borrowed.open();
    owned.open();
    wait_until_live(blocks); // the last thread frees what the jobs use
    EXPECT_EQ(borrowed.ended() + owned.ended(), 2);
    EXPECT_EQ(owned.dropped(), 1);
}

} // namespace
