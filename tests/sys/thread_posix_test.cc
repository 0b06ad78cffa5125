// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include "nanorun/sys/thread.h"

namespace
{

void ReadMask(void *arg)
{
    pthread_sigmask(SIG_SETMASK, nullptr, static_cast<sigset_t *>(arg));
}

TEST(ThreadPosix, AThreadTakesNoSignalButItsOwnFaults)
{
    sigset_t mask, before, after;
    nr_sys_thread t;

    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    ASSERT_EQ(nr_sys_thread_create(&t, 0, ReadMask, &mask), 0);
    nr_sys_thread_join(&t);
    for (int s :
         {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE, SIGALRM, SIGUSR1, SIGPROF})
        EXPECT_EQ(sigismember(&mask, s), 1) << s;
    for (int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
        EXPECT_EQ(sigismember(&mask, s), 0) << s;
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    for (int s = 1; s < 32; s++)
        EXPECT_EQ(sigismember(&before, s), sigismember(&after, s)) << s;
}

void EndOfAThread()
{
    nr_sys_thread t;

    nr_sys_thread_create(
        &t, 0, [](void *) { pthread_exit(nullptr); }, nullptr);
    nr_sys_thread_join(&t);
}

TEST(ThreadPosixDeathTest, AThreadThatEndsBeforeItsFunctionStops)
{
    EXPECT_DEATH(EndOfAThread(), "^nanorun: a thread of the runtime was ended");
}

} // namespace
