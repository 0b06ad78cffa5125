/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>
#include <windows.h>

#include "nanorun/sys/thread.h"

namespace
{

TEST(ThreadWindows, TheAffinityMaskBoundsTheProcessors)
{
    DWORD_PTR before, all;

    ASSERT_TRUE(GetProcessAffinityMask(GetCurrentProcess(), &before, &all));
    ASSERT_TRUE(
        SetProcessAffinityMask(GetCurrentProcess(), before & (0 - before)));
    EXPECT_EQ(nr_sys_cpu_count(), 1u);
    ASSERT_TRUE(SetProcessAffinityMask(GetCurrentProcess(), before));
}

using GetDescription = HRESULT(WINAPI *)(HANDLE thread, PWSTR *out);

TEST(ThreadWindows, ANameIsThereForDebuggersAndCut)
{
    auto get = reinterpret_cast<GetDescription>(
        reinterpret_cast<void (*)()>(GetProcAddress(
            GetModuleHandleW(L"kernel32.dll"), "GetThreadDescription")));
    PWSTR name = nullptr;

    if (get == nullptr)
        GTEST_SKIP() << "this Windows, or Wine, does not tell threads' names";
    nr_sys_thread_name("nanorun-worker-17");
    ASSERT_GE(get(GetCurrentThread(), &name), 0);
    EXPECT_STREQ(name, L"nanorun-worker-");
    LocalFree(name);
}

void EndOfAThread()
{
    nr_sys_thread t;

    nr_sys_thread_create(
        &t, 0, [](void *) { ExitThread(0); }, nullptr);
    nr_sys_thread_join(&t);
}

TEST(ThreadWindowsDeathTest, AThreadThatEndsBeforeItsFunctionStops)
{
    EXPECT_DEATH(EndOfAThread(), "nanorun: a thread of the runtime was ended");
}

} // namespace
