/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/sched/injector.h"
#include "tests/support/test_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

namespace
{

// Tasks that only stand in a queue: no more than `next` of them is used.
class InjectorTest : public testing::Test
{
  protected:
    InjectorTest() : tasks(new nr_task[400]())
    {
        nr_injector_init(&q);
    }

    // Pushes the tasks from `from` to `to` as one batch.
    bool Push(size_t from, size_t to)
    {
        for (size_t i = from; i < to; i++)
            tasks[i].next = &tasks[i + 1];
        tasks[to].next = &tasks[399]; // what follows it is none of the batch
        return nr_injector_push(&q, &tasks[from], &tasks[to], to - from + 1);
    }

    void ExpectPop(size_t n, size_t from, size_t count)
    {
        std::vector<nr_task *> out(n + 1, nullptr);
        ASSERT_EQ(nr_injector_pop(&q, out.data(), n), count);
        for (size_t i = 0; i < count; i++)
            EXPECT_EQ(out[i], &tasks[from + i]);
        EXPECT_EQ(out[count], nullptr);
    }

    std::unique_ptr<nr_task[]> tasks;
    nr_injector q;
};

TEST_F(InjectorTest, AnInjectorStartsEmpty)
{
    EXPECT_EQ(nr_injector_count(&q), 0u);
    ExpectPop(4, 0, 0);
}

TEST_F(InjectorTest, TasksLeaveInTheOrderTheyCame)
{
    for (size_t i = 0; i < 300; i++)
        EXPECT_TRUE(Push(i, i));
    EXPECT_EQ(nr_injector_count(&q), 300u);
    for (size_t i = 0; i < 300; i++)
        ExpectPop(1, i, 1);
    ExpectPop(1, 0, 0);
}

TEST_F(InjectorTest, BatchesKeepTheirOrder)
{
    EXPECT_TRUE(Push(0, 128));
    EXPECT_TRUE(Push(129, 129));
    EXPECT_TRUE(Push(130, 200));
    EXPECT_EQ(nr_injector_count(&q), 201u);
    ExpectPop(100, 0, 100);
    ExpectPop(100, 100, 100);
    EXPECT_EQ(nr_injector_count(&q), 1u);
    ExpectPop(100, 200, 1);
    EXPECT_EQ(nr_injector_count(&q), 0u);
}

TEST_F(InjectorTest, AFullQueueIsRelievedOfItsOlderHalf)
{
    std::unique_ptr<nr_deque> full(new nr_deque());
    for (size_t i = 0; i < NR_DEQUE_SIZE; i++)
        EXPECT_TRUE(nr_deque_push(full.get(), &tasks[i]));
    nr_injector_relieve(&q, full.get(), &tasks[399]);
    EXPECT_EQ(nr_injector_count(&q), 129u);
    ExpectPop(128, 0, 128);
    ExpectPop(2, 399, 1);
    for (size_t i = 128; i < NR_DEQUE_SIZE; i++)
        EXPECT_EQ(nr_deque_steal(full.get()), &tasks[i]);
    EXPECT_EQ(nr_deque_steal(full.get()), nullptr);
}

// As it is when thieves were there since the queue was found full.
TEST_F(InjectorTest, AQueueThatHasRoomAgainTakesTheTask)
{
    std::unique_ptr<nr_deque> queue(new nr_deque());
    EXPECT_TRUE(nr_deque_push(queue.get(), &tasks[0]));
    nr_injector_relieve(&q, queue.get(), &tasks[1]);
    EXPECT_EQ(nr_injector_count(&q), 0u);
    EXPECT_EQ(nr_deque_pop(queue.get()), &tasks[1]);
    EXPECT_EQ(nr_deque_pop(queue.get()), &tasks[0]);
}

TEST_F(InjectorTest, AnEmptiedInjectorCanBeFilledAgain)
{
    for (int round = 0; round < 3; round++) {
        EXPECT_TRUE(Push(0, 2));
        ExpectPop(3, 0, 3);
        EXPECT_EQ(nr_injector_count(&q), 0u);
    }
}

TEST_F(InjectorTest, PoppingNothingTakesNothing)
{
    EXPECT_TRUE(Push(0, 1));
    ExpectPop(0, 0, 0);
    EXPECT_EQ(nr_injector_count(&q), 2u);
}

TEST_F(InjectorTest, AClosedInjectorRefusesAndTouchesNothing)
{
    EXPECT_TRUE(Push(0, 3));
    nr_injector_close(&q);
    EXPECT_FALSE(Push(4, 6));
    EXPECT_EQ(tasks[4].next, &tasks[5]);
    EXPECT_EQ(tasks[5].next, &tasks[6]);
    EXPECT_EQ(tasks[6].next, &tasks[399]);
    EXPECT_EQ(tasks[3].next, nullptr);
    EXPECT_EQ(nr_injector_count(&q), 4u);
    ExpectPop(9, 0, 4);
    EXPECT_FALSE(Push(0, 0));
    ExpectPop(1, 0, 0);
}

TEST_F(InjectorTest, PushersAndPoppersLoseNothing)
{
    const size_t pushers_count = 3, each = 100;
    std::vector<std::atomic<int>> taken(pushers_count * each);
    std::atomic<size_t> left{pushers_count * each};
    std::vector<Thread> threads;
    for (size_t p = 0; p < pushers_count; p++) {
        threads.emplace_back([&, p] {
            for (size_t i = p * each; i < (p + 1) * each; i += 5)
                EXPECT_TRUE(Push(i, i + 4));
        });
    }
    for (int t = 0; t < 2; t++) {
        threads.emplace_back([&] {
            nr_task *out[7];
            while (left.load() > 0) {
                size_t n = nr_injector_pop(&q, out, 7);
                for (size_t i = 0; i < n; i++)
                    taken[static_cast<size_t>(out[i] - tasks.get())]++;
                left -= n;
            }
        });
    }
    for (auto &t : threads)
        t.join();
    for (auto &t : taken)
        EXPECT_EQ(t.load(), 1);
    EXPECT_EQ(nr_injector_count(&q), 0u);
}

} // namespace
