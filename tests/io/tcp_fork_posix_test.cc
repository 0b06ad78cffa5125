// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <unistd.h>

#include "tests/io/tcp_helpers.h"

namespace
{

// Ends this process as a child of it ends that closes what this one opened.
ASYNC_FN(void, close_in_a_child, (), pair p;)
{
    ASYNC_BEGIN(close_in_a_child);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            nr_stream_close(self->p.client);
        waitpid(child, &status, 0);
        _exit(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
    ASYNC_END;
}

// It would leave the parent's poller without the socket.
TEST(TcpForkDeathTest, AChildClosesNoStreamOfItsParent)
{
    EXPECT_EXIT(RUN(close_in_a_child()), testing::ExitedWithCode(SIGABRT),
                "^nanorun: a socket opened before fork is closed in the child "
                "\\(.*tcp_fork_posix_test.cc:[0-9]+\\)\n$");
}

} // namespace
