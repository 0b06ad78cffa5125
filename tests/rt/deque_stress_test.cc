/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <vector>

#include "nanorun/rt/sched/deque.h"
#include "nanorun/sys/thread.h"
#include "tests/support/random.h"
#include "tests/support/test_thread.h"

namespace
{

// A simulation, as it runs so often, tests less at a time.
#ifdef NR_SYS_SIM
enum { ITEMS = 300 };
#else
enum { ITEMS = 60000 };
#endif

// `written` is no atomic: the queue alone orders it before its reader, which
// the thread sanitizer checks.
struct Item {
    int written = 0;
    std::atomic<int> taken{0};
};

class DequeStress : public testing::Test
{
  protected:
    static constexpr unsigned count = ITEMS;

    DequeStress() : items(new Item[count]), seed(random_seed())
    {
    }

    static void Take(void *item)
    {
        Item *i = static_cast<Item *>(item);
        EXPECT_EQ(i->written, 1);
        i->taken.fetch_add(1, std::memory_order_relaxed);
    }

    // Pushes every item, popping in between, then pops what is left.
    void Own(nr_deque *d, unsigned pops_of_8)
    {
        std::mt19937 random(seed);
        for (unsigned i = 0; i < count;) {
            items[i].written = 1;
            if (nr_deque_push(d, &items[i])) {
                i++;
            } else if (random() % 2) {
                EXPECT_TRUE(nr_deque_resize(d, 2 * nr_deque_size(d)));
            } else {
                nr_sys_thread_yield();
            }
            size_t size = nr_deque_size(d);
            if (size > NR_DEQUE_SIZE && nr_deque_count(d) < size / 4) {
                EXPECT_TRUE(nr_deque_resize(d, size / 2));
            }
            while (random() % 8 < pops_of_8) {
                void *item = nr_deque_pop(d);
                if (!item)
                    break;
                Take(item);
            }
        }
        while (void *item = nr_deque_pop(d))
            Take(item);
        is_done.store(true);
    }

    void ExpectEachOnce()
    {
        for (unsigned i = 0; i < count; i++)
            ASSERT_EQ(items[i].taken.load(), 1) << "item " << i;
    }

    std::unique_ptr<Item[]> items;
    unsigned seed;
    std::atomic<bool> is_done{false};
};

TEST_F(DequeStress, EveryItemIsTakenOnceByOwnerOrThieves)
{
    auto d = std::make_unique<nr_deque>();
    std::vector<Thread> thieves;
    for (int t = 0; t < 3; t++) {
        thieves.emplace_back([&] {
            while (!is_done.load()) {
                if (void *item = nr_deque_steal(d.get()))
                    Take(item);
            }
        });
    }
    Own(d.get(), 3);
    for (auto &t : thieves)
        t.join();
    ExpectEachOnce();
    nr_deque_deinit(d.get());
}

// The queue is nearly always empty or of one item, for which all compete.
TEST_F(DequeStress, TheLastItemIsTakenOnce)
{
    auto d = std::make_unique<nr_deque>();
    std::vector<Thread> thieves;
    for (int t = 0; t < 2; t++) {
        thieves.emplace_back([&] {
            while (!is_done.load()) {
                if (void *item = nr_deque_steal(d.get()))
                    Take(item);
            }
        });
    }
    Own(d.get(), 7);
    for (auto &t : thieves)
        t.join();
    ExpectEachOnce();
    nr_deque_deinit(d.get());
}

// Indexes wrap on the way.
TEST_F(DequeStress, ThievesStealHalvesFromEachOther)
{
    const unsigned thieves_count = 3;
    std::vector<std::unique_ptr<nr_deque>> queues;
    for (unsigned q = 0; q <= thieves_count; q++) {
        queues.push_back(std::make_unique<nr_deque>());
        nr_store_size_relaxed(&queues[q]->top, SIZE_MAX - count / 2);
        nr_store_size_relaxed(&queues[q]->bottom, SIZE_MAX - count / 2);
    }
    std::vector<Thread> thieves;
    for (unsigned t = 1; t <= thieves_count; t++) {
        thieves.emplace_back([&, t] {
            std::mt19937 random(seed + t);
            nr_deque *own = queues[t].get();
            bool is_last_round;
            do {
                is_last_round = is_done.load();
                unsigned v =
                    static_cast<unsigned>(random()) % (thieves_count + 1);
                if (v == t)
                    continue;
                void *item = nr_deque_steal_half(queues[v].get(), own);
                // Leaves some to the others now and then.
                while (item) {
                    Take(item);
                    item = random() % 16 ? nr_deque_pop(own) : nullptr;
                }
                while ((item = nr_deque_pop(own)) != nullptr)
                    Take(item);
            } while (!is_last_round);
        });
    }
    Own(queues[0].get(), 2);
    for (auto &t : thieves)
        t.join();
    ExpectEachOnce();
    for (auto &q : queues)
        nr_deque_deinit(q.get());
}

} // namespace
