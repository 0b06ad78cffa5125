// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_IO_STREAM_HELPERS_H
#define NANORUN_TESTS_IO_STREAM_HELPERS_H

// What the tests of streams of every kind share: a fixture with a runtime that
// counts descriptors and blocks, and pairs in memory.

#include "nanorun/io/stream.h"
#include "nanorun/sys/memory.h"
#include "tests/io/tcp_helpers.h"

class Stream : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        blocks = nr_sys_alloc_live();
        fds = count_fds();
        rt = runtime_of(2);
        ASSERT_TRUE(rt);
    }

    void TearDown() override
    {
        nr_runtime_destroy(rt);
        EXPECT_EQ(nr_sys_alloc_live(), blocks);
        EXPECT_EQ(count_fds(), fds);
    }

    // Calls `use` with the ends of a pair, which closes both.
    template <typename Use> void with_duplex(size_t capacity, Use use)
    {
        nr_stream *ends[2];
        ASSERT_EQ(nr_duplex(capacity, ends), 0);
        use(ends[0], ends[1]);
    }

    nr_runtime *rt = nullptr;
    uint64_t blocks = 0;
    int fds = 0;
};

#endif
