// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/test_thread.h"

// Small races of channels, locks and groups; beside races_test.cc.

namespace
{

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

TEST(SyncRaces, EachItemOfAChannelIsReceivedOnce)
{
    for (size_t capacity : {1u, 4u}) {
        Runtime rt(2);
        Ints *c = CHAN_NEW(int, capacity);
        int sent[2];
        EXPECT_EQ(BLOCK_ON(rt, send_and_receive(c, sent)), 6);
        CHAN_FREE(c);
    }
}

TEST(SyncRaces, CloseAgainstSends)
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

TEST(SyncRaces, LocksAndPermitsAreGivenBackWhateverIsAborted)
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

ASYNC_FN(int, follow, ((nr_barrier *, b), (bool, stops)), int err;)
{
    ASYNC_BEGIN(follow);
    if (self->stops)
        AWAIT(self->err, TIMEOUT_MS(1, nr_barrier_wait(self->b)));
    else
        AWAIT(nr_barrier_wait(self->b));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

// Whoever uses the barrier after its end finds it locked for ever.
ASYNC_FN(bool, lead_and_end, ((nr_barrier *, b)), bool leads;)
{
    ASYNC_BEGIN(lead_and_end);
    AWAIT(nr_sleep_ms(1));
    AWAIT(self->leads, nr_barrier_wait(self->b));
    if (self->leads) {
        nr_barrier_deinit(self->b);
        memset(self->b, 0xff, sizeof *self->b);
    }
    ASYNC_RETURN(self->leads);
    ASYNC_END;
}

// All at about one time.
ASYNC_FN(void, meet, ((nr_barrier *, b), (bool, stops)),
         JOIN_HANDLE(follow) follower;
         JOIN_HANDLE(lead_and_end) leader; int err; bool leads;)
{
    ASYNC_BEGIN(meet);
    self->follower = SPAWN(follow(self->b, self->stops));
    self->leader = SPAWN(lead_and_end(self->b));
    AWAIT(nr_sleep_ms(1));
    if (!self->stops)
        ABORT(self->follower);
    AWAIT(self->err, JOIN_STATUS(self->follower));
    AWAIT(nr_sleep_ms(1));
    ABORT(self->leader); // it waits for ever if the follower has left
    AWAIT(self->err, JOIN_STATUS(self->leader, &self->leads));
    if (!self->leads)
        nr_barrier_deinit(self->b);
    ASYNC_END;
}

TEST(SyncRaces, ABarrierThatItsLeaderEndsAgainstTheCancellationOfAFollower)
{
    for (bool stops : {false, true}) {
        Runtime rt(2);
        nr_barrier b;
        nr_barrier_init(&b, 2);
        BLOCK_ON(rt, meet(&b, stops));
    }
}

// In a FINALLY, so that only force ends it before the notification.
ASYNC_FN(void, await_in_cleanup, ((nr_notify *, n)))
{
    ASYNC_BEGIN(await_in_cleanup);
    YIELD_NOW();
    ASYNC_FINALLY;
    AWAIT(nr_notify_wait(self->n));
    ASYNC_END;
}

TEST(SyncRaces, NotificationsAgainstAForcedEnd)
{
    uint64_t blocks = nr_sys_alloc_live();
    nr_notify n;
    nr_notify_init(&n);
    nr_runtime *rt = runtime_of(1);
    {
        Handle h(rt);
        for (int i = 0; i < 2; i++)
            DETACH(SPAWN_ON(h, await_in_cleanup(&n)));
    }
    Thread notifier([&] {
        for (int i = 0; i < 3; i++) {
            nr_sys_thread_yield();
            nr_notify_one(&n);
        }
    });
    int err = nr_runtime_shutdown(rt, 0);
    EXPECT_TRUE(err == 0 || err == -ETIMEDOUT) << err;
    notifier.join();
    wait_until_live(blocks);
    nr_notify_deinit(&n);
}

} // namespace
