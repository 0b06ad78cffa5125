// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/rt/pool/pool.h"
#include "nanorun/sys/memory.h"
#include "tests/rt/door.h"

// A pool by itself, whose jobs nobody awaits: the test looks at what they did.

namespace
{

class Pool : public ::testing::Test
{
  protected:
    void start(unsigned threads_max)
    {
        nr_pool_options o = {};
        o.threads_max = threads_max;
        o.keep_ns = 1000000;
        o.begins = [](nr_pool *) {};
        o.has_ended = [](nr_pool *) {};
        blocks = nr_sys_alloc_live();
        ASSERT_EQ(nr_pool_init(&pool, &o), 0);
    }
    // Every thread joins the one before it, so the last one ends last.
    void TearDown() override
    {
        nr_pool_end(&pool);
        while (threads() > 0)
            nr_sys_thread_yield();
        nr_pool_join(&pool);
        nr_pool_deinit(&pool);
        EXPECT_EQ(nr_sys_alloc_live(), blocks);
    }
    unsigned threads()
    {
        nr_sys_mutex_lock(&pool.lock);
        unsigned count = pool.threads;
        nr_sys_mutex_unlock(&pool.lock);
        return count;
    }
    void push(nr_job *job, Door *door, nr_job_kind kind)
    {
        *job = nr_job();
        job->run = Door::pass;
        job->arg = door;
        job->kind = kind;
        EXPECT_EQ(nr_pool_push(&pool, job), 0);
    }
    void await(nr_job *job)
    {
        while (!nr_pool_poll(&pool, job, nullptr))
            nr_sys_thread_yield();
    }

    nr_pool pool;
    uint64_t blocks = 0;
};

// A hundred look-ups that hang delay no file.
TEST_F(Pool, SlowJobsHaveHalfOfTheThreads)
{
    start(4);
    Door hanging, plain;
    nr_job slow[10], fast;
    for (nr_job &job : slow)
        push(&job, &hanging, NR_JOB_SLOW);
    hanging.await_begun(2);
    plain.open();
    push(&fast, &plain, NR_JOB_PLAIN);
    await(&fast);
    EXPECT_EQ(fast.result, 7);
    EXPECT_EQ(hanging.begun(), 2);
    EXPECT_LE(threads(), 3u) << "none waits for a job that may not run";
    hanging.open();
    for (nr_job &job : slow)
        await(&job);
    EXPECT_EQ(hanging.ended(), 10);
}

TEST_F(Pool, OneThreadRunsSlowJobsToo)
{
    start(1);
    Door d;
    nr_job job;
    d.open();
    push(&job, &d, NR_JOB_SLOW);
    await(&job);
    EXPECT_EQ(d.ended(), 1);
}

TEST_F(Pool, EndRefusesWhatIsQueuedAndWhatComes)
{
    start(1);
    Door d;
    nr_job running, queued, late;
    push(&running, &d, NR_JOB_PLAIN);
    d.await_begun(1);
    push(&queued, &d, NR_JOB_PLAIN);
    nr_pool_end(&pool);
    await(&queued);
    EXPECT_EQ(queued.result, -ECANCELED);
    late = queued;
    EXPECT_EQ(nr_pool_push(&pool, &late), -ECANCELED);
    d.open();
    await(&running);
    EXPECT_EQ(running.result, 7);
    EXPECT_EQ(d.begun(), 1);
}

// No thread, and then one.
TEST_F(Pool, PushWithoutAThreadIsRefusedOnlyWhereThereIsNone)
{
    start(2);
    Door first, second;
    nr_job refused = nr_job(), running, queued;
    refused.run = Door::pass;
    refused.arg = &first;
    nr_sys_alloc_fail(0, 1); // a thread needs memory
    EXPECT_EQ(nr_pool_push(&pool, &refused), -EAGAIN);
    nr_sys_alloc_fail(UINT64_MAX, 0);
    push(&running, &first, NR_JOB_PLAIN);
    first.await_begun(1);
    second.open();
    nr_sys_alloc_fail(0, 1);
    push(&queued, &second, NR_JOB_PLAIN);
    nr_sys_alloc_fail(UINT64_MAX, 0);
    EXPECT_EQ(second.begun(), 0);
    first.open();
    await(&running);
    await(&queued);
    EXPECT_EQ(second.ended(), 1);
}

} // namespace
