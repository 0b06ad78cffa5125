// SPDX-License-Identifier: MIT
#include <errno.h>

#include <vector>

#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/thread.h"

// Small races of everything with everything: each a few steps long, so that
// thousands of simulations go through most of their orders.

namespace
{

struct Ends {
    std::atomic<int> begun{0}, ended{0};
};

ASYNC_FN(int, stroll, ((int, yields), (uint64_t, ms), (Ends *, ends)), int i;)
{
    ASYNC_BEGIN(stroll);
    self->ends->begun++;
    for (self->i = 0; self->i < self->yields; self->i++)
        YIELD_NOW();
    if (self->ms > 0)
        AWAIT(nr_sleep_ms(self->ms));
    ASYNC_RETURN(7);
    ASYNC_FINALLY;
    YIELD_NOW();
    self->ends->ended++;
    ASYNC_END;
}

ASYNC_FN(int, try_join, ((JOIN_HANDLE(stroll), h), (int *, value)), int err;)
{
    ASYNC_BEGIN(try_join);
    AWAIT(self->err, TRY_JOIN(self->h, self->value));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

void expect_ends_alike(const Ends &ends)
{
    EXPECT_EQ(ends.begun, ends.ended);
}

TEST(Races, AbortAgainstEnd)
{
    Runtime rt(2);
    Handle h(rt);
    Ends ends;
    for (int yields = 0; yields < 3; yields++) {
        int value = 0;
        JOIN_HANDLE(stroll)
        task = SPAWN_ON(h, stroll(yields, 0, &ends));
        ABORT(task);
        int err = BLOCK_ON(rt, try_join(task, &value));
        EXPECT_TRUE(err == -ECANCELED || (err == 0 && value == 7)) << err;
    }
    expect_ends_alike(ends);
}

TEST(Races, DetachAgainstEnd)
{
    Ends ends;
    {
        Runtime rt(2);
        Handle h(rt);
        for (int yields = 0; yields < 3; yields++)
            DETACH(SPAWN_ON(h, stroll(yields, 0, &ends)));
    }
    expect_ends_alike(ends);
}

TEST(Races, JoinAgainstEnd)
{
    Runtime rt(3);
    Handle h(rt);
    Ends ends;
    for (int yields = 0; yields < 4; yields++) {
        int value = 0;
        EXPECT_EQ(BLOCK_ON(rt, try_join(SPAWN_ON(h, stroll(yields, 0, &ends)),
                                        &value)),
                  0);
        EXPECT_EQ(value, 7);
    }
    expect_ends_alike(ends);
}

TEST(Races, AbortOfASleepAgainstItsTimer)
{
    Runtime rt(2);
    Handle h(rt);
    Ends ends;
    JOIN_HANDLE(stroll)
    task = SPAWN_ON(h, stroll(0, 1, &ends));
    JOIN_HANDLE(stroll)
    other = SPAWN_ON(h, stroll(0, 1, &ends));
    int value = 0;
    BLOCK_ON(rt, try_join(other, &value));
    ABORT(task); // its timer fires about now
    int err = BLOCK_ON(rt, try_join(task, &value));
    EXPECT_TRUE(err == 0 || err == -ECANCELED) << err;
    expect_ends_alike(ends);
}

TEST(Races, SpawnsAgainstTheEndOfTheRuntime)
{
    Ends ends;
    nr_runtime *rt = runtime_of(2), *other = runtime_of(1);
    nr_handle *h = nr_runtime_handle(rt);
    std::vector<JOIN_HANDLE(stroll)> tasks;
    Thread spawner([&] {
        for (int i = 0; i < 6; i++)
            tasks.push_back(SPAWN_ON(h, stroll(i % 3, uint64_t(i % 2), &ends)));
    });
    nr_runtime_destroy(rt);
    spawner.join();
    for (auto task : tasks) {
        int value = 0;
        int err = BLOCK_ON(other, try_join(task, &value));
        EXPECT_TRUE(err == 0 || err == -ECANCELED) << err;
    }
    nr_handle_release(h);
    nr_runtime_destroy(other);
    expect_ends_alike(ends);
}

ASYNC_FN(int, wait_a_little, ((Event *, e)), int err;)
{
    ASYNC_BEGIN(wait_a_little);
    AWAIT(self->err, TIMEOUT_MS(1, event_wait(self->e)));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

ASYNC_FN(void, set_in_a_ms, ((Event *, e)))
{
    ASYNC_BEGIN(set_in_a_ms);
    AWAIT(nr_sleep_ms(1));
    self->e->set();
    ASYNC_END;
}

TEST(Races, TheDeadlineAgainstTheEvent)
{
    Event e;
    {
        Runtime rt(2);
        Handle h(rt);
        DETACH(SPAWN_ON(h, set_in_a_ms(&e)));
        int err = BLOCK_ON(rt, wait_a_little(&e));
        EXPECT_TRUE(err == 0 || err == -ETIMEDOUT) << err;
    }
    EXPECT_EQ(e.waker, nullptr);
}

TEST(Races, AWakeFromOutsideAgainstGoingToSleep)
{
    Runtime rt(3);
    Handle h(rt);
    for (int i = 0; i < 3; i++) {
        Event e;
        event_wait_future **task = SPAWN_ON(h, event_wait(&e));
        Thread setter([&] { e.set(); });
        setter.join();
        while (!IS_FINISHED(task))
            nr_sys_thread_yield();
        DETACH(task);
    }
}

// ---- channels, locks, groups ----

using Ints = CHAN(int);

ASYNC_FN(void, send_some, ((Ints *, c), (int, n), (int *, sent)), int err;)
{
    ASYNC_BEGIN(send_some);
    for (*self->sent = 0; *self->sent < self->n; ++*self->sent) {
        AWAIT(self->err, CHAN_SEND(self->c, 1));
        if (self->err != 0)
            break;
    }
    ASYNC_END;
}

ASYNC_FN(int, receive_all, ((Ints *, c)), int n, item;)
{
    ASYNC_BEGIN(receive_all);
    for (;;) {
        int err;
        AWAIT(err, CHAN_RECV(self->c, &self->item));
        if (err != 0)
            break;
        self->n += self->item;
    }
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, send_and_receive, ((Ints *, c), (int *, sent)), nr_group senders;
         nr_group receivers; int got[2];)
{
    ASYNC_BEGIN(send_and_receive);
    nr_group_init(&self->senders);
    nr_group_init(&self->receivers);
    GROUP_SPAWN(&self->receivers, INTO(&self->got[0], receive_all(self->c)));
    GROUP_SPAWN(&self->receivers, INTO(&self->got[1], receive_all(self->c)));
    GROUP_SPAWN(&self->senders, send_some(self->c, 3, &self->sent[0]));
    GROUP_SPAWN(&self->senders, send_some(self->c, 3, &self->sent[1]));
    AWAIT(nr_group_join(&self->senders));
    CHAN_CLOSE(self->c);
    AWAIT(nr_group_join(&self->receivers));
    ASYNC_RETURN(self->got[0] + self->got[1]);
    ASYNC_FINALLY;
    nr_group_deinit(&self->senders);
    nr_group_deinit(&self->receivers);
    ASYNC_END;
}

TEST(Races, EachItemOfAChannelIsReceivedOnce)
{
    for (size_t capacity : {1u, 4u}) {
        Runtime rt(2);
        Ints *c = CHAN_NEW(int, capacity);
        int sent[2];
        EXPECT_EQ(BLOCK_ON(rt, send_and_receive(c, sent)), 6);
        CHAN_FREE(c);
    }
}

TEST(Races, CloseAgainstSends)
{
    Runtime rt(2);
    Handle h(rt);
    Ints *c = CHAN_NEW(int, 1);
    int sent = 0, n = 0, item;
    auto task = SPAWN_ON(h, send_some(c, 3, &sent));
    while (CHAN_TRY_RECV(c, &item) != 0)
        nr_sys_thread_yield();
    CHAN_CLOSE(c);
    while (!IS_FINISHED(task))
        nr_sys_thread_yield();
    DETACH(task);
    for (n = 1; CHAN_TRY_RECV(c, &item) == 0;)
        n++;
    EXPECT_EQ(n, sent); // what a send took is there
    CHAN_FREE(c);
}

struct Shared {
    nr_mutex lock;
    nr_semaphore permits;
    int inside;
    std::atomic<int> done;
};

ASYNC_FN(void, go_in, ((Shared *, s)), bool has_lock, has_permit;)
{
    ASYNC_BEGIN(go_in);
    AWAIT(nr_semaphore_acquire(&self->s->permits, 1));
    self->has_permit = true;
    AWAIT(nr_mutex_lock(&self->s->lock));
    self->has_lock = true;
    EXPECT_EQ(self->s->inside++, 0);
    YIELD_NOW();
    EXPECT_EQ(--self->s->inside, 0);
    self->s->done++;
    ASYNC_FINALLY;
    if (self->has_lock) {
        self->s->inside = 0;
        nr_mutex_unlock(&self->s->lock);
    }
    if (self->has_permit)
        nr_semaphore_release(&self->s->permits, 1);
    ASYNC_END;
}

ASYNC_FN(void, go_in_and_abort, ((Shared *, s), (bool, abort)), nr_group g;
         int i;)
{
    ASYNC_BEGIN(go_in_and_abort);
    nr_group_init(&self->g);
    for (self->i = 0; self->i < 4; self->i++)
        GROUP_SPAWN(&self->g, go_in(self->s));
    YIELD_NOW();
    if (self->abort)
        nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    nr_group_deinit(&self->g);
    ASYNC_END;
}

TEST(Races, LocksAndPermitsAreGivenBackWhateverIsAborted)
{
    for (bool abort : {false, true}) {
        Runtime rt(2);
        Shared s = {};
        nr_mutex_init(&s.lock);
        nr_semaphore_init(&s.permits, 2);
        BLOCK_ON(rt, go_in_and_abort(&s, abort));
        BLOCK_ON(rt, go_in_and_abort(&s, false));
        EXPECT_GE(s.done, abort ? 4 : 8);
        nr_semaphore_deinit(&s.permits);
        nr_mutex_deinit(&s.lock);
    }
}

} // namespace
