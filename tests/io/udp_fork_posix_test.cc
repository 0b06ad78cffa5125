// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <unistd.h>

#include "tests/io/fd_helpers.h"
#include "tests/io/udp_helpers.h"

namespace
{

// Ends this process as a child of it ends that closes what this one opened.
void end_as(pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    _exit(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

ASYNC_FN(void, close_udp_in_a_child, (), nr_udp *u; nr_addr at;)
{
    ASYNC_BEGIN(close_udp_in_a_child);
    self->u = udp_at("127.0.0.1:0", &self->at);
    {
        pid_t child = fork();
        if (child == 0)
            nr_udp_close(self->u);
        end_as(child);
    }
    ASYNC_END;
}

ASYNC_FN(void, unwatch_in_a_child, (), fd_pair p;)
{
    ASYNC_BEGIN(unwatch_in_a_child);
    AWAIT_FD_PAIR(&self->p);
    {
        pid_t child = fork();
        if (child == 0)
            nr_fd_unwatch(self->p.watch);
        end_as(child);
    }
    ASYNC_END;
}

// It would leave the parent's poller without the socket.
TEST(UdpForkDeathTest, AChildClosesNoDatagramSocketOfItsParent)
{
    EXPECT_EXIT(RUN(close_udp_in_a_child()), testing::ExitedWithCode(SIGABRT),
                "^nanorun: a socket opened before fork is closed in the child");
}

TEST(FdForkDeathTest, AChildEndsNoWatchOfItsParent)
{
    EXPECT_EXIT(RUN(unwatch_in_a_child()), testing::ExitedWithCode(SIGABRT),
                "^nanorun: a socket opened before fork is closed in the child");
}

} // namespace
