/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYS_LIMIT_H
#define TESTS_SYS_LIMIT_H

// POSIX only: makes descriptors scarce.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sys_test
{

// While it lives, only `room` further descriptors can be opened. Descriptors
// fill up from below, so the limit stands right above the lowest free one.
class FileLimit
{
  public:
    explicit FileLimit(int room)
    {
        rlimit now;
        int free_fd = dup(0);

        EXPECT_GE(free_fd, 0);
        close(free_fd);
        EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
        now = before_;
        now.rlim_cur = static_cast<rlim_t>(free_fd + room);
        EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &now), 0);
    }
    ~FileLimit()
    {
        EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0);
    }
    FileLimit(const FileLimit &) = delete;
    FileLimit &operator=(const FileLimit &) = delete;

  private:
    rlimit before_;
};

} // namespace sys_test

#endif
