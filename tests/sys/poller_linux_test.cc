/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/poller.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/sys/pair.h"

namespace
{

using sys_test::Pair;
using sys_test::Poller;

// The first thing that is told of a pair's server once it is readable.
uint32_t ToldOf(const Pair &pair, int (*add)(nr_sys_poller *, nr_sys_socket,
                                             void *) = nr_sys_poller_add)
{
    Poller poller;
    int token;

    EXPECT_EQ(add(poller.p, pair.server, &token), 0);
    for (;;) {
        nr_sys_event e = poller.Wait(UINT64_MAX);
        if (e.ready & NR_SYS_READABLE)
            return e.ready;
    }
}

TEST(PollerLinux, BytesAloneAreToldAsBytesOnly)
{
    Pair pair;

    ASSERT_EQ(send((int)pair.client, "ab", 2, 0), 2);
    EXPECT_TRUE(ToldOf(pair) & NR_SYS_BYTES_ONLY);
}

TEST(PollerLinux, BytesOfASocketWithShortReadsAreNotToldAsBytesOnly)
{
    Pair pair;

    ASSERT_EQ(send((int)pair.client, "ab", 2, 0), 2);
    EXPECT_FALSE(ToldOf(pair, nr_sys_poller_add_short_reads) &
                 NR_SYS_BYTES_ONLY);
}

// A read stops short at it, and leaves what is behind it.
TEST(PollerLinux, BytesWithUrgentDataAreNotToldAsBytesOnly)
{
    Pair pair;

    ASSERT_EQ(send((int)pair.client, "ab", 2, 0), 2);
    ASSERT_EQ(send((int)pair.client, "!", 1, MSG_OOB), 1);
    ASSERT_EQ(send((int)pair.client, "cd", 2, 0), 2);
    EXPECT_FALSE(ToldOf(pair) & NR_SYS_BYTES_ONLY);
}

} // namespace
