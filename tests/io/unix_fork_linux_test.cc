// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/io/unix_helpers.h"

// A child of fork has the listener, too. The file is its parent's, which goes
// on listening. There is no runtime before the fork unless a test says so.

namespace
{

class UnixFork : public testing::Test
{
  protected:
    void SetUp() override
    {
        const char *dir = getenv("TEST_TMPDIR");
        if (dir) {
            ASSERT_EQ(chdir(dir), 0);
        }
    }
};

using UnixForkDeathTest = UnixFork;

int connect_result(const char *path)
{
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    EXPECT_EQ(nr_sys_unix_open(&s), 0);
    int err = nr_sys_unix_connect(s, path);
    nr_sys_socket_close(s);
    return err;
}

// Runs `child` in a child, and expects that it returns true.
template <typename Child> void expect_of_a_child(Child child)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(child() ? 0 : 1);
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
}

TEST_F(UnixFork, AChildThatClosesTheListenerLeavesTheFile)
{
    nr_listener *l;
    ASSERT_EQ(nr_unix_listen("fork", nullptr, &l), 0);
    expect_of_a_child([l] {
        nr_listener_close(l);
        return true;
    });
    EXPECT_EQ(connect_result("fork"), 0);
    nr_listener_close(l);
    EXPECT_EQ(connect_result("fork"), -ENOENT);
}

ASYNC_FN(bool, accept_one, ((nr_listener *, l)), nr_stream *s; int err;)
{
    ASYNC_BEGIN(accept_one);
    AWAIT(self->err, nr_listener_accept(self->l, &self->s, nullptr));
    if (!self->err)
        nr_stream_close(self->s);
    ASYNC_RETURN(!self->err);
    ASYNC_END;
}

// As servers do that fork one worker for each processor.
TEST_F(UnixFork, ARuntimeOfAChildThatAcceptsLeavesTheFile)
{
    nr_listener *l;
    nr_sys_socket waits = NR_SYS_NO_SOCKET;
    ASSERT_EQ(nr_unix_listen("fork", nullptr, &l), 0);
    EXPECT_EQ(nr_sys_unix_open(&waits), 0);
    EXPECT_EQ(nr_sys_unix_connect(waits, "fork"), 0);
    expect_of_a_child([l] {
        Runtime own(1);
        return BLOCK_ON(own, accept_one(l));
    });
    nr_sys_socket_close(waits);
    EXPECT_EQ(connect_result("fork"), 0);
    nr_listener_close(l);
    EXPECT_EQ(connect_result("fork"), -ENOENT);
}

// Ends this process as a child of it ends that closes the listener.
ASYNC_FN(void, close_in_a_child, (), unix_conn c;)
{
    ASYNC_BEGIN(close_in_a_child);
    AWAIT_UNIX(&self->c, "joined");
    {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            nr_listener_close(self->c.listener);
        waitpid(child, &status, 0);
        bool is_left = connect_result("joined") == 0;
        unlink("joined");
        _exit(is_left && WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
    ASYNC_END;
}

TEST_F(UnixForkDeathTest, AChildClosesNoListenerThatItsParentAcceptsFrom)
{
    EXPECT_EXIT(RUN(close_in_a_child()), testing::ExitedWithCode(SIGABRT),
                "^nanorun: a socket opened before fork is closed in the child "
                "\\(.*unix_fork_linux_test.cc:[0-9]+\\)\n$");
}

} // namespace
