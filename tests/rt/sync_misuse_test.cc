// SPDX-License-Identifier: MIT
#include "nanorun/rt/sync.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/misuse.h"

// Mistakes stop the process with one line that names the mistake and the place.

namespace
{

#define PLACE_(line) __FILE__ ":" #line
#define PLACE(line) PLACE_(line)
#define EXPECT_MISUSE(statement, what) \
    EXPECT_DEATH(statement, testing::Eq("nanorun: " what "\n"))
#define EXPECT_MISUSE_HERE(statement, what) \
    EXPECT_MISUSE(statement, what " (" PLACE(__LINE__) ")")

// Compilers disagree on the line of a macro that takes several.
#define OUTSIDE "GROUP_SPAWN outside a task"
#define NOT_LOCKED "nr_mutex_unlock of a mutex that is not locked"
#define LOCKED "nr_mutex_deinit of a mutex that is locked"
#define TOO_MANY "nr_semaphore_release: too many permits to count"
#define NO_CHANNEL " with a NULL channel"
#define ANOTHER_TYPE \
    "CHAN_TRY_SEND with a channel made for items of another type"

typedef CHAN(int) int_chan;

typedef void (*Misuse)(void *);

ASYNC_FN(void, commit, ((Misuse, misuse), (void *, arg)))
{
    ASYNC_BEGIN(commit);
    self->misuse(self->arg);
    ASYNC_END;
}

// The call is polled first, and waits while `misuse` runs.
template <class F> void while_waiting(F *call, Misuse misuse, void *arg)
{
    Runtime rt(1);
    BLOCK_ON(rt, SELECT(call, commit(misuse, arg)));
}

TEST(SyncMisuseDeathTest, UnlockOfWhatIsNotLocked)
{
    nr_mutex m;
    nr_mutex_init(&m);
    EXPECT_MISUSE_HERE(nr_mutex_unlock(&m), NOT_LOCKED);
    ASSERT_EQ(nr_mutex_try_lock(&m), 0);
    nr_mutex_unlock(&m);
    EXPECT_MISUSE_HERE(nr_mutex_unlock(&m), NOT_LOCKED);
    // A pointer to the function has no place to name.
    void (*unlock)(nr_mutex *) = nr_mutex_unlock;
    EXPECT_MISUSE(unlock(&m), NOT_LOCKED);
    EXPECT_MISUSE_HERE(::nr_mutex_unlock(&m), NOT_LOCKED);
}

TEST(SyncMisuseDeathTest, DeinitOfALockedMutex)
{
    nr_mutex m;
    nr_mutex_init(&m);
    ASSERT_EQ(nr_mutex_try_lock(&m), 0);
    EXPECT_MISUSE_HERE(nr_mutex_deinit(&m), LOCKED);
}

TEST(SyncMisuseDeathTest, DeinitOfASemaphoreThatIsWaitedFor)
{
    nr_semaphore s;
    nr_semaphore_init(&s, 0);
    auto deinit = [](void *p) {
        nr_semaphore_deinit((nr_semaphore *)p); // the place
    };
    const int line = __LINE__ - 2;
    EXPECT_DEATH(
        while_waiting(nr_semaphore_acquire(&s, 1), deinit, &s),
        testing::Eq(MISUSE_LINE(
            "nr_semaphore_deinit of a semaphore that is waited for", line)));
}

TEST(SyncMisuseDeathTest, ReleaseOfMoreThanCanBeCounted)
{
    nr_semaphore s;
    nr_semaphore_init(&s, SIZE_MAX);
    EXPECT_MISUSE_HERE(nr_semaphore_release(&s, 1), TOO_MANY);
}

TEST(SyncMisuseDeathTest, DeinitOfANotifyThatIsWaitedFor)
{
    nr_notify n;
    nr_notify_init(&n);
    auto deinit = [](void *p) {
        nr_notify_deinit((nr_notify *)p); // the place
    };
    const int line = __LINE__ - 2;
    EXPECT_DEATH(while_waiting(nr_notify_wait(&n), deinit, &n),
                 testing::Eq(MISUSE_LINE(
                     "nr_notify_deinit of a notify that is waited for", line)));
}

TEST(SyncMisuseDeathTest, DeinitOfABarrierThatIsWaitedFor)
{
    nr_barrier b;
    nr_barrier_init(&b, 2);
    auto deinit = [](void *p) {
        nr_barrier_deinit((nr_barrier *)p); // the place
    };
    const int line = __LINE__ - 2;
    EXPECT_DEATH(
        while_waiting(nr_barrier_wait(&b), deinit, &b),
        testing::Eq(MISUSE_LINE(
            "nr_barrier_deinit of a barrier that is waited for", line)));
}

enum { GROUP_LINE = __LINE__ + 7 };

ASYNC_FN(void, deinit_with_child, (), nr_group g;)
{
    ASYNC_BEGIN(deinit_with_child);
    nr_group_init(&self->g);
    GROUP_SPAWN(&self->g, nr_sleep_ms(100000));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

void run_deinit_with_child()
{
    Runtime rt(1);
    BLOCK_ON(rt, deinit_with_child());
}

TEST(SyncMisuseDeathTest, DeinitOfAGroupThatHasChildren)
{
    EXPECT_DEATH(
        run_deinit_with_child(),
        testing::Eq(MISUSE_LINE("nr_group_deinit of a group that has children",
                                GROUP_LINE)));
}

TEST(SyncMisuseDeathTest, GroupSpawnOutsideATask)
{
    nr_group g;
    nr_group_init(&g);
    EXPECT_MISUSE_HERE(GROUP_SPAWN(&g, nr_sleep_ms(1)), OUTSIDE);
}

TEST(SyncMisuseDeathTest, FreeOfAChannelThatIsWaitedFor)
{
    int_chan *c = CHAN_NEW(int, 1);
    int v;
    auto free = [](void *p) {
        int_chan *used = (int_chan *)p;
        CHAN_FREE(used); // the place
    };
    const int line = __LINE__ - 2;
    const auto expected =
        testing::Eq(MISUSE_LINE("CHAN_FREE of a channel that is in use", line));
    EXPECT_DEATH(while_waiting(CHAN_RECV(c, &v), free, c), expected);
    ASSERT_EQ(CHAN_TRY_SEND(c, 1), 0);
    EXPECT_DEATH(while_waiting(CHAN_SEND(c, 2), free, c), expected);
    CHAN_FREE(c);
}

TEST(SyncMisuseDeathTest, ANullChannel)
{
    int_chan *c = nullptr;
    int v;
    EXPECT_MISUSE_HERE(CHAN_SEND(c, 1), "CHAN_SEND" NO_CHANNEL);
    EXPECT_MISUSE_HERE(CHAN_RECV(c, &v), "CHAN_RECV" NO_CHANNEL);
    EXPECT_MISUSE_HERE(CHAN_TRY_SEND(c, 1), "CHAN_TRY_SEND" NO_CHANNEL);
    EXPECT_MISUSE_HERE(CHAN_TRY_RECV(c, &v), "CHAN_TRY_RECV" NO_CHANNEL);
    EXPECT_MISUSE_HERE(CHAN_CLOSE(c), "CHAN_CLOSE" NO_CHANNEL);
    CHAN_FREE(c); // is fine
}

TEST(SyncMisuseDeathTest, AChannelMadeForAnotherType)
{
    // In C, CHAN_NEW yields what fits every channel.
    int_chan *c = (int_chan *)(void *)CHAN_NEW(char, 1);
    EXPECT_MISUSE_HERE(CHAN_TRY_SEND(c, 1), ANOTHER_TYPE);
    CHAN_FREE(c);
}

} // namespace
