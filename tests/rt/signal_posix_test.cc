// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/rt/runtime_helpers.h"
#include "tests/support/test_thread.h"

// A signal reaches a task by a pipe: the handler writes a byte, which a thread
// reads that wakes the task. Wakers and all else are not for handlers.

namespace
{

enum { SIGNALS = 50 };

int pipe_ends[2];

void on_signal(int)
{
    int error = errno;
    ssize_t ignored = write(pipe_ends[1], "", 1);
    (void)ignored; // a full pipe wakes the reader as well
    errno = error;
}

void set_for_each_byte(Event *e)
{
    char c;
    while (read(pipe_ends[0], &c, 1) == 1)
        e->set();
}

ASYNC_FN(int, wait_for_signals, ((Event *, e)), int count;)
{
    ASYNC_BEGIN(wait_for_signals);
    for (; self->count < SIGNALS; self->count++)
        AWAIT(event_wait(self->e));
    ASYNC_RETURN(self->count);
    ASYNC_END;
}

ASYNC_FN(void, nothing, ())
{
    ASYNC_BEGIN(nothing);
    ASYNC_END;
}

// The signals interrupt a thread that spawns all the while.
TEST(Signal, ReachesATaskByAPipe)
{
    ASSERT_EQ(pipe(pipe_ends), 0);
    fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK);
    struct sigaction action = {}, before;
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
    Event event;
    {
        Runtime rt(2);
        Handle h(rt);
        Thread reader([&] { set_for_each_byte(&event); });
        JOIN_HANDLE(wait_for_signals)
        waiter = SPAWN_ON(h, wait_for_signals(&event));
        itimerval every_ms = {{0, 1000}, {0, 1000}}, never = {};
        setitimer(ITIMER_REAL, &every_ms, nullptr);
        while (!IS_FINISHED(waiter))
            DETACH(SPAWN_ON(h, nothing()));
        setitimer(ITIMER_REAL, &never, nullptr);
        EXPECT_EQ(BLOCK_ON(rt, JOIN(waiter)), SIGNALS);
        sigaction(SIGALRM, &before, nullptr);
        close(pipe_ends[1]);
        reader.join();
    }
    close(pipe_ends[0]);
}

} // namespace
