/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>
#include <pthread.h>

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

TEST(ThreadLinux, ANameIsCutToWhatCounts)
{
    std::string name;
    nr_sys_thread t;

    ASSERT_EQ(nr_sys_thread_create(&t, ReadName, &name), 0);
    nr_sys_thread_join(&t);
    EXPECT_EQ(name, "nanorun-worker-");
}

} // namespace
