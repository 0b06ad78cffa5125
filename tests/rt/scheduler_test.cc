// SPDX-License-Identifier: MIT
#include <vector>

#include "nanorun/rt/sched/worker.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/test_thread.h"

// Many tasks on one and on several workers, and that no worker is needed for
// what another one could do.

namespace
{

ASYNC_FN(uint64_t, twice, ((uint64_t, n)))
{
    ASYNC_BEGIN(twice);
    ASYNC_RETURN(2 * self->n);
    ASYNC_END;
}

enum { ONE_SHOTS = 10000 };

struct Handles {
    JOIN_HANDLE(twice) h[ONE_SHOTS];
};

ASYNC_FN(uint64_t, spawn_and_join, ((Handles *, t)), uint64_t i, v, sum;)
{
    ASYNC_BEGIN(spawn_and_join);
    for (self->i = 0; self->i < ONE_SHOTS; self->i++)
        self->t->h[self->i] = SPAWN(twice(self->i));
    for (self->i = 0; self->i < ONE_SHOTS; self->i++) {
        AWAIT(self->v, JOIN(self->t->h[self->i]));
        self->sum += self->v;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

class Workers : public testing::TestWithParam<unsigned>
{
};

TEST_P(Workers, WorkersRunTenThousandTasksAndTheirJoins)
{
    Handles t;
    Runtime rt(GetParam());
    EXPECT_EQ(BLOCK_ON(rt, spawn_and_join(&t)),
              uint64_t(ONE_SHOTS) * (ONE_SHOTS - 1));
}

// ---- one more than a queue holds, and no memory for a larger one ----

enum { MORE = NR_DEQUE_SIZE + 1, MOVED = NR_DEQUE_SIZE / 2 + 1 };

// Looks into the injector, and puts back what was in it.
void expect_older_half(nr_runtime *rt, JOIN_HANDLE(twice) * h)
{
    nr_task *moved[MORE];
    EXPECT_EQ(nr_deque_count(&rt->workers[0].local), size_t{MORE - MOVED});
    ASSERT_EQ(nr_injector_pop(&rt->injector, moved, MORE), size_t{MOVED});
    for (int i = 0; i < MOVED; i++) {
        EXPECT_EQ(moved[i], NR_TASK_(h[i < MOVED - 1 ? i : MORE - 1])) << i;
        moved[i]->next = i < MOVED - 1 ? moved[i + 1] : nullptr;
    }
    nr_injector_push(&rt->injector, moved[0], moved[MOVED - 1], MOVED);
}

ASYNC_FN(uint64_t, overfill, ((nr_runtime *, rt)), JOIN_HANDLE(twice) h[MORE];
         uint64_t v, sum; int i;)
{
    ASYNC_BEGIN(overfill);
    for (self->i = 0; self->i < MORE; self->i++) {
        if (self->i == MORE - 1)
            nr_sys_alloc_fail(1, 1); // there is a block for the task only
        self->h[self->i] = SPAWN(twice(uint64_t(self->i)));
    }
    nr_sys_alloc_fail(UINT64_MAX, 0);
    expect_older_half(self->rt, self->h);
    for (self->i = 0; self->i < MORE; self->i++) {
        AWAIT(self->v, JOIN(self->h[self->i]));
        self->sum += self->v;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

TEST(Overflow, OverflowMovesTheOlderHalfAndTheNewTaskBehindIt)
{
    nr_sys_alloc_live(); // from now on blocks are allocated one by one
    Runtime rt(1);
    EXPECT_EQ(BLOCK_ON(rt, overfill(rt)), uint64_t{MORE} * (MORE - 1));
}

// ---- chains: each link waits for the one before and wakes the next ----

enum { CHAINS = 200, LINKS = 10, CYCLES = 50 };

struct Chain {
    Event links[LINKS];
    int passed = 0; // by who has the turn
};

ASYNC_FN(void, link_of, ((Chain *, c), (int, k)), int i;)
{
    ASYNC_BEGIN(link_of);
    for (self->i = 0; self->i < CYCLES; self->i++) {
        AWAIT(event_wait(&self->c->links[self->k]));
        self->c->passed++;
        self->c->links[(self->k + 1) % LINKS].set();
    }
    ASYNC_END;
}

ASYNC_FN(int, run_chain, ((Chain *, c)), JOIN_HANDLE(link_of) h[LINKS]; int i;)
{
    ASYNC_BEGIN(run_chain);
    for (self->i = 0; self->i < LINKS; self->i++)
        self->h[self->i] = SPAWN(link_of(self->c, self->i));
    self->c->links[0].set();
    for (self->i = 0; self->i < LINKS; self->i++)
        AWAIT(JOIN(self->h[self->i]));
    ASYNC_RETURN(self->c->passed);
    ASYNC_END;
}

ASYNC_FN(int, run_chains, ((Chain *, chains)), JOIN_HANDLE(run_chain) h[CHAINS];
         int i, n, sum;)
{
    ASYNC_BEGIN(run_chains);
    for (self->i = 0; self->i < CHAINS; self->i++)
        self->h[self->i] = SPAWN(run_chain(&self->chains[self->i]));
    for (self->i = 0; self->i < CHAINS; self->i++) {
        AWAIT(self->n, JOIN(self->h[self->i]));
        self->sum += self->n;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

TEST_P(Workers, WorkersPassATurnAroundManyChains)
{
    std::vector<Chain> chains(CHAINS);
    Runtime rt(GetParam());
    EXPECT_EQ(BLOCK_ON(rt, run_chains(chains.data())), CHAINS * LINKS * CYCLES);
}

// ---- from outside ----

TEST_P(Workers, WorkersTakeWhatPlainThreadsSpawn)
{
    Runtime rt(GetParam());
    Handle h(rt);
    std::atomic<uint64_t> sum{0};
    std::vector<Thread> threads;
    for (int t = 0; t < 4; t++) {
        threads.emplace_back([&] {
            for (uint64_t i = 0; i < 500; i++) {
                JOIN_HANDLE(twice) j = SPAWN_ON(h, twice(i));
                sum += BLOCK_ON(rt, JOIN(j));
            }
        });
    }
    for (auto &t : threads)
        t.join();
    EXPECT_EQ(sum, 4u * 500 * 499);
}

INSTANTIATE_TEST_SUITE_P(All, Workers, testing::Values(1u, 2u, 8u));

// ---- a poll that does not end by itself needs one worker only ----

typedef std::atomic<bool> Flag;

// Returns once the flag is set, from one poll.
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

ASYNC_FN(void, sleep_and_set, ((Flag *, flag)))
{
    ASYNC_BEGIN(sleep_and_set);
    AWAIT(nr_sleep_ms(1));
    *self->flag = true;
    ASYNC_END;
}

ASYNC_FN(void, await_and_set, ((Event *, e), (Flag *, flag)))
{
    ASYNC_BEGIN(await_and_set);
    AWAIT(event_wait(self->e));
    *self->flag = true;
    ASYNC_END;
}

// Spawns who sets the flag, and spins until it has in the same poll.
ASYNC_FN(void, spawn_and_spin, ((Flag *, flag)))
{
    ASYNC_BEGIN(spawn_and_spin);
    DETACH(SPAWN(set_flag(self->flag)));
    while (!*self->flag)
        nr_sys_thread_yield();
    ASYNC_END;
}

enum { ROUNDS = 200 };

TEST(Hostage, ATimerFiresWhileTheOtherWorkerSpins)
{
    Runtime rt(2);
    Handle h(rt);
    for (int i = 0; i < ROUNDS; i++) {
        Flag flag{false};
        JOIN_HANDLE(sleep_and_set) j = SPAWN_ON(h, sleep_and_set(&flag));
        BLOCK_ON(rt, spin_until(&flag));
        BLOCK_ON(rt, JOIN(j));
    }
}

ASYNC_FN(void, sleep_and_spin, ((Flag *, flag)), int i;)
{
    ASYNC_BEGIN(sleep_and_spin);
    DETACH(SPAWN(sleep_and_set(self->flag)));
    for (self->i = 0; self->i < 61; self->i++)
        YIELD_NOW(); // one of them with the driver's token in hand
    while (!*self->flag)
        nr_sys_thread_yield();
    ASYNC_END;
}

TEST(Hostage, AWorkerThatLooksAtTheDriverDoesNotKeepIt)
{
    for (unsigned workers : {2u, 4u}) {
        Runtime rt(workers);
        for (int i = 0; i < ROUNDS; i++) {
            Flag flag{false};
            BLOCK_ON(rt, sleep_and_spin(&flag));
        }
    }
}

TEST(Hostage, APlainThreadWakesATaskWhileTheOtherWorkerSpins)
{
    Runtime rt(2);
    Handle h(rt);
    for (int i = 0; i < ROUNDS; i++) {
        Flag flag{false};
        Event e;
        JOIN_HANDLE(await_and_set) j = SPAWN_ON(h, await_and_set(&e, &flag));
        JOIN_HANDLE(spin_until) spinner = SPAWN_ON(h, spin_until(&flag));
        Thread([&] { e.set(); }).join();
        BLOCK_ON(rt, JOIN(spinner));
        BLOCK_ON(rt, JOIN(j));
    }
}

TEST(Hostage, WhatASpinningTaskSpawnedIsStolen)
{
    Runtime rt(2);
    for (int i = 0; i < ROUNDS; i++) {
        Flag flag{false};
        BLOCK_ON(rt, spawn_and_spin(&flag));
    }
}

// Spawns the next of the chain; the last one spins.
ASYNC_FN(void, chain, ((Count *, ended), (int, left)), Flag flag;)
{
    ASYNC_BEGIN(chain);
    if (self->left > 0) {
        DETACH(SPAWN(chain(self->ended, self->left - 1)));
        ASYNC_RETURN();
    }
    self->flag = false;
    AWAIT(spawn_and_spin(&self->flag));
    self->ended->add();
    ASYNC_END;
}

// So that the other worker has given up on a second task.
TEST(Hostage, WhatATaskSpawnedThatSpinsAfterALongChainIsStolen)
{
    for (unsigned workers : {2u, 4u}) {
        Count ended;
        Runtime rt(workers);
        for (int i = 1; i <= ROUNDS / 10; i++) {
            BLOCK_ON(rt, chain(&ended, 20000));
            ended.wait_for(i);
        }
    }
}

// Waits until all workers sleep but for `busy`.
void wait_for_sleepers(nr_runtime *rt, unsigned busy)
{
    unsigned sleepers = rt->workers_count - busy;
    while (nr_load_u32_seq_cst(&rt->idle.state) >> 16 != sleepers)
        nr_sys_thread_yield();
}

ASYNC_FN(void, start_and_spin, ((Flag *, started), (Flag *, go)))
{
    ASYNC_BEGIN(start_and_spin);
    *self->started = true;
    while (!*self->go)
        nr_sys_thread_yield();
    ASYNC_END;
}

// One worker is between two tasks, so that it may take both of the two that
// are injected, while the other worker wakes up for them and finds none.
TEST(Hostage, WhatWasTakenInABatchWithASpinningTaskIsStolen)
{
    Runtime rt(2);
    Handle h(rt);
    for (int i = 0; i < 10 * ROUNDS; i++) {
        Flag flag{false}, started{false}, go{false};
        JOIN_HANDLE(start_and_spin)
        busy = SPAWN_ON(h, start_and_spin(&started, &go));
        while (!started)
            nr_sys_thread_yield();
        wait_for_sleepers(rt, 1);
        JOIN_HANDLE(spin_until) spinner = SPAWN_ON(h, spin_until(&flag));
        JOIN_HANDLE(set_flag) setter = SPAWN_ON(h, set_flag(&flag));
        go = true;
        BLOCK_ON(rt, JOIN(busy));
        BLOCK_ON(rt, JOIN(spinner));
        BLOCK_ON(rt, JOIN(setter));
    }
}

} // namespace
