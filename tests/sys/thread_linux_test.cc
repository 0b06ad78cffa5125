/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/prctl.h>

#include <string>

#include "nanorun/sys/thread.h"

namespace
{

void ReadName(void *arg)
{
    char name[16] = "";

    nr_sys_thread_name("nanorun-worker-12345");
    pthread_getname_np(pthread_self(), name, sizeof(name));
    *static_cast<std::string *>(arg) = name;
}

TEST(ThreadLinux, ANameOfAThreadIsCutToWhatCounts)
{
    std::string name;
    nr_sys_thread t;

    ASSERT_EQ(nr_sys_thread_create(&t, 0, ReadName, &name), 0);
    nr_sys_thread_join(&t);
    EXPECT_EQ(name, "nanorun-worker-");
}

void ReadSlack(void *arg)
{
    nr_sys_thread_wait_exactly();
    *static_cast<int *>(arg) = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
}

TEST(ThreadLinux, WaitsAreExactWhereThatWasAskedFor)
{
    int slack_ns = 0;
    nr_sys_thread t;

    ASSERT_EQ(nr_sys_thread_create(&t, 0, ReadSlack, &slack_ns), 0);
    nr_sys_thread_join(&t);
    EXPECT_EQ(slack_ns, 1);
}

} // namespace
