// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_IO_UNIX_FILES_H
#define NANORUN_TESTS_IO_UNIX_FILES_H

// Linux only: what the tests of the files of Unix sockets share.

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/io/unix_helpers.h"

// Each test has an empty directory, and leaves nothing in it.
class UnixFiles : public Unix
{
  protected:
    void SetUp() override
    {
        Unix::SetUp();
        ASSERT_EQ(mkdir("dir", 0755), 0) << strerror(errno);
        ASSERT_EQ(chdir("dir"), 0);
    }

    void TearDown() override
    {
        ASSERT_EQ(chdir(".."), 0);
        EXPECT_EQ(rmdir("dir"), 0) << strerror(errno);
        Unix::TearDown();
    }
};

inline ino_t number_of(const char *path)
{
    struct stat st = {};
    return lstat(path, &st) == 0 ? st.st_ino : 0;
}

inline int mode_of(const char *path)
{
    struct stat st = {};
    EXPECT_EQ(lstat(path, &st), 0) << path;
    return st.st_mode & 07777;
}

#endif
