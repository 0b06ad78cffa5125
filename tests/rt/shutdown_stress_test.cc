// SPDX-License-Identifier: MIT
#include <errno.h>

#include <memory>
#include <random>
#include <vector>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/random.h"
#include "tests/support/test_thread.h"

// The end of a runtime against threads that spawn on it, join its tasks, abort
// them and fire their wakers all the while: every handle resolves, every
// future is dropped, every cleanup that was due has run, nothing is left.

namespace
{

enum { THREADS = 3, ROUNDS = 60 };

struct Ends {
    std::atomic<int> begun{0}, ended{0};
};

ASYNC_FN(int, linger, ((Event *, e), (Ends *, ends), (int, yields)), int i;
         bool has_begun;)
{
    ASYNC_BEGIN(linger);
    self->has_begun = true;
    self->ends->begun++;
    for (self->i = 0; self->i < self->yields; self->i++)
        YIELD_NOW();
    if (self->yields % 2)
        AWAIT(event_wait(self->e));
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    YIELD_NOW();
    self->ends->ended += self->has_begun; // it may have been too late
    ASYNC_END;
}

class ShutdownStress : public testing::TestWithParam<unsigned>
{
  protected:
    void SetUp() override
    {
        random_.seed(random_seed());
    }
    std::minstd_rand random_;
};

// What one thread has spawned.
struct Spawned {
    std::vector<JOIN_HANDLE(linger)> handles;
    std::vector<std::unique_ptr<Event>> events;
    std::vector<event_wait_future **> leaves;
};

// Spawns until it is refused, and a little longer.
void spawn_until_refused(nr_handle *h, Ends *ends, Spawned *s)
{
    for (int after = 0; after < 3;) {
        int i = int(s->handles.size());
        s->events.emplace_back(new Event);
        s->handles.push_back(
            SPAWN_ON(h, linger(s->events.back().get(), ends, i % 6)));
        s->events.emplace_back(new Event);
        s->leaves.push_back(SPAWN_ON(h, event_wait(s->events.back().get())));
        // Nobody sets it: it is over only when it was cancelled.
        if (IS_FINISHED(s->leaves.back()))
            after++;
        if (i % 3 == 0)
            s->events[size_t(i)]->set();
        if (i % 7 == 0)
            ABORT(s->handles[size_t(i / 2)]);
        if (i > 100)
            nr_sys_thread_yield(); // enough, let others go on
    }
}

// Joins it all on a runtime that goes on.
ASYNC_FN(void, expect_resolved, ((Spawned *, s)), size_t i; int v, err;)
{
    ASYNC_BEGIN(expect_resolved);
    for (self->i = 0; self->i < self->s->handles.size(); self->i++) {
        self->v = 0;
        AWAIT(self->err, JOIN_STATUS(self->s->handles[self->i], &self->v));
        EXPECT_TRUE(self->err == 0 ? self->v == 1 : self->err == -ECANCELED)
            << self->err;
    }
    for (self->i = 0; self->i < self->s->leaves.size(); self->i++) {
        AWAIT(self->err, JOIN_STATUS(self->s->leaves[self->i]));
        EXPECT_TRUE(self->err == 0 || self->err == -ECANCELED) << self->err;
    }
    ASYNC_END;
}

// One runtime with threads that spawn on it until it ends, and after.
void run_storm(unsigned workers, unsigned dawdle, int timeout_ms)
{
    Ends ends;
    Spawned spawned[THREADS];
    std::vector<Thread> threads;
    nr_runtime *other = runtime_of(1), *rt = runtime_of(workers);
    nr_handle *h = nr_runtime_handle(rt);
    std::atomic<int> started{0};
    for (auto &s : spawned) {
        threads.emplace_back([&, g = nr_handle_clone(h)] {
            started++;
            spawn_until_refused(g, &ends, &s);
            nr_handle_release(g);
        });
    }
    while (started < THREADS || ends.begun < int(dawdle))
        nr_sys_thread_yield();
    int err = 0;
    if (timeout_ms < 0)
        nr_runtime_destroy(rt);
    else
        err = nr_runtime_shutdown(rt, uint64_t(timeout_ms));
    for (auto &t : threads)
        t.join();
    for (auto &s : spawned)
        BLOCK_ON(other, expect_resolved(&s));
    if (err == 0) {
        EXPECT_EQ(ends.ended, ends.begun);
    }
    nr_handle_release(h);
    nr_runtime_destroy(other);
}

TEST_P(ShutdownStress, AShutdownResolvesAStormOfSpawns)
{
    uint64_t blocks = nr_sys_alloc_live();
    for (int i = 0; i < ROUNDS; i++)
        run_storm(GetParam(), unsigned(random_() % 100), -1);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

TEST_P(ShutdownStress, ABoundedShutdownResolvesAStormOfSpawns)
{
    uint64_t blocks = nr_sys_alloc_live();
    for (int i = 0; i < ROUNDS; i++)
        run_storm(GetParam(), unsigned(random_() % 100), int(random_() % 3));
    wait_until_live(blocks);
}

// ---- wakers of tasks whose runtime ends ----

ASYNC_FN(void, lend_and_wait,
         ((nr_waker **, kept), (Event *, e), (Count *, ready)))
{
    ASYNC_BEGIN(lend_and_wait);
    AWAIT(lend_waker(self->kept));
    self->ready->add();
    AWAIT(event_wait(self->e));
    ASYNC_FINALLY;
    AWAIT(nr_sleep_ms(0));
    YIELD_NOW();
    ASYNC_END;
}

void fire_during_end(unsigned workers, int timeout_ms)
{
    enum { TASKS = 8 };
    uint64_t blocks = nr_sys_alloc_live();
    nr_waker *wakers[TASKS] = {};
    Event events[TASKS];
    Count ready;
    std::atomic<bool> stop{false};
    nr_runtime *rt = runtime_of(workers);
    {
        Handle h(rt);
        for (int i = 0; i < TASKS; i++)
            DETACH(SPAWN_ON(h, lend_and_wait(&wakers[i], &events[i], &ready)));
    }
    ready.wait_for(TASKS);
    std::vector<Thread> threads;
    for (int t = 0; t < THREADS; t++) {
        threads.emplace_back([&] {
            std::vector<nr_waker *> own;
            for (nr_waker *w : wakers)
                own.push_back(nr_waker_clone(w));
            ready.add();
            while (!stop) {
                for (nr_waker *w : own)
                    nr_waker_wake(w);
            }
            for (nr_waker *w : own) {
                nr_waker_wake(w);
                nr_waker_drop(w);
            }
        });
    }
    ready.wait_for(TASKS + THREADS);
    if (timeout_ms < 0)
        nr_runtime_destroy(rt);
    else
        nr_runtime_shutdown(rt, uint64_t(timeout_ms));
    stop = true;
    for (auto &t : threads)
        t.join();
    for (nr_waker *w : wakers)
        nr_waker_drop(w);
    if (timeout_ms >= 0)
        wait_until_live(blocks);
    for (Event &e : events)
        EXPECT_EQ(e.waker, nullptr);
}

TEST_P(ShutdownStress, WakersMayBeFiredAllTheWhile)
{
    uint64_t blocks = nr_sys_alloc_live();
    for (int i = 0; i < ROUNDS; i++)
        fire_during_end(GetParam(), -1);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

TEST_P(ShutdownStress, WakersMayBeFiredAllTheWhileAlsoWithinABound)
{
    for (int i = 0; i < ROUNDS; i++)
        fire_during_end(GetParam(), 0);
}

// ---- joiners elsewhere ----

ASYNC_FN(int, spawn_and_join,
         ((nr_handle *, h), (Event *, e), (Ends *, ends), (Count *, ready)),
         JOIN_HANDLE(linger) j;
         int i, err;)
{
    ASYNC_BEGIN(spawn_and_join);
    while (self->err == 0) {
        self->j = SPAWN_ON(self->h, linger(self->e, self->ends, 2));
        self->ready->add();
        AWAIT(self->err, JOIN_STATUS(self->j));
    }
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

TEST_P(ShutdownStress, JoinersElsewhereAreWoken)
{
    for (int i = 0; i < ROUNDS; i++) {
        Ends ends;
        Event e;
        Count ready;
        Runtime other(2);
        Handle elsewhere(other);
        nr_runtime *rt = runtime_of(GetParam());
        Handle h(rt);
        JOIN_HANDLE(spawn_and_join) joiners[4];
        for (auto &j : joiners)
            j = SPAWN_ON(elsewhere, spawn_and_join(h, &e, &ends, &ready));
        ready.wait_for(4 + long(random_() % 100));
        nr_runtime_destroy(rt);
        for (auto &j : joiners)
            EXPECT_EQ(BLOCK_ON(other, JOIN(j)), -ECANCELED);
        EXPECT_EQ(ends.ended, ends.begun);
    }
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, ShutdownStress,
                         testing::Values(1u, 2u, 8u));

} // namespace
