/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/sched/deque.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>

#include "nanorun/sys/memory.h"
#include "tests/support/alloc_failure.h"

namespace
{

class DequeTest : public testing::Test
{
  protected:
    DequeTest() : d(new nr_deque()), other(new nr_deque())
    {
    }

    ~DequeTest() override
    {
        nr_deque_deinit(d.get());
        EXPECT_EQ(nr_sys_alloc_live(), live_before);
    }

    static void *Item(uintptr_t i)
    {
        return reinterpret_cast<void *>(i);
    }

    void Push(uintptr_t from, uintptr_t to)
    {
        for (uintptr_t i = from; i <= to; i++)
            EXPECT_TRUE(nr_deque_push(d.get(), Item(i)));
    }

    // Sets both indexes, of an empty queue.
    void StartAt(size_t index)
    {
        nr_store_size_relaxed(&d->top, index);
        nr_store_size_relaxed(&d->bottom, index);
    }

    uint64_t live_before = nr_sys_alloc_live();
    std::unique_ptr<nr_deque> d, other;
};

TEST_F(DequeTest, AnEmptyDequeGivesNothing)
{
    EXPECT_EQ(nr_deque_count(d.get()), 0u);
    EXPECT_EQ(nr_deque_pop(d.get()), nullptr);
    EXPECT_EQ(nr_deque_steal(d.get()), nullptr);
    EXPECT_EQ(nr_deque_steal_half(d.get(), other.get()), nullptr);
    EXPECT_EQ(nr_deque_count(d.get()), 0u);
}

TEST_F(DequeTest, ANewDequeHoldsExactly256)
{
    Push(1, NR_DEQUE_SIZE);
    EXPECT_EQ(nr_deque_count(d.get()), size_t{NR_DEQUE_SIZE});
    for (int i = 0; i < 3; i++)
        EXPECT_FALSE(nr_deque_push(d.get(), Item(1000)));
    for (uintptr_t i = NR_DEQUE_SIZE; i >= 1; i--)
        EXPECT_EQ(nr_deque_pop(d.get()), Item(i));
    EXPECT_EQ(nr_deque_pop(d.get()), nullptr);
}

TEST_F(DequeTest, EitherEndMakesRoomForOneMore)
{
    Push(1, NR_DEQUE_SIZE);
    EXPECT_EQ(nr_deque_steal(d.get()), Item(1));
    Push(257, 257);
    EXPECT_FALSE(nr_deque_push(d.get(), Item(258)));
    EXPECT_EQ(nr_deque_pop(d.get()), Item(257));
    Push(258, 258);
    EXPECT_FALSE(nr_deque_push(d.get(), Item(259)));
    for (uintptr_t i = 2; i <= 256; i++)
        EXPECT_EQ(nr_deque_steal(d.get()), Item(i));
    EXPECT_EQ(nr_deque_steal(d.get()), Item(258));
    EXPECT_EQ(nr_deque_steal(d.get()), nullptr);
}

TEST_F(DequeTest, WhatHasGrownHoldsTwiceAsManyInTheirOrder)
{
    StartAt(SIZE_MAX - 100); // indexes wrap on the way
    Push(1, NR_DEQUE_SIZE);
    EXPECT_EQ(nr_deque_steal(d.get()), Item(1));
    Push(NR_DEQUE_SIZE + 1, NR_DEQUE_SIZE + 1);
    for (uintptr_t n = NR_DEQUE_SIZE; n < 4096; n *= 2) {
        EXPECT_FALSE(nr_deque_push(d.get(), Item(1000)));
        ASSERT_TRUE(nr_deque_resize(d.get(), 2 * nr_deque_size(d.get())));
        nr_deque_free_outgrown(d.get());
        Push(n + 2, 2 * n + 1);
    }
    EXPECT_EQ(nr_deque_count(d.get()), 4096U);
    EXPECT_EQ(nr_deque_steal_half(d.get(), other.get()),
              Item(NR_DEQUE_BATCH + 1));
    EXPECT_EQ(nr_deque_count(other.get()), size_t{NR_DEQUE_BATCH - 1});
    for (uintptr_t i = NR_DEQUE_BATCH + 2; i <= 2000; i++)
        EXPECT_EQ(nr_deque_steal(d.get()), Item(i));
    for (uintptr_t i = 4097; i > 2000; i--)
        EXPECT_EQ(nr_deque_pop(d.get()), Item(i));
    EXPECT_EQ(nr_deque_pop(d.get()), nullptr);
}

TEST_F(DequeTest, WhatShrinksHoldsAsManyAsAtFirst)
{
    Push(1, NR_DEQUE_SIZE);
    ASSERT_TRUE(nr_deque_resize(d.get(), 2 * nr_deque_size(d.get())));
    Push(NR_DEQUE_SIZE + 1, 300);
    for (uintptr_t i = 1; i <= 200; i++)
        EXPECT_EQ(nr_deque_steal(d.get()), Item(i));
    EXPECT_TRUE(nr_deque_resize(d.get(), NR_DEQUE_SIZE));
    nr_deque_free_outgrown(d.get());
    EXPECT_EQ(nr_sys_alloc_live(), live_before);
    Push(301, 200 + NR_DEQUE_SIZE);
    EXPECT_FALSE(nr_deque_push(d.get(), Item(1000)));
    for (uintptr_t i = 200 + NR_DEQUE_SIZE; i > 200; i--)
        EXPECT_EQ(nr_deque_pop(d.get()), Item(i));
}

TEST_F(DequeTest, WithoutMemoryADequeStaysAsItIs)
{
    Push(1, NR_DEQUE_SIZE);
    AllocFailure failure(0);
    EXPECT_FALSE(nr_deque_resize(d.get(), 2 * nr_deque_size(d.get())));
    EXPECT_FALSE(nr_deque_push(d.get(), Item(1000)));
    for (uintptr_t i = 1; i <= NR_DEQUE_SIZE; i++)
        EXPECT_EQ(nr_deque_steal(d.get()), Item(i));
}

TEST_F(DequeTest, TheOwnerTakesTheNewestAndThievesTheOldest)
{
    Push(1, 6);
    EXPECT_EQ(nr_deque_pop(d.get()), Item(6));
    EXPECT_EQ(nr_deque_steal(d.get()), Item(1));
    EXPECT_EQ(nr_deque_steal(d.get()), Item(2));
    EXPECT_EQ(nr_deque_pop(d.get()), Item(5));
    Push(7, 7);
    EXPECT_EQ(nr_deque_pop(d.get()), Item(7));
    EXPECT_EQ(nr_deque_pop(d.get()), Item(4));
    EXPECT_EQ(nr_deque_steal(d.get()), Item(3));
    EXPECT_EQ(nr_deque_pop(d.get()), nullptr);
}

TEST_F(DequeTest, TheLastItemIsTakenOnceFromEitherEnd)
{
    for (uintptr_t i = 1; i <= 600; i++) {
        Push(i, i);
        void *got = i % 2 ? nr_deque_pop(d.get()) : nr_deque_steal(d.get());
        EXPECT_EQ(got, Item(i));
        EXPECT_EQ(nr_deque_pop(d.get()), nullptr);
        EXPECT_EQ(nr_deque_steal(d.get()), nullptr);
        EXPECT_EQ(nr_deque_count(d.get()), 0u);
    }
}

// The older half, the odd one included: all but the last of it are in the
// other queue, in order, and the last is returned.
TEST_F(DequeTest, StealHalfTakesTheOlderHalfForEveryLength)
{
    for (uintptr_t n = 1; n <= NR_DEQUE_SIZE; n++) {
        uintptr_t taken = n - n / 2;
        Push(1, n);
        EXPECT_EQ(nr_deque_steal_half(d.get(), other.get()), Item(taken));
        EXPECT_EQ(nr_deque_count(other.get()), taken - 1);
        EXPECT_EQ(nr_deque_count(d.get()), n / 2);
        for (uintptr_t i = 1; i < taken; i++)
            EXPECT_EQ(nr_deque_steal(other.get()), Item(i));
        for (uintptr_t i = taken + 1; i <= n; i++)
            EXPECT_EQ(nr_deque_steal(d.get()), Item(i));
        EXPECT_EQ(nr_deque_steal(d.get()), nullptr);
        EXPECT_EQ(nr_deque_steal(other.get()), nullptr);
    }
}

TEST_F(DequeTest, TakeTakesTheOldestAtOnceOrNone)
{
    void *taken[3] = {};
    Push(1, 5);
    EXPECT_TRUE(nr_deque_take(d.get(), taken, 3));
    for (uintptr_t i = 0; i < 3; i++)
        EXPECT_EQ(taken[i], Item(i + 1));
    EXPECT_FALSE(nr_deque_take(d.get(), taken, 3));
    EXPECT_EQ(taken[0], Item(1));
    EXPECT_EQ(nr_deque_count(d.get()), 2u);
    EXPECT_TRUE(nr_deque_take(d.get(), taken, 2));
    EXPECT_EQ(taken[0], Item(4));
    EXPECT_EQ(taken[1], Item(5));
    EXPECT_EQ(nr_deque_pop(d.get()), nullptr);
}

TEST_F(DequeTest, PublishingChangesNothing)
{
    nr_deque_publish(d.get());
    EXPECT_EQ(nr_deque_count(d.get()), 0u);
    Push(1, 2);
    nr_deque_publish(d.get());
    EXPECT_EQ(nr_deque_count(d.get()), 2u);
    EXPECT_EQ(nr_deque_steal(d.get()), Item(1));
    EXPECT_EQ(nr_deque_pop(d.get()), Item(2));
}

TEST_F(DequeTest, ADequeWrapsWhereItsIndexesDo)
{
    for (size_t before = 0; before <= 2 * NR_DEQUE_SIZE; before += 16) {
        StartAt(SIZE_MAX - before + 1);
        Push(1, NR_DEQUE_SIZE);
        EXPECT_EQ(nr_deque_count(d.get()), size_t{NR_DEQUE_SIZE});
        EXPECT_FALSE(nr_deque_push(d.get(), Item(1000)));
        EXPECT_EQ(nr_deque_steal_half(d.get(), other.get()), Item(128));
        for (uintptr_t i = 1; i < 128; i++)
            EXPECT_EQ(nr_deque_steal(other.get()), Item(i));
        Push(257, 384);
        for (uintptr_t i = 384; i > 200; i--)
            EXPECT_EQ(nr_deque_pop(d.get()), Item(i));
        for (uintptr_t i = 129; i <= 200; i++)
            EXPECT_EQ(nr_deque_steal(d.get()), Item(i));
        EXPECT_EQ(nr_deque_pop(d.get()), nullptr);
        EXPECT_EQ(nr_deque_steal(d.get()), nullptr);
    }
}

// As it is for a thief that read `top`, and `bottom` only when many more had
// come and gone: what it moves on that count has to fit its own queue.
TEST_F(DequeTest, AfterATornLookNoMoreThanABatchIsMoved)
{
    Push(1, NR_DEQUE_SIZE);
    nr_store_size_relaxed(&d->bottom, 100000);
    EXPECT_EQ(nr_deque_steal_half(d.get(), other.get()), Item(NR_DEQUE_BATCH));
    EXPECT_EQ(nr_deque_count(other.get()), size_t{NR_DEQUE_BATCH - 1});
}

TEST_F(DequeTest, TheLastItemIsAtTheEndOfItsIndexes)
{
    StartAt(SIZE_MAX);
    Push(1, 1);
    EXPECT_EQ(nr_deque_count(d.get()), 1u);
    EXPECT_EQ(nr_deque_pop(d.get()), Item(1));
    StartAt(SIZE_MAX);
    Push(1, 1);
    EXPECT_EQ(nr_deque_steal(d.get()), Item(1));
    EXPECT_EQ(nr_deque_pop(d.get()), nullptr);
    StartAt(0);
    EXPECT_EQ(nr_deque_pop(d.get()), nullptr);
}

} // namespace
