// SPDX-License-Identifier: MIT
#define _FILE_OFFSET_BITS 64 // the library's calls have these names

#include <errno.h>
#include <fcntl.h>

#include <functional>

#include "tests/io/unix_files.h"

// What happens to the file of a Unix socket between the system calls that make
// it, as by another user who can write to the directory.

namespace
{

// The library's calls of chmod and lstat come to this file. A function that is
// set runs first, and returns 0 or the error of the call.
std::function<int()> before_chmod, before_lstat;

bool is_refused(const std::function<int()> &before)
{
    int err = before ? before() : 0;
    if (err)
        errno = err;
    return err != 0;
}

} // namespace

// noexcept, as the system declares them.
extern "C" int chmod(const char *path, mode_t mode) noexcept
{
    return is_refused(before_chmod) ? -1 : fchmodat(AT_FDCWD, path, mode, 0);
}

extern "C" int lstat(const char *path, struct stat *out) noexcept
{
    return is_refused(before_lstat)
               ? -1
               : fstatat(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}

namespace
{

class UnixMeanwhile : public UnixFiles
{
  protected:
    void TearDown() override
    {
        before_chmod = before_lstat = nullptr;
        UnixFiles::TearDown();
    }
};

// Listens with a mode from which the umask takes.
int listen_with_mode(nr_listener **l)
{
    static const nr_unix_options o = {0660, false};
    mode_t before = umask(077);
    int err = nr_unix_listen("path", &o, l);
    umask(before);
    return err;
}

TEST_F(UnixMeanwhile, AModeIsNotGivenToAFileThatALinkNames)
{
    int calls = 0;
    nr_listener *l = nullptr;
    close(open("secret", O_CREAT | O_WRONLY, 0600));
    before_chmod = [&calls] {
        calls++;
        EXPECT_EQ(rename("path", "moved"), 0);
        EXPECT_EQ(symlink("secret", "path"), 0);
        return 0;
    };
    ASSERT_EQ(listen_with_mode(&l), 0);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(mode_of("secret"), 0600);
    EXPECT_EQ(mode_of("moved"), 0660);
    nr_listener_close(l);
    for (const char *path : {"path", "moved", "secret"})
        EXPECT_EQ(unlink(path), 0) << path;
}

// As where /proc is not mounted.
TEST_F(UnixMeanwhile, AModeThatCannotBeGivenIsAnErrorThatLeavesNoFile)
{
    nr_listener *l = nullptr;
    before_chmod = [] { return ENOENT; };
    EXPECT_EQ(listen_with_mode(&l), -ENOTSUP);
    EXPECT_EQ(number_of("path"), 0u);
}

TEST_F(UnixMeanwhile, AFileThatCannotBeLookedAtDoesNotStay)
{
    nr_listener *l = nullptr;
    before_lstat = [] { return EIO; };
    EXPECT_EQ(nr_unix_listen("path", nullptr, &l), -EIO);
    before_lstat = nullptr;
    EXPECT_EQ(number_of("path"), 0u);
}

TEST_F(UnixMeanwhile, AFileThatTookThePlaceOfTheSocketStays)
{
    nr_listener *l = nullptr;
    before_lstat = [] {
        EXPECT_EQ(unlink("path"), 0);
        close(open("path", O_CREAT | O_WRONLY, 0600));
        return 0;
    };
    EXPECT_EQ(nr_unix_listen("path", nullptr, &l), -EADDRINUSE);
    before_lstat = nullptr;
    nr_listener_close(l);
    EXPECT_EQ(unlink("path"), 0);
}

} // namespace
