// SPDX-License-Identifier: MIT
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <vector>

#include <gmock/gmock.h>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"
#include "tests/support/test_thread.h"

// What the child of a fork may do, wherever the other threads of its parent
// were, and how it is stopped where it uses what is its parent's.

namespace
{

ASYNC_FN(int, five, ())
{
    ASYNC_BEGIN(five);
    AWAIT(nr_sleep_ms(0));
    YIELD_NOW();
    ASYNC_RETURN(5);
    ASYNC_END;
}

// How a child that runs `body` ended: its exit code, or the signal from 128 on.
int end_of_child(const std::function<void()> &body)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        body();
        _exit(0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void run_five()
{
    int result = RUN(five());
    _exit(result);
}

// ---- what a child may do ----

// Tools that watch memory have locks of their own, which they leave taken in
// the child, and know no threads there.
class Fork : public testing::Test
{
  protected:
    void SetUp() override
    {
        if (NR_SYS_MEMORY_CHECKED)
            GTEST_SKIP() << "the tool does not survive a fork";
    }
};

enum { ROUNDS = 100, THREADS = 2 };

void make_futures(const std::atomic<bool> *stop)
{
    while (!*stop) {
        nr_future_drop(&nr_sleep_ms(5)->base);
        nr_future_drop(&five()->base);
        nr_future_drop(&always_ready()->base);
    }
}

TEST_F(Fork, AChildRunsTasksWhileOtherThreadsOfItsParentMadeFutures)
{
    std::atomic<bool> stop{false};
    std::vector<Thread> threads;
    for (int i = 0; i < THREADS; i++)
        threads.emplace_back([&] { make_futures(&stop); });
    for (int i = 0; i < ROUNDS && !testing::Test::HasFailure(); i++)
        EXPECT_EQ(end_of_child(run_five), 5);
    stop = true;
    for (Thread &t : threads)
        t.join();
}

ASYNC_FN(void, spawn_until, ((const std::atomic<bool> *, stop)))
{
    ASYNC_BEGIN(spawn_until);
    while (!*self->stop) {
        AWAIT(JOIN(SPAWN(five())));
        AWAIT(five());
    }
    ASYNC_END;
}

TEST_F(Fork, AChildHasARuntimeOfItsOwnBesideOneThatWasBusy)
{
    std::atomic<bool> stop{false};
    Runtime rt(2);
    Handle h(rt);
    for (int i = 0; i < 4; i++)
        DETACH(SPAWN_ON(h, spawn_until(&stop)));
    for (int i = 0; i < ROUNDS / 4 && !testing::Test::HasFailure(); i++)
        EXPECT_EQ(end_of_child(run_five), 5);
    stop = true;
}

TEST_F(Fork, AChildOfAChildHasItsOwnRuntimeToo)
{
    EXPECT_EQ(end_of_child([] { _exit(end_of_child(run_five)); }), 5);
    Runtime rt(1);
    EXPECT_EQ(end_of_child([] {
                  Runtime own(1);
                  _exit(BLOCK_ON(own, five()) + end_of_child(run_five));
              }),
              10);
    EXPECT_EQ(BLOCK_ON(rt, five()), 5);
}

ASYNC_FN(int, fork_inside, ())
{
    ASYNC_BEGIN(fork_inside);
    ASYNC_RETURN(end_of_child(run_five));
    ASYNC_END;
}

TEST_F(Fork, TheChildOfAForkInATaskIsOutsideOfIt)
{
    Runtime rt(1);
    EXPECT_EQ(BLOCK_ON(rt, fork_inside()), 5);
}

TEST_F(Fork, ReferencesToTheParentsRuntimeMayGoInTheChild)
{
    Runtime rt(1);
    nr_handle *h = nr_runtime_handle(rt);
    EXPECT_EQ(end_of_child([h] {
                  nr_handle_release(nr_handle_clone(h));
                  nr_handle_release(h);
                  run_five();
              }),
              5);
    nr_handle_release(h);
}

// ---- what it may not ----

// What this process has when it forks.
struct Parent {
    Runtime rt{1};
    Handle h{rt};
    Event event;
    JOIN_HANDLE(five) task = nullptr; // waits for the event
    nr_waker *waker = nullptr;
};

ASYNC_FN(int, wait_then_five, ((Event *, e), (nr_waker **, waker)))
{
    ASYNC_BEGIN(wait_then_five);
    AWAIT(lend_waker(self->waker));
    AWAIT(event_wait(self->e));
    ASYNC_RETURN(5);
    ASYNC_END;
}

// Ends this process as a child of it ends that does `body`.
void fork_and(const std::function<void(Parent *)> &body)
{
    Parent *p = new Parent; // never ended: the process is
    JOIN_HANDLE(wait_then_five)
    task = SPAWN_ON(p->h, wait_then_five(&p->event, &p->waker));
    p->task = (JOIN_HANDLE(five))task;
    while (p->event.polls == 0)
        nr_sys_thread_yield();
    BLOCK_ON(p->rt, five()); // behind it: the task waits
    _exit(end_of_child([&] { body(p); }));
}

#define EXPECT_STOP(body, what)                                             \
    EXPECT_EXIT(                                                            \
        fork_and([](Parent *p) { return body; }),                           \
        testing::ExitedWithCode(128 + SIGABRT),                             \
        testing::AllOf(testing::StartsWith("nanorun: " what " (" __FILE__), \
                       testing::EndsWith(")\n")))
#define EXPECT_STOP_SOMEWHERE(body, what)                 \
    EXPECT_EXIT(fork_and([](Parent *p) { return body; }), \
                testing::ExitedWithCode(128 + SIGABRT),   \
                testing::Eq("nanorun: " what "\n"))

#define RUNTIME "a runtime made before fork is used in the child"
#define HANDLE "a join handle made before fork is used in the child"
#define TASK "a task that called fork goes on in the child"

TEST(ForkDeathTest, AChildUsesTheRuntimeOfItsParent)
{
    EXPECT_STOP(BLOCK_ON(p->rt, five()), RUNTIME);
    EXPECT_STOP(SPAWN_ON(p->h, five()), RUNTIME);
    EXPECT_STOP(nr_runtime_destroy(p->rt), RUNTIME);
    EXPECT_STOP(nr_runtime_shutdown(p->rt, 1), RUNTIME);
}

TEST(ForkDeathTest, AChildUsesATaskOfItsParent)
{
    EXPECT_STOP(JOIN(p->task), HANDLE);
    EXPECT_STOP(JOIN_STATUS(p->task), HANDLE);
    EXPECT_STOP(WAIT_FOR(p->task), HANDLE);
    EXPECT_STOP(IS_FINISHED(p->task), HANDLE);
    EXPECT_STOP(ABORT(p->task), HANDLE);
    EXPECT_STOP(DETACH(p->task), HANDLE);
}

TEST(ForkDeathTest, AChildWakesATaskOfItsParent)
{
    EXPECT_STOP_SOMEWHERE(nr_waker_wake(p->waker), RUNTIME);
}

// ---- a task that forks and goes on in the child ----

ASYNC_FN(void, go_on, ((int, how)), pid_t child; int status;)
{
    ASYNC_BEGIN(go_on);
    self->child = fork();
    if (self->child != 0) {
        waitpid(self->child, &self->status, 0);
        _exit(WIFSIGNALED(self->status) ? 128 + WTERMSIG(self->status) : 0);
    }
    alarm(60);
    if (self->how == 1)
        AWAIT(nr_sleep_ms(1));
    else if (self->how == 2)
        YIELD_NOW();
    ASYNC_END;
}

TEST(ForkDeathTest, AChildGoesOnInATaskOfItsParent)
{
    for (int how = 0; how < 3; how++) {
        EXPECT_EXIT(RUN(go_on(how)), testing::ExitedWithCode(128 + SIGABRT),
                    testing::Eq("nanorun: " TASK "\n"));
    }
}

} // namespace
