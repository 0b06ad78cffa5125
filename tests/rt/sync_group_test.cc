// SPDX-License-Identifier: MIT
#include <errno.h>

#include <thread>
#include <vector>

#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/alloc_failure.h"
#include "tests/support/test_thread.h"

// Groups: children end before the frame that they borrow from does.

namespace
{

struct Seen {
    Count begun;
    std::atomic<int> finished{0}; // FINALLYs run
    std::atomic<int> cleaning{0};
};

ASYNC_FN(int, square, ((int, n)))
{
    ASYNC_BEGIN(square);
    YIELD_NOW();
    ASYNC_RETURN(self->n * self->n);
    ASYNC_END;
}

ASYNC_FN(void, wait_in_child, ((Event *, e), (Seen *, seen)))
{
    ASYNC_BEGIN(wait_in_child);
    self->seen->begun.add();
    AWAIT(event_wait(self->e));
    ASYNC_FINALLY;
    self->seen->finished++;
    ASYNC_END;
}

// Its cleanup waits for `done`.
ASYNC_FN(void, clean_slowly, ((Event *, e), (Event *, done), (Seen *, seen)))
{
    ASYNC_BEGIN(clean_slowly);
    self->seen->begun.add();
    AWAIT(event_wait(self->e));
    ASYNC_FINALLY;
    self->seen->cleaning++;
    AWAIT(event_wait(self->done));
    self->seen->finished++;
    ASYNC_END;
}

// ---- join ----

ASYNC_FN(int, sum_of_squares, (), nr_group g; int a, b, c;)
{
    ASYNC_BEGIN(sum_of_squares);
    nr_group_init(&self->g);
    GROUP_SPAWN(&self->g, INTO(&self->a, square(2)));
    GROUP_SPAWN(&self->g, INTO(&self->b, square(3)));
    GROUP_SPAWN(&self->g, square(100));
    AWAIT(nr_group_join(&self->g));
    GROUP_SPAWN(&self->g, INTO(&self->c, square(4)));
    AWAIT(nr_group_join(&self->g));
    AWAIT(nr_group_join(&self->g));
    ASYNC_RETURN(self->a + self->b + self->c);
    ASYNC_FINALLY;
    nr_group_deinit(&self->g);
    ASYNC_END;
}

TEST(Group, JoinWaitsForAllAndResultsAreThere)
{
    for (unsigned workers : {1u, 4u}) {
        Runtime rt(workers);
        for (int i = 0; i < 100; i++)
            EXPECT_EQ(BLOCK_ON(rt, sum_of_squares()), 4 + 9 + 16);
    }
}

ASYNC_FN(void, count_down, ((nr_group *, g), (int, n), (std::atomic<int> *, k)))
{
    ASYNC_BEGIN(count_down);
    if (self->n > 0)
        GROUP_SPAWN(self->g, count_down(self->g, self->n - 1, self->k));
    ++*self->k;
    ASYNC_END;
}

ASYNC_FN(void, count_from, ((int, n), (std::atomic<int> *, k)), nr_group g;)
{
    ASYNC_BEGIN(count_from);
    nr_group_init(&self->g);
    GROUP_SPAWN(&self->g, count_down(&self->g, self->n, self->k));
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

TEST(Group, JoinWaitsForWhatChildrenSpawnToo)
{
    Runtime rt(2);
    std::atomic<int> k{0};
    BLOCK_ON(rt, count_from(1000, &k));
    EXPECT_EQ(k, 1001);
}

ASYNC_FN(void, serve_many, ((int, n)), nr_group g; int i;)
{
    ASYNC_BEGIN(serve_many);
    nr_group_init(&self->g);
    for (self->i = 0; self->i < self->n; self->i++) {
        GROUP_SPAWN(&self->g, square(self->i));
        while (self->g.count_ != 0)
            YIELD_NOW();
    }
    nr_group_deinit(&self->g);
    ASYNC_END;
}

// Neither the group nor its children keep anything once a child has ended.
TEST(Group, AChildFreesItselfWhenItEnds)
{
    Runtime rt(1);
    BLOCK_ON(rt, serve_many(10));
    uint64_t live = nr_sys_alloc_live();
    BLOCK_ON(rt, serve_many(1000));
    EXPECT_LE(nr_sys_alloc_live(), live + 64); // the worker's cache
}

// ---- abort ----

ASYNC_FN(void, abort_waiting, ((Event *, e), (Seen *, seen), (int, n)),
         nr_group g;
         int i;)
{
    ASYNC_BEGIN(abort_waiting);
    nr_group_init(&self->g);
    for (self->i = 0; self->i < self->n; self->i++)
        GROUP_SPAWN(&self->g, wait_in_child(self->e + self->i, self->seen));
    while (self->seen->begun.get() != self->n)
        YIELD_NOW();
    nr_group_abort(&self->g);
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

TEST(Group, AbortCancelsEveryChildWithItsCleanup)
{
    Runtime rt(2);
    Seen seen;
    std::vector<Event> events(50); // several batches
    BLOCK_ON(rt, abort_waiting(events.data(), &seen, 50));
    EXPECT_EQ(seen.finished, 50);
    for (Event &e : events)
        EXPECT_EQ(e.drops, 1);
}

ASYNC_FN(int, abort_unstarted, ((Event *, e), (Seen *, seen)), nr_group g;
         int i, after;)
{
    ASYNC_BEGIN(abort_unstarted);
    nr_group_init(&self->g);
    nr_group_abort(&self->g); // of an empty one: nothing
    for (self->i = 0; self->i < 3; self->i++)
        GROUP_SPAWN(&self->g, wait_in_child(self->e, self->seen));
    nr_group_abort(&self->g);
    GROUP_SPAWN(&self->g, INTO(&self->after, square(3)));
    GROUP_SPAWN(&self->g, wait_in_child(self->e, self->seen));
    AWAIT(nr_group_join(&self->g));
    EXPECT_EQ(self->after, 0);
    GROUP_SPAWN(&self->g, INTO(&self->after, square(3)));
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_RETURN(self->after);
    ASYNC_END;
}

TEST(Group, AnAbortedOneRunsOnlyCleanupUntilItIsEmpty)
{
    Runtime rt(1); // so no child begins before the abort
    Event e;
    Seen seen;
    EXPECT_EQ(BLOCK_ON(rt, abort_unstarted(&e, &seen)), 9);
    EXPECT_EQ(seen.begun.get(), 0);
    EXPECT_EQ(seen.finished, 4);
}

ASYNC_FN(void, spawn_and_abort, ((int, n), (Event *, never), (Seen *, seen)),
         nr_group g;
         int i;)
{
    ASYNC_BEGIN(spawn_and_abort);
    nr_group_init(&self->g);
    for (self->i = 0; self->i < self->n; self->i++)
        GROUP_SPAWN(&self->g, wait_in_child(&self->never[self->i], self->seen));
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

TEST(Group, TenThousandAreAbortedWhileTheyStart)
{
    const int count = 10000;
    for (unsigned workers : {1u, 3u}) {
        Runtime rt(workers);
        Seen seen;
        std::vector<Event> never(count);
        BLOCK_ON(rt, spawn_and_abort(count, never.data(), &seen));
        EXPECT_EQ(seen.finished, count);
    }
}

ASYNC_FN(void, own_group, ((nr_group *, g), (Event *, e), (Seen *, seen)))
{
    ASYNC_BEGIN(own_group);
    nr_group_init(self->g);
    GROUP_SPAWN(self->g, wait_in_child(self->e, self->seen));
    GROUP_SPAWN(self->g, wait_in_child(self->e + 1, self->seen));
    AWAIT(nr_group_join(self->g));
    ASYNC_END;
}

TEST(Group, AnyThreadMayAbort)
{
    Runtime rt(2);
    nr_group g;
    Event e[2];
    Seen seen;
    Thread aborter([&] {
        seen.begun.wait_for(2);
        nr_group_abort(&g);
    });
    BLOCK_ON(rt, own_group(&g, e, &seen));
    EXPECT_EQ(seen.finished, 2);
    aborter.join();
    nr_group_deinit(&g);
}

// ---- a join that is cancelled ----

ASYNC_FN(void, join_slow, ((Event *, e), (Seen *, seen)), nr_group g;)
{
    ASYNC_BEGIN(join_slow);
    nr_group_init(&self->g);
    GROUP_SPAWN(&self->g, clean_slowly(&self->e[0], &self->e[1], self->seen));
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    EXPECT_EQ(self->g.count_, 0u);
    nr_group_deinit(&self->g);
    ASYNC_END;
}

enum How { BY_ABORT, BY_TIMEOUT, BY_SELECT };

ASYNC_FN(int, cancel_join, ((How, how), (Event *, e), (Seen *, seen)),
         JOIN_HANDLE(join_slow) h;
         nr_group g; int err;)
{
    ASYNC_BEGIN(cancel_join);
    if (self->how == BY_ABORT) {
        self->h = SPAWN(join_slow(self->e, self->seen));
        while (self->seen->begun.get() == 0)
            YIELD_NOW();
        ABORT(self->h);
        AWAIT(self->err, JOIN_STATUS(self->h));
    } else if (self->how == BY_TIMEOUT) {
        AWAIT(self->err, TIMEOUT_MS(20, join_slow(self->e, self->seen)));
    } else {
        AWAIT(self->err,
              SELECT(join_slow(self->e, self->seen), nr_sleep_ms(20)));
    }
    EXPECT_EQ(self->seen->finished, self->seen->begun.get());
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

TEST(Group, ACancelledJoinAbortsAndWaitsForTheCleanup)
{
    for (How how : {BY_ABORT, BY_TIMEOUT, BY_SELECT}) {
        Runtime rt(2);
        Event e[2];
        Seen seen;
        // The cleanup ends only after it was seen to have begun.
        Thread ender([&] {
            while (seen.cleaning == 0)
                nr_sys_thread_yield();
            EXPECT_EQ(seen.finished, 0);
            e[1].set();
        });
        int expected = how == BY_ABORT     ? -ECANCELED
                       : how == BY_TIMEOUT ? -ETIMEDOUT
                                           : 1;
        EXPECT_EQ(BLOCK_ON(rt, cancel_join(how, e, &seen)), expected);
        ender.join();
        EXPECT_EQ(seen.finished, 1);
    }
}

// ---- want of memory ----

ASYNC_FN(int, spawn_starved, ((uint64_t, after)), nr_group g; int a;)
{
    ASYNC_BEGIN(spawn_starved);
    nr_group_init(&self->g);
    {
        AllocFailure failure(self->after, AllocFailure::FROM_THERE_ON);
        GROUP_SPAWN(&self->g, INTO(&self->a, square(7)));
    }
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_RETURN(self->a);
    ASYNC_END;
}

TEST(Group, AChildThereIsNoMemoryForCountsAsEnded)
{
    // The call, INTO, the child, its join: with a fifth there is enough.
    for (uint64_t after = 0; after <= 4; after++) {
        Runtime rt(1); // a new one, whose worker has kept no memory
        EXPECT_EQ(BLOCK_ON(rt, spawn_starved(after)), after < 4 ? 0 : 49);
    }
}

ASYNC_FN(void, join_starved, ((Event *, e), (Seen *, seen)), nr_group g;)
{
    ASYNC_BEGIN(join_starved);
    nr_group_init(&self->g);
    GROUP_SPAWN(&self->g, square(2));
    while (self->g.count_ != 0)
        YIELD_NOW();
    GROUP_SPAWN(&self->g, wait_in_child(self->e, self->seen));
    while (self->seen->begun.get() == 0)
        YIELD_NOW();
    nr_sys_alloc_fail(0, 1);
    AWAIT(ALL(nr_group_join(&self->g), nr_sleep_ms(0))); // there is no ALL
    ADD_FAILURE();
    ASYNC_FINALLY;
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    EXPECT_EQ(self->seen->finished, 1);
    nr_group_deinit(&self->g);
    nr_sys_alloc_fail(UINT64_MAX, 0);
    self->seen->cleaning++;
    ASYNC_END;
}

// An AWAIT in a FINALLY is skipped for want of memory, and the children borrow
// from the frame.
TEST(Group, AJoinOfChildrenInAFinallyIsNeverSkipped)
{
    Runtime rt(1);
    Event e;
    Seen seen;
    Handle h(rt);
    JOIN_HANDLE(join_starved) j = SPAWN_ON(h, join_starved(&e, &seen));
    while (seen.cleaning == 0) // BLOCK_ON needs memory
        nr_sys_thread_yield();
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(j)), -ENOMEM);
}

} // namespace
