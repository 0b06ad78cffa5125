// SPDX-License-Identifier: MIT
#include <errno.h>

#include <vector>

#include "nanorun/sys/thread.h"
#include "tests/rt/sync_stress.h"
#include "tests/support/random.h"
#include "tests/support/test_thread.h"

// Locks, notifications, barriers and groups under load and cancellation, in
// tasks of two runtimes.

namespace
{

// ---- semaphore and mutex ----

enum { PERMITS = 7, TASKS = 32 };

struct Shared {
    nr_semaphore s;
    nr_mutex m;
    std::atomic<int> had{0};
    long counter = 0; // the mutex
    std::atomic<long> cancelled{0};

    Shared()
    {
        nr_semaphore_init(&s, PERMITS);
        nr_mutex_init(&m);
    }
    ~Shared()
    {
        EXPECT_EQ(nr_semaphore_try_acquire(&s, PERMITS), 0);
        nr_semaphore_deinit(&s);
        nr_mutex_deinit(&m);
    }
};

ASYNC_FN(void, hold_permits, ((Shared *, x), (uint32_t, random), (int, rounds)),
         int i, n, which;)
{
    ASYNC_BEGIN(hold_permits);
    for (self->i = 0; self->i < self->rounds; self->i++) {
        self->n = 1 + (int)(random_next(&self->random) % PERMITS);
        AWAIT(self->which,
              SELECT(yield_times(random_next(&self->random) % 8),
                     nr_semaphore_acquire(&self->x->s, (size_t)self->n)));
        if (self->which == 0) {
            self->x->cancelled++;
            continue;
        }
        EXPECT_LE(self->x->had += self->n, PERMITS);
        if (random_next(&self->random) % 2)
            YIELD_NOW();
        self->x->had -= self->n;
        nr_semaphore_release(&self->x->s, (size_t)self->n);
    }
    ASYNC_END;
}

ASYNC_FN(void, count_up, ((Shared *, x), (uint32_t, random), (int, rounds)),
         int i, which;
         long seen;)
{
    ASYNC_BEGIN(count_up);
    for (self->i = 0; self->i < self->rounds; self->i++) {
        AWAIT(self->which,
              SELECT(yield_times(1 + random_next(&self->random) % 8),
                     nr_mutex_lock(&self->x->m)));
        if (self->which == 0) {
            self->x->cancelled++;
            continue;
        }
        self->seen = self->x->counter;
        if (random_next(&self->random) % 4 == 0)
            YIELD_NOW();
        self->x->counter = self->seen + 1;
        nr_mutex_unlock(&self->x->m);
    }
    ASYNC_END;
}

ASYNC_FN(void, contend, ((Shared *, x), (uint32_t, seed), (int, rounds)),
         nr_group g;
         uint32_t i;)
{
    ASYNC_BEGIN(contend);
    nr_group_init(&self->g);
    for (self->i = 0; self->i < TASKS; self->i++) {
        GROUP_SPAWN(&self->g,
                    hold_permits(self->x, self->seed + self->i, self->rounds));
        GROUP_SPAWN(&self->g,
                    count_up(self->x, self->seed * 7 + self->i, self->rounds));
    }
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

TEST(SyncStress, PermitsAndLocksAreNeitherLostNorDoubled)
{
    uint32_t seed = random_seed();
    const int rounds = 2000 / SHARE;
    Shared x;
    Runtime left(2), right(2);
    Handle h(right);
    JOIN_HANDLE(contend) there = SPAWN_ON(h, contend(&x, seed, rounds));
    BLOCK_ON(left, contend(&x, ~seed, rounds));
    BLOCK_ON(right, JOIN(there));
    EXPECT_EQ(x.had, 0);
    // Each attempt had the permits, had the lock, or was counted.
    EXPECT_LE(x.counter + x.cancelled, 4L * TASKS * rounds);
    EXPECT_GT(x.counter, 0);
}

// ---- notify ----

struct Mailbox {
    nr_notify n;
    std::atomic<int> letters{0}, taken{0};
    std::atomic<bool> closed{false};
};

bool take_letter(Mailbox *box)
{
    int there = box->letters;
    while (there > 0 && !box->letters.compare_exchange_weak(there, there - 1))
        ;
    box->taken += there > 0;
    return there > 0;
}

// Looks, then waits: a notification between the two must not be lost.
ASYNC_FN(void, collect, ((Mailbox *, box), (uint32_t, random)), int which;)
{
    ASYNC_BEGIN(collect);
    while (!self->box->closed) {
        if (take_letter(self->box))
            continue;
        AWAIT(self->which,
              SELECT(nr_notify_wait(&self->box->n),
                     yield_times(1 + random_next(&self->random) % 16)));
    }
    ASYNC_END;
}

ASYNC_FN(void, collect_in_one_task, ((Mailbox *, box), (int, letters)))
{
    ASYNC_BEGIN(collect_in_one_task);
    while (self->box->taken < self->letters) {
        self->box->taken += self->box->letters.exchange(0);
        if (self->box->taken < self->letters)
            AWAIT(nr_notify_wait(&self->box->n));
    }
    ASYNC_END;
}

TEST(SyncStress, NoNotificationIsLostBetweenTheLookAndTheWait)
{
    const int letters = 100000 / SHARE;
    Runtime rt(2);
    Mailbox box;
    nr_notify_init(&box.n);
    std::vector<Thread> senders;
    for (int i = 0; i < 2; i++) {
        senders.emplace_back([&] {
            for (int k = 0; k < letters; k++) {
                box.letters++;
                nr_notify_one(&box.n);
            }
        });
    }
    BLOCK_ON(rt, collect_in_one_task(&box, 2 * letters));
    for (Thread &sender : senders)
        sender.join();
    nr_notify_deinit(&box.n);
}

ASYNC_FN(void, collect_in_many, ((Mailbox *, box), (uint32_t, seed)),
         nr_group g;
         uint32_t i;)
{
    ASYNC_BEGIN(collect_in_many);
    nr_group_init(&self->g);
    for (self->i = 0; self->i < 50; self->i++)
        GROUP_SPAWN(&self->g, collect(self->box, self->seed + self->i));
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

TEST(SyncStress, AllAreNotifiedWhileTheyComeAndGo)
{
    uint32_t seed = random_seed();
    const int letters = 20000 / SHARE;
    Runtime rt(3);
    Mailbox box;
    nr_notify_init(&box.n);
    Thread sender([&] {
        for (int k = 0; k < letters; k++) {
            box.letters++;
            if (k % 3)
                nr_notify_one(&box.n);
            else
                nr_notify_all(&box.n);
        }
        while (box.taken < letters) {
            nr_notify_all(&box.n);
            nr_sys_thread_yield();
        }
        box.closed = true;
        nr_notify_all(&box.n);
    });
    BLOCK_ON(rt, collect_in_many(&box, seed));
    sender.join();
    EXPECT_EQ(box.taken, letters);
    nr_notify_deinit(&box.n);
}

// ---- barrier ----

struct Meeting {
    enum { PARTIES = 9, ROUNDS = 1000 / SHARE };
    nr_barrier b;
    std::atomic<int> here[ROUNDS] = {}, leaders[ROUNDS] = {};
};

ASYNC_FN(void, attend, ((Meeting *, m)), int round; bool leads;)
{
    ASYNC_BEGIN(attend);
    for (self->round = 0; self->round < Meeting::ROUNDS; self->round++) {
        self->m->here[self->round]++;
        AWAIT(self->leads, nr_barrier_wait(&self->m->b));
        EXPECT_EQ(self->m->here[self->round], Meeting::PARTIES);
        self->m->leaders[self->round] += self->leads;
    }
    ASYNC_END;
}

TEST(SyncStress, EveryRoundOfABarrierHasOneLeaderAndAllParties)
{
    Meeting m;
    nr_barrier_init(&m.b, Meeting::PARTIES);
    Runtime left(2), right(2);
    Handle l(left), r(right);
    std::vector<JOIN_HANDLE(attend)> handles;
    for (int i = 0; i < Meeting::PARTIES; i++)
        handles.push_back(SPAWN_ON(i % 2 ? l : r, attend(&m)));
    for (auto handle : handles)
        BLOCK_ON(left, JOIN(handle));
    for (auto &leaders : m.leaders)
        EXPECT_EQ(leaders, 1);
    nr_barrier_deinit(&m.b);
}

// ---- groups ----

struct Family {
    std::atomic<long> begun{0}, ended{0};
};

// A child that has two of its own, down to `depth`.
ASYNC_FN(void, have_children, ((Family *, f), (int, depth), (uint32_t, random)),
         nr_group g;
         bool has_begun;)
{
    ASYNC_BEGIN(have_children);
    self->has_begun = true;
    self->f->begun++;
    nr_group_init(&self->g);
    if (self->depth > 0) {
        GROUP_SPAWN(&self->g, have_children(self->f, self->depth - 1,
                                            random_next(&self->random)));
        GROUP_SPAWN(&self->g, have_children(self->f, self->depth - 1,
                                            random_next(&self->random)));
    }
    AWAIT(yield_times(random_next(&self->random) % 8));
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    AWAIT(yield_times(random_next(&self->random) % 3));
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g); // a zeroed group where it never began
    self->f->ended += self->has_begun;
    ASYNC_END;
}

ASYNC_FN(void, lose_family, ((Family *, f), (uint32_t, random)), int which;)
{
    ASYNC_BEGIN(lose_family);
    AWAIT(self->which, SELECT(have_children(self->f, 6, self->random),
                              yield_times(random_next(&self->random) % 40)));
    EXPECT_EQ(self->f->begun, self->f->ended);
    ASYNC_END;
}

TEST(SyncStress, NestedGroupsEndInOrderWheneverTheyAreCancelled)
{
    uint32_t seed = random_seed();
    Runtime rt(4);
    for (uint32_t round = 0; round < 400 / SHARE; round++) {
        Family f;
        BLOCK_ON(rt, lose_family(&f, seed + round));
        ASSERT_EQ(f.begun, f.ended);
    }
}

TEST(SyncStress, NestedGroupsEndWithTheirRuntime)
{
    uint32_t seed = random_seed();
    uint64_t blocks = nr_sys_alloc_live();
    for (uint32_t round = 0; round < 100 / SHARE + 5; round++) {
        Family f;
        nr_runtime *rt = runtime_of(3);
        {
            Handle h(rt);
            for (uint32_t i = 0; i < 4; i++)
                DETACH(SPAWN_ON(h, have_children(&f, 6, seed + round + i)));
        }
        while (f.begun < (long)(round % 100))
            nr_sys_thread_yield();
        if (round % 2) {
            nr_runtime_destroy(rt);
            EXPECT_EQ(f.begun, f.ended);
        } else {
            nr_runtime_shutdown(rt, 0); // maybe without their cleanup
            wait_until_live(blocks);
        }
    }
}

} // namespace
