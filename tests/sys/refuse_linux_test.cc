/* SPDX-License-Identifier: MIT */
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "nanorun/sys/clock.h"
#include "nanorun/sys/poller.h"
#include "nanorun/sys/socket.h"
#include "tests/sys/pair.h"
#include "tests/sys/refuse.h"

// What the kernel refuses is tried in child processes: a filter stays.
namespace
{

using sys_test::Listener;
using sys_test::Refuse;

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

// 32-bit x86 has one system call for all that is done with sockets.
#ifdef SYS_socketcall
constexpr long ACCEPT_CALL = SYS_socketcall;
#else
constexpr long ACCEPT_CALL = SYS_accept4;
#endif

enum { PASSED = 0, FAILED = 1, NO_FILTER = 2 };

bool CanFilter()
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(Refuse(SYS_epoll_pwait2, ENOSYS) ? PASSED : NO_FILTER);
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == PASSED;
}

// Waits of less and more than a millisecond, a wake and a look.
int UsePollerWithout(int error)
{
    nr_sys_poller *p = nullptr;
    nr_sys_event e;

    if (!Refuse(SYS_epoll_pwait2, error))
        return NO_FILTER;
    if (nr_sys_poller_create(&p) != 0)
        return FAILED;
    for (uint64_t timeout_ns : {1u, 300000u, 1000001u}) {
        uint64_t start_ns = nr_sys_now_ns();
        if (nr_sys_poller_wait(p, &e, 1, timeout_ns) != 0 ||
            nr_sys_now_ns() - start_ns < timeout_ns)
            return FAILED;
    }
    for (uint64_t timeout_ns : {UINT64_MAX, UINT64_MAX - 1}) {
        nr_sys_poller_wake(p);
        if (nr_sys_poller_wait(p, &e, 1, timeout_ns) != 0)
            return FAILED;
    }
    nr_sys_poller_destroy(p);
    return PASSED;
}

TEST(RefuseDeathTest, PollerDoesWithoutTheFineWait)
{
    if (!CanFilter())
        GTEST_SKIP() << "no seccomp filters here";
    // ENOSYS is an old kernel, EPERM an old container runtime.
    for (int error : {ENOSYS, EPERM})
        EXPECT_EXIT(_exit(UsePollerWithout(error)),
                    testing::ExitedWithCode(PASSED), "");
}

int AcceptWith(int error)
{
    Listener listener;
    nr_sys_socket s = NR_SYS_NO_SOCKET;

    if (!Refuse(ACCEPT_CALL, error))
        _exit(NO_FILTER);
    return nr_sys_socket_accept(listener.socket, &s, nullptr);
}

TEST(RefuseDeathTest, AcceptTellsDeadConnectionsFromItsOwnFailures)
{
    if (!CanFilter())
        GTEST_SKIP() << "no seccomp filters here";
    for (int error : {ECONNABORTED, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN,
                      ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH})
        EXPECT_EXIT(_exit(AcceptWith(error) == -ECONNABORTED ? PASSED : FAILED),
                    testing::ExitedWithCode(PASSED), "")
            << error;
    for (int error : {EMFILE, ENFILE, ENOMEM, EINVAL})
        EXPECT_EXIT(_exit(AcceptWith(error) == -error ? PASSED : FAILED),
                    testing::ExitedWithCode(PASSED), "")
            << error;
    EXPECT_EXIT(_exit(AcceptWith(ENOBUFS) == -ENOMEM ? PASSED : FAILED),
                testing::ExitedWithCode(PASSED), "");
}

int AddWith(int error)
{
    Listener listener;
    nr_sys_poller *p = nullptr;

    if (nr_sys_poller_create(&p) != 0 || !Refuse(SYS_epoll_ctl, error))
        _exit(NO_FILTER);
    return nr_sys_poller_add(p, listener.socket, &listener);
}

// A user's limit on watches is one on kernel memory.
TEST(RefuseDeathTest, AddingMoreThanMayBeWatchedIsWantOfMemory)
{
    if (!CanFilter())
        GTEST_SKIP() << "no seccomp filters here";
    for (int error : {ENOSPC, ENOMEM})
        EXPECT_EXIT(_exit(AddWith(error) == -ENOMEM ? PASSED : FAILED),
                    testing::ExitedWithCode(PASSED), "")
            << error;
}

} // namespace
