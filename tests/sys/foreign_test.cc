/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/foreign.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "nanorun/sys/udp.h"
#include "tests/sys/pair.h"

namespace
{

using sys_test::Pair;
using sys_test::Poller;

const uint64_t MS = 1000000;

// A wait for the client of a pair.
class Wait
{
  public:
    Wait(Poller *poller, nr_sys_socket s) : poller_(poller)
    {
        EXPECT_EQ(nr_sys_foreign_open(poller->p, s, this, &f), 0);
    }
    ~Wait()
    {
        Close();
    }
    Wait(const Wait &) = delete;
    Wait &operator=(const Wait &) = delete;

    void Close()
    {
        if (f)
            nr_sys_foreign_close(f);
        f = nullptr;
    }

    // Waits until something is ready of what is armed.
    int Ready()
    {
        int ready;

        while ((ready = nr_sys_foreign_check(f)) == 0)
            poller_->WaitFor(this, NR_SYS_READABLE);
        return ready;
    }

    // Whether nothing is, also after the poller has looked.
    bool IsQuiet()
    {
        poller_->Wait(20 * MS);
        return nr_sys_foreign_check(f) == 0;
    }

    nr_sys_foreign *f = nullptr;

  private:
    Poller *poller_;
};

TEST(Foreign, IsOneShotAndLevelTriggered)
{
    Pair pair;
    Poller poller;
    Wait wait(&poller, pair.client);

    EXPECT_TRUE(wait.IsQuiet()) << "it is not armed";
    ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
    EXPECT_TRUE(wait.IsQuiet());
    ASSERT_EQ(nr_sys_socket_write(pair.server, "x", 1), 1);
    EXPECT_EQ(wait.Ready(), NR_SYS_FOREIGN_READ);
    EXPECT_TRUE(wait.IsQuiet());
    ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
    EXPECT_EQ(wait.Ready(), NR_SYS_FOREIGN_READ);
}

TEST(Foreign, AnArmReplacesTheOneBefore)
{
    Pair pair;
    Poller poller;
    Wait wait(&poller, pair.client);

    for (int i = 0; i < 10; i++) {
        ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
        ASSERT_EQ(nr_sys_foreign_arm(wait.f, 0), 0);
        ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_WRITE), 0);
        EXPECT_EQ(wait.Ready(), NR_SYS_FOREIGN_WRITE);
    }
    ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_WRITE), 0);
    ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
    EXPECT_TRUE(wait.IsQuiet());
}

TEST(Foreign, NothingComesAfterClose)
{
    Pair pair;
    Poller poller;
    Wait wait(&poller, pair.client);

    ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
    wait.Close();
    ASSERT_EQ(nr_sys_socket_write(pair.server, "x", 1), 1);
    EXPECT_EQ(poller.Wait(20 * MS).ready, 0u);
}

TEST(Foreign, IsSilentOnceTheSocketIsClosedAndThenRefusesToBeArmed)
{
    Pair pair;
    Poller poller;
    Wait wait(&poller, pair.client);

    ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
    Pair::Close(&pair.client);
    EXPECT_TRUE(wait.IsQuiet());
    Pair next;
    EXPECT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_WRITE), -EBADF);
    EXPECT_TRUE(wait.IsQuiet());
}

TEST(Foreign, IsBesideAWatchOfTheSameSocket)
{
    Pair pair;
    Poller poller;
    Wait wait(&poller, pair.client);

    ASSERT_EQ(nr_sys_poller_add(poller.p, pair.client, &pair), 0);
    ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
    ASSERT_EQ(nr_sys_socket_write(pair.server, "x", 1), 1);
    poller.WaitFor(&pair, NR_SYS_READABLE);
    EXPECT_EQ(wait.Ready(), NR_SYS_FOREIGN_READ);
    wait.Close();
    ASSERT_EQ(nr_sys_socket_write(pair.server, "x", 1), 1);
    nr_sys_poller_rearm(poller.p, pair.client, &pair, NR_SYS_READABLE);
    poller.WaitFor(&pair, NR_SYS_READABLE);
}

TEST(Foreign, TheFirstCheckTellsWhatIsReadyAlready)
{
    Pair pair;
    Poller poller;
    Wait wait(&poller, pair.client);

    for (int i = 0; i < 3; i++) {
        ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
        EXPECT_EQ(nr_sys_foreign_check(wait.f), 0);
        ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_WRITE), 0);
        EXPECT_EQ(nr_sys_foreign_check(wait.f), NR_SYS_FOREIGN_WRITE);
        EXPECT_TRUE(wait.IsQuiet()) << "it is told once";
    }
}

TEST(Foreign, ADatagramSocketIsReadyToReadByADatagramAndHasNoEnd)
{
    nr_addr at = sys_test::Loopback(false);
    nr_sys_udp_options o = {};
    nr_sys_socket s;
    Poller poller;
    char c;

    ASSERT_EQ(nr_sys_udp_open(&at, &o, &s), 0);
    ASSERT_EQ(nr_sys_socket_local_addr(s, &at), 0);
    {
        Wait wait(&poller, s);

        ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
        EXPECT_TRUE(wait.IsQuiet());
        ASSERT_EQ(nr_sys_udp_send(s, "x", 1, &at), 1);
        EXPECT_EQ(wait.Ready(), NR_SYS_FOREIGN_READ);
        EXPECT_EQ(nr_sys_udp_recv(s, &c, 1, nullptr), 1);
        ASSERT_EQ(nr_sys_foreign_arm(wait.f, NR_SYS_FOREIGN_READ), 0);
        EXPECT_TRUE(wait.IsQuiet());
    }
    nr_sys_socket_close(s);
}

TEST(Foreign, ProbesWhetherANumberIsOpen)
{
    Pair pair;
    nr_sys_socket closed = pair.client;

    EXPECT_EQ(nr_sys_foreign_probe(-1), -EBADF);
    EXPECT_EQ(nr_sys_foreign_probe(pair.client), 0);
    Pair::Close(&pair.client);
    EXPECT_EQ(nr_sys_foreign_probe(closed), -EBADF);
}

} // namespace
