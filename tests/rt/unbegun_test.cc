// SPDX-License-Identifier: MIT
#include <errno.h>

#include <gtest/gtest.h>

#include "nanorun/rt/sync.h"
#include "tests/rt/runtime_helpers.h"

// A call that was accepted and is cancelled before it began runs its FINALLY,
// once, with its parameters and with zeroed locals, whoever accepted it.

namespace
{

// What was handed over, and what became of it.
struct Account {
    int opened = 0;
    int closed = 0;
    int begun = 0;
    int unwound = 0; // FINALLY sections in which IS_UNWINDING was true
};

ASYNC_FN(int, consume, ((Account *, a), (int, number)), int copy; char page[40];
         nr_group g; nr_mutex m; nr_semaphore s; nr_notify n; nr_barrier b;)
{
    ASYNC_BEGIN(consume);
    self->a->begun++;
    AWAIT(nr_sleep_ms(600000));
    ASYNC_RETURN(1);
    ASYNC_FINALLY;
    EXPECT_EQ(self->number, 7);
    EXPECT_EQ(self->copy, 0);
    for (char c : self->page)
        EXPECT_EQ(c, 0);
    AWAIT(nr_sleep_ms(0)); // a cleanup may await
    YIELD_NOW();
    nr_group_abort(&self->g); // zeroed objects may be ended
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    nr_mutex_deinit(&self->m);
    nr_semaphore_deinit(&self->s);
    nr_notify_deinit(&self->n);
    nr_barrier_deinit(&self->b);
    self->a->unwound += IS_UNWINDING;
    self->a->closed++;
    ASYNC_END;
}

consume_future *open_one(Account *a)
{
    a->opened++;
    return consume(a, 7);
}

ASYNC_FN(int, at_once, ())
{
    ASYNC_BEGIN(at_once);
    ASYNC_RETURN(1);
    ASYNC_END;
}

// One worker: what is spawned has not begun while its spawner runs.
class Unbegun : public testing::Test
{
  protected:
    ~Unbegun() override
    {
        EXPECT_EQ(account.begun, 0);
        EXPECT_GT(account.opened, 0);
        EXPECT_EQ(account.closed, account.opened);
        EXPECT_EQ(account.unwound, account.opened);
    }
    Account account;
    Runtime rt{1};
};

// Spawns the call, aborts it at once and joins it.
#define ABORT_UNBEGUN(call)                          \
    do {                                             \
        self->h = (JOIN_HANDLE(consume))SPAWN(call); \
        ABORT(self->h);                              \
        AWAIT(self->e, JOIN_STATUS(self->h));        \
        EXPECT_EQ(self->e, -ECANCELED);              \
    } while (0)

ASYNC_FN(void, abort_each, ((Account *, a)), JOIN_HANDLE(consume) h; int e, v;)
{
    ASYNC_BEGIN(abort_each);
    ABORT_UNBEGUN(open_one(self->a));
    ABORT_UNBEGUN(INTO(&self->v, open_one(self->a)));
    ABORT_UNBEGUN(TIMEOUT_MS(1000, open_one(self->a), &self->v));
    ABORT_UNBEGUN(ALL(open_one(self->a), INTO(&self->v, open_one(self->a))));
    ABORT_UNBEGUN(SELECT(nr_sleep_ms(5), open_one(self->a)));
    ABORT_UNBEGUN(SELECT(TIMEOUT_MS(10, ALL(open_one(self->a), at_once())),
                         INTO(&self->v, open_one(self->a))));
    EXPECT_EQ(self->v, 0);
    ASYNC_END;
}

TEST_F(Unbegun, AnAbortedTaskRunsItsFinally)
{
    BLOCK_ON(rt, abort_each(&account));
    EXPECT_EQ(account.opened, 8);
}

ASYNC_FN(void, lose_each, ((Account *, a)), int which, v;)
{
    ASYNC_BEGIN(lose_each);
    AWAIT(self->which,
          SELECT(at_once(), open_one(self->a),
                 INTO(&self->v, open_one(self->a)), ALL(open_one(self->a)),
                 TIMEOUT_MS(1, open_one(self->a))));
    EXPECT_EQ(self->which, 0);
    ASYNC_END;
}

TEST_F(Unbegun, ALoserOfASelectRunsItsFinallyBeforeTheSelectIsOver)
{
    BLOCK_ON(rt, lose_each(&account));
    EXPECT_EQ(account.opened, 4);
    EXPECT_EQ(account.closed, 4);
}

ASYNC_FN(void, abort_group, ((Account *, a)), nr_group g; int i, v;)
{
    ASYNC_BEGIN(abort_group);
    nr_group_init(&self->g);
    for (self->i = 0; self->i < 10; self->i++)
        GROUP_SPAWN(&self->g, open_one(self->a));
    nr_group_abort(&self->g);
    GROUP_SPAWN(&self->g, open_one(self->a)); // during the abort
    GROUP_SPAWN(&self->g, INTO(&self->v, open_one(self->a)));
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    EXPECT_EQ(self->v, 0);
    ASYNC_END;
}

TEST_F(Unbegun, AChildOfAnAbortedGroupRunsItsFinally)
{
    BLOCK_ON(rt, abort_group(&account));
    EXPECT_EQ(account.closed, 12);
}

// Keeps the only worker until the end of the runtime has begun.
ASYNC_FN(void, fill_queue,
         ((Account *, a), (nr_group *, g), (Count *, spawned), (Count *, go)))
{
    ASYNC_BEGIN(fill_queue);
    for (int i = 0; i < 50; i++)
        DETACH(SPAWN(open_one(self->a)));
    for (int i = 0; i < 50; i++)
        GROUP_SPAWN(self->g, open_one(self->a));
    self->spawned->add();
    self->go->wait_for(1);
    ASYNC_FINALLY;
    AWAIT(nr_group_join(self->g));
    ASYNC_END;
}

TEST_F(Unbegun, TheEndOfTheRuntimeRunsTheFinallyOfWhatIsQueued)
{
    nr_runtime *ending = runtime_of(1);
    nr_group g;
    Count spawned, go;
    nr_group_init(&g);
    {
        Handle h(ending);
        DETACH(SPAWN_ON(h, fill_queue(&account, &g, &spawned, &go)));
        spawned.wait_for(1);
        JOIN_HANDLE(consume) last = SPAWN_ON(h, open_one(&account));
        Thread ender([&] { nr_runtime_destroy(ending); });
        // Once it is refused, the end has begun.
        for (bool is_refused = false; !is_refused; nr_sys_thread_yield()) {
            JOIN_HANDLE(at_once) probe = SPAWN_ON(h, at_once());
            is_refused = IS_FINISHED(probe);
            DETACH(probe);
        }
        go.add();
        ender.join();
        EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(last)), -ECANCELED);
    }
    nr_group_deinit(&g);
    EXPECT_EQ(account.opened, 101);
}

