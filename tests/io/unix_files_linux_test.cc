// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/io/unix_files.h"

// The files of Unix sockets: their modes, those that a crash left, and those of
// others.

namespace
{

const nr_unix_options replacing = {0, true};

// A socket of the system's, bound at `path`, and listening if `backlog` >= 0.
int foreign_socket(const char *path, int backlog, int type = SOCK_STREAM)
{
    sockaddr_un at = {};
    at.sun_family = AF_UNIX;
    strcpy(at.sun_path, path);
    int s = socket(AF_UNIX, type, 0);
    EXPECT_EQ(bind(s, (sockaddr *)&at, sizeof at), 0) << strerror(errno);
    if (backlog >= 0) {
        EXPECT_EQ(listen(s, backlog), 0);
    }
    return s;
}

// What a server leaves that is killed.
void leave_stale(const char *path)
{
    close(foreign_socket(path, 1));
}

int connect_result(const char *path)
{
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    EXPECT_EQ(nr_sys_unix_open(&s), 0);
    int err = nr_sys_unix_connect(s, path);
    nr_sys_socket_close(s);
    return err;
}

// ---- modes ----

TEST_F(UnixFiles, TheModeIsWhatWasAskedForWhateverTheUmask)
{
    mode_t before = umask(0);
    for (mode_t mask : {0, 022, 077, 0777}) {
        umask(mask);
        for (unsigned mode : {0600, 0660, 0777, 0001}) {
            nr_unix_options o = {mode, false};
            nr_listener *l;
            ASSERT_EQ(nr_unix_listen("mode", &o, &l), 0);
            EXPECT_EQ(mode_of("mode"), (int)mode) << mask;
            nr_listener_close(l);
        }
        nr_listener *l;
        ASSERT_EQ(nr_unix_listen("mode", nullptr, &l), 0);
        EXPECT_EQ(mode_of("mode"), (int)(0777 & ~mask));
        nr_listener_close(l);
    }
    umask(before);
}

// A thread looks at the file while it is made, again and again.
TEST_F(UnixFiles, TheModeIsNeverWider)
{
    std::atomic<bool> is_over{false};
    std::atomic<unsigned> seen{0};
    mode_t before = umask(0);
    std::thread looks([&] {
        struct stat st;
        while (!is_over) {
            if (lstat("mode", &st) == 0)
                seen = seen | (st.st_mode & 07777);
        }
    });
    for (int i = 0; i < 1000 || !seen; i++) {
        nr_unix_options o = {0600, false};
        nr_listener *l;
        ASSERT_EQ(nr_unix_listen("mode", &o, &l), 0);
        nr_listener_close(l);
    }
    is_over = true;
    looks.join();
    umask(before);
    EXPECT_EQ(seen, 0600u);
}

// ---- what is at the path already ----

TEST_F(UnixFiles, WhatIsNoSocketIsNeverReplaced)
{
    close(open("file", O_CREAT | O_WRONLY, 0644));
    EXPECT_EQ(symlink("file", "link"), 0);
    EXPECT_EQ(symlink("nowhere", "dangling"), 0);
    EXPECT_EQ(mkdir("folder", 0755), 0);
    EXPECT_EQ(mkfifo("fifo", 0644), 0);
    for (const char *path : {"file", "link", "dangling", "folder", "fifo"}) {
        ino_t number = number_of(path);
        nr_listener *l = nullptr;
        EXPECT_EQ(nr_unix_listen(path, nullptr, &l), -EADDRINUSE) << path;
        EXPECT_EQ(nr_unix_listen(path, &replacing, &l), -EADDRINUSE) << path;
        EXPECT_EQ(l, nullptr);
        EXPECT_EQ(number_of(path), number) << path;
        EXPECT_EQ(path[1] == 'o' ? rmdir(path) : unlink(path), 0) << path;
    }
}

TEST_F(UnixFiles, AStaleSocketIsReplacedOnlyIfThatIsAskedFor)
{
    nr_listener *l = nullptr;
    leave_stale("stale");
    ino_t number = number_of("stale");
    EXPECT_EQ(connect_result("stale"), -ECONNREFUSED);
    EXPECT_EQ(nr_unix_listen("stale", nullptr, &l), -EADDRINUSE);
    EXPECT_EQ(number_of("stale"), number);
    ASSERT_EQ(nr_unix_listen("stale", &replacing, &l), 0);
    EXPECT_EQ(connect_result("stale"), 0);
    nr_listener_close(l);
    EXPECT_EQ(number_of("stale"), 0u);
    // Where there is none.
    ASSERT_EQ(nr_unix_listen("stale", &replacing, &l), 0);
    nr_listener_close(l);
}

TEST_F(UnixFiles, ASocketBehindALinkIsNotReplaced)
{
    nr_listener *l = nullptr;
    leave_stale("stale");
    EXPECT_EQ(symlink("stale", "link"), 0);
    EXPECT_EQ(nr_unix_listen("link", &replacing, &l), -EADDRINUSE);
    EXPECT_EQ(unlink("link"), 0);
    EXPECT_EQ(unlink("stale"), 0);
}

TEST_F(UnixFiles, ASocketThatSomebodyListensOnIsNotReplaced)
{
    nr_listener *l = nullptr;
    int stream = foreign_socket("stream", 5);
    int full = foreign_socket("full", 0);
    int datagrams = foreign_socket("datagrams", -1, SOCK_DGRAM);
    nr_sys_socket waits = NR_SYS_NO_SOCKET;
    EXPECT_EQ(nr_sys_unix_open(&waits), 0);
    EXPECT_EQ(nr_sys_unix_connect(waits, "full"), 0);
    EXPECT_EQ(connect_result("full"), -EAGAIN);
    EXPECT_EQ(connect_result("datagrams"), -EPROTOTYPE);
    for (const char *path : {"stream", "full", "datagrams"}) {
        ino_t number = number_of(path);
        EXPECT_EQ(nr_unix_listen(path, &replacing, &l), -EADDRINUSE) << path;
        EXPECT_EQ(number_of(path), number) << path;
        unlink(path);
    }
    nr_sys_socket_close(waits);
    close(stream);
    close(full);
    close(datagrams);
}

TEST_F(UnixFiles, ADirectoryThatIsNoneIsAnError)
{
    nr_listener *l = nullptr;
    close(open("file", O_CREAT | O_WRONLY, 0644));
    for (const nr_unix_options *o :
         {(const nr_unix_options *)nullptr, &replacing}) {
        EXPECT_EQ(nr_unix_listen("none/name", o, &l), -ENOENT);
        EXPECT_EQ(nr_unix_listen("file/name", o, &l), -ENOTDIR);
    }
    EXPECT_EQ(connect_result("file/name"), -ENOTDIR);
    EXPECT_EQ(connect_result("file"), -ECONNREFUSED);
    EXPECT_EQ(unlink("file"), 0);
}

// ---- the end ----

TEST_F(UnixFiles, TheFileOfASuccessorStays)
{
    nr_listener *first, *successor;
    ASSERT_EQ(nr_unix_listen("path", nullptr, &first), 0);
    EXPECT_EQ(unlink("path"), 0);
    ASSERT_EQ(nr_unix_listen("path", nullptr, &successor), 0);
    nr_listener_close(first);
    EXPECT_EQ(connect_result("path"), 0);
    nr_listener_close(successor);
    EXPECT_EQ(number_of("path"), 0u);
}

TEST_F(UnixFiles, AFileThatWasMovedAwayStays)
{
    nr_listener *l;
    ASSERT_EQ(nr_unix_listen("path", nullptr, &l), 0);
    EXPECT_EQ(rename("path", "other"), 0);
    close(open("path", O_CREAT | O_WRONLY, 0644));
    nr_listener_close(l);
    EXPECT_EQ(unlink("other"), 0);
    EXPECT_EQ(unlink("path"), 0);
}

// As chmod changes its time.
TEST_F(UnixFiles, AFileOfOtherPermissionsIsStillRemoved)
{
    nr_listener *l;
    ASSERT_EQ(nr_unix_listen("path", nullptr, &l), 0);
    EXPECT_EQ(chmod("path", 0600), 0);
    nr_listener_close(l);
    EXPECT_EQ(number_of("path"), 0u);
}

// ---- starting at the same moment ----

TEST_F(UnixFiles, AServerThatIsStartingThereIsNotDisturbed)
{
    nr_listener *l = nullptr;
    leave_stale("path");
    int lock = open("path.nr-lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    EXPECT_EQ(flock(lock, LOCK_EX), 0);
    EXPECT_EQ(nr_unix_listen("path", &replacing, &l), -EADDRINUSE);
    EXPECT_EQ(nr_unix_listen("path", nullptr, &l), -EADDRINUSE);
    EXPECT_NE(number_of("path"), 0u);
    close(lock);
    // The file of one that was killed.
    ASSERT_EQ(nr_unix_listen("path", &replacing, &l), 0);
    nr_listener_close(l);
}

TEST_F(UnixFiles, WithoutALockAServerStartsThatReplacesNothing)
{
    nr_listener *l = nullptr;
    EXPECT_EQ(symlink("nowhere", "link.nr-lock"), 0);
    EXPECT_EQ(mkdir("folder.nr-lock", 0755), 0);
    close(foreign_socket("socket.nr-lock", -1));
    struct {
        const char *path;
        int expected;
    } cases[] = {{"link", -ELOOP}, {"folder", -EISDIR}, {"socket", -ENXIO}};
    for (const auto &c : cases) {
        std::string lock = std::string(c.path) + ".nr-lock";
        ino_t number = number_of(lock.c_str());
        EXPECT_EQ(nr_unix_listen(c.path, &replacing, &l), c.expected);
        ASSERT_EQ(nr_unix_listen(c.path, nullptr, &l), 0) << c.path;
        nr_listener_close(l);
        EXPECT_EQ(number_of(lock.c_str()), number);
        EXPECT_EQ(remove(lock.c_str()), 0);
    }
}

TEST_F(UnixFiles, AFileOfTheUsersWithTheNameOfTheLockStays)
{
    int fd = open("path.nr-lock", O_CREAT | O_WRONLY, 0600);
    EXPECT_EQ(write(fd, "x", 1), 1);
    close(fd);
    for (const nr_unix_options *o :
         {(const nr_unix_options *)nullptr, &replacing}) {
        nr_listener *l;
        ASSERT_EQ(nr_unix_listen("path", o, &l), 0);
        nr_listener_close(l);
    }
    EXPECT_EQ(unlink("path.nr-lock"), 0);
}

enum { STARTERS = 3 };

// One round: the starters begin together. Returns how many listen, all of which
// are reached by the path.
int start_together(const nr_unix_options *const options[STARTERS])
{
    nr_listener *l[STARTERS] = {};
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < STARTERS; i++) {
        threads.emplace_back([&, i] {
            for (ready++; ready < STARTERS;)
                std::this_thread::yield();
            int err = nr_unix_listen("path", options[i], &l[i]);
            EXPECT_TRUE(err == 0 || err == -EADDRINUSE) << nr_strerror(err);
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    int count = 0;
    for (nr_listener *one : l)
        count += one != nullptr;
    if (count != 0) {
        EXPECT_EQ(connect_result("path"), 0);
    }
    for (nr_listener *one : l)
        nr_listener_close(one);
    return count;
}

TEST_F(UnixFiles, OfServersThatReplaceAtOnceOneListens)
{
    const nr_unix_options *options[] = {&replacing, &replacing, &replacing};
    for (int i = 0; i < 200; i++) {
        leave_stale("path");
        EXPECT_EQ(start_together(options), 1);
        EXPECT_EQ(number_of("path"), 0u);
    }
}

TEST_F(UnixFiles, OfServersThatDoNotAllReplaceNoTwoListen)
{
    const nr_unix_options *options[] = {nullptr, &replacing, nullptr};
    for (int i = 0; i < 400; i++) {
        if (i % 2)
            leave_stale("path");
        EXPECT_LE(start_together(options), 1);
        unlink("path"); // if all have failed
    }
}

} // namespace
