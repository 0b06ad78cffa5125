// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include <fstream>
#include <string>

#include "nanorun/sys/memory.h"
#include "nanorun/sys/thread.h"
#include "tests/rt/runtime_helpers.h"

// What a runtime takes of the process and gives back, seen in /proc, and that
// signals are none of its business.

namespace
{

int count_entries(const char *path)
{
    DIR *dir = opendir(path);
    EXPECT_NE(dir, nullptr);
    int n = 0;
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

int count_threads(void)
{
    return count_entries("/proc/self/task");
}

ASYNC_FN(int, add, ((int, a), (int, b)))
{
    ASYNC_BEGIN(add);
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

// Whether a worker is in the list. A joined thread still may be, for a moment.
bool is_any_worker(void)
{
    bool is_any = false;
    DIR *dir = opendir("/proc/self/task");
    while (struct dirent *entry = readdir(dir)) {
        std::ifstream file("/proc/self/task/" + std::string(entry->d_name) +
                           "/comm");
        std::string name;
        is_any |= file >> name && name.rfind("nanorun-", 0) == 0;
    }
    closedir(dir);
    return is_any;
}

// How many there are without a runtime, once it was seen that one works: what
// a sanitizer starts is there then.
int count_other_threads(void)
{
    BLOCK_ON(Runtime(1), add(1, 2));
    while (is_any_worker())
        nr_sys_thread_yield();
    return count_threads();
}

int count_fds(void)
{
    return count_entries("/proc/self/fd");
}

ASYNC_FN(int, sleep_and_add, ((int, a), (int, b)))
{
    ASYNC_BEGIN(sleep_and_add);
    AWAIT(nr_sleep_ms(1));
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

void wait_for_threads(int n)
{
    while (count_threads() > n)
        nr_sys_thread_yield();
    EXPECT_EQ(count_threads(), n);
}

TEST(RuntimeLinux, EachWorkerHasAThread)
{
    int threads = count_other_threads();
    for (unsigned workers : {1u, 2u, 8u}) {
        Runtime rt(workers);
        EXPECT_EQ(count_threads(), threads + int(workers));
    }
    {
        Runtime rt(0);
        EXPECT_EQ(count_threads(), threads + int(nr_sys_cpu_count()));
    }
    wait_for_threads(threads);
}

TEST(RuntimeLinux, AThousandRuntimesLeaveNothingBehind)
{
    int threads = count_other_threads(), fds = count_fds();
    uint64_t blocks = nr_sys_alloc_live();
    for (int i = 0; i < 1000; i++) {
        Runtime rt(1 + i % 3);
        if (i % 2) {
            EXPECT_EQ(BLOCK_ON(rt, add(i, 1)), i + 1);
        }
    }
    EXPECT_EQ(count_fds(), fds);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
    wait_for_threads(threads);
}

std::atomic<long> alarms{0};
std::atomic<long> strays{0};
pthread_t main_thread;

void on_alarm(int)
{
    alarms++;
    if (!pthread_equal(pthread_self(), main_thread))
        strays++;
}

ASYNC_FN(int, add_many, ((int, n)), int i, v, sum;)
{
    ASYNC_BEGIN(add_many);
    for (self->i = 0; self->i < self->n; self->i++) {
        AWAIT(self->v, JOIN(SPAWN(sleep_and_add(self->i, 1))));
        self->sum += self->v;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

TEST(RuntimeLinux, AStormOfSignalsDisturbsNoRuntime)
{
    struct sigaction action = {}, before;
    action.sa_handler = on_alarm; // without SA_RESTART
    main_thread = pthread_self();
    ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
    struct itimerval every_ms = {{0, 1000}, {0, 1000}}, never = {};
    ASSERT_EQ(setitimer(ITIMER_REAL, &every_ms, nullptr), 0);
    {
        Runtime rt(2);
        while (alarms < 50)
            EXPECT_EQ(BLOCK_ON(rt, add_many(10)), 55);
    }
    EXPECT_EQ(setitimer(ITIMER_REAL, &never, nullptr), 0);
    EXPECT_EQ(sigaction(SIGALRM, &before, nullptr), 0);
    EXPECT_EQ(strays, 0);
}

// Writes to each page of 16 MiB of stack.
int touch_stack()
{
    volatile char stack[16 << 20];
    for (size_t i = sizeof stack; i > 0; i -= 4096)
        stack[i - 4096] = 1;
    return stack[0];
}

ASYNC_FN(int, touch_stack_in_task, ())
{
    ASYNC_BEGIN(touch_stack_in_task);
    ASYNC_RETURN(touch_stack());
    ASYNC_END;
}

TEST(RuntimeLinux, WorkersHaveTheStackThatTheyWereGiven)
{
    nr_runtime_options options = {};
    options.workers = 1;
    options.stack_size = 24 << 20;
    nr_runtime *rt = nr_runtime_create(&options);
    ASSERT_NE(rt, nullptr);
    EXPECT_EQ(BLOCK_ON(rt, touch_stack_in_task()), 1);
    nr_runtime_destroy(rt);
    options.stack_size = SIZE_MAX;
    EXPECT_EQ(nr_runtime_create(&options), nullptr);
    EXPECT_EQ(errno, EAGAIN);
}

ASYNC_FN(void, exit_thread, ())
{
    ASYNC_BEGIN(exit_thread);
    pthread_exit(nullptr);
    ASYNC_END;
}

void run_exit_thread()
{
    Runtime rt(1);
    BLOCK_ON(rt, exit_thread());
}

TEST(RuntimeLinuxDeathTest, ATaskThatEndsItsThreadStops)
{
    EXPECT_DEATH(run_exit_thread(),
                 "^nanorun: a thread of the runtime was ended");
}

} // namespace