// ---- no FINALLY ----

TEST_F(Unbegun, ADroppedCallRunsNoFinally)
{
    Account dropped;
    nr_future_drop(&open_one(&dropped)->base);
    EXPECT_EQ(dropped.closed, 0);
    nr_runtime *ended = runtime_of(1);
    Handle h(ended);
    nr_runtime_destroy(ended);
    JOIN_HANDLE(consume) refused = SPAWN_ON(h, open_one(&dropped));
    EXPECT_EQ(BLOCK_ON(rt, JOIN_STATUS(refused)), -ECANCELED);
    EXPECT_EQ(dropped.closed, 0);
    BLOCK_ON(rt, abort_each(&account));
}

// ---- IS_UNWINDING ----

ASYNC_FN(int, end_by, ((int, how), (int *, was_unwinding)))
{
    ASYNC_BEGIN(end_by);
    *self->was_unwinding = IS_UNWINDING;
    if (self->how == 1)
        ASYNC_RETURN(1);
    if (self->how == 2)
        AWAIT(nr_sleep_ms(600000));
    ASYNC_FINALLY;
    *self->was_unwinding += IS_UNWINDING ? 10 : 20;
    ASYNC_END;
}

TEST(Unwinding, IsUnwindingIsTrueInTheFinallyOfACallWithoutAResult)
{
    Runtime rt(1);
    int seen = -1;
    BLOCK_ON(rt, end_by(0, &seen));
    EXPECT_EQ(seen, 20);
    BLOCK_ON(rt, end_by(1, &seen));
    EXPECT_EQ(seen, 20);
    EXPECT_EQ(BLOCK_ON(rt, TIMEOUT_MS(1, end_by(2, &seen))), -ETIMEDOUT);
    EXPECT_EQ(seen, 10);
}

} // namespace
