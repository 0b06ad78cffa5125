// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/io/internal/reactor.h"
#include "nanorun/sys/memory.h"
#include "tests/io/tcp_helpers.h"

// The races of a registration, one step after the other: what enters and
// blocks, what the poller says meanwhile, and what closes under both.

namespace
{

// A registration of a listening socket; no connection ever comes.
nr_registration *open_registration()
{
    nr_reactor *reactor = nullptr;
    nr_sys_addr at = {};
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    at.ip[0] = 127;
    at.ip[3] = 1;
    EXPECT_EQ(nr_reactor_current(&reactor), 0);
    EXPECT_EQ(nr_sys_socket_listen(&at, 1, &s), 0);
    nr_registration *reg = (nr_registration *)nr_sys_alloc(sizeof *reg);
    EXPECT_EQ(nr_registration_open(reg, reactor, s), 0);
    return reg;
}

nr_io_waiter waiter_on(nr_registration *reg, nr_direction direction)
{
    nr_io_waiter w = {};
    w.on = reg;
    w.direction = direction;
    return w;
}

void keep_an_event_that_comes_during_a_call()
{
    nr_registration *reg = open_registration();
    nr_io_waiter w = waiter_on(reg, NR_READING);
    ASSERT_EQ(nr_io_waiter_enter(&w, nullptr), 0);
    nr_registration_dispatch(reg, NR_SYS_READABLE);
    EXPECT_EQ(nr_io_waiter_block(&w, nullptr), 0) << "the event was lost";
    EXPECT_EQ(nr_io_waiter_block(&w, nullptr), -EAGAIN);
    EXPECT_EQ(nr_io_waiter_enter(&w, nullptr), -EAGAIN);
    nr_registration_dispatch(reg, NR_SYS_WRITABLE);
    EXPECT_EQ(nr_io_waiter_enter(&w, nullptr), -EAGAIN) << "not its direction";
    nr_registration_dispatch(reg, NR_SYS_READABLE);
    EXPECT_EQ(nr_io_waiter_enter(&w, nullptr), 0);
    nr_io_waiter_leave(&w, true);
    // What a call left unread is still there: the next one need not wait.
    EXPECT_EQ(nr_io_waiter_enter(&w, nullptr), 0);
    nr_io_waiter_leave(&w, true);
    nr_registration_close(reg);
}

void take_one_waiter_a_direction()
{
    nr_registration *reg = open_registration();
    nr_io_waiter reader = waiter_on(reg, NR_READING), second = reader;
    nr_io_waiter writer = waiter_on(reg, NR_WRITING);
    ASSERT_EQ(nr_io_waiter_enter(&reader, nullptr), 0);
    EXPECT_EQ(nr_io_waiter_enter(&second, nullptr), -EBUSY);
    nr_io_waiter_release(&second);
    EXPECT_EQ(nr_io_waiter_enter(&writer, nullptr), 0);
    nr_io_waiter_leave(&writer, true);
    nr_io_waiter_leave(&reader, false);
    EXPECT_EQ(nr_io_waiter_enter(&second, nullptr), -EBUSY) << "not done yet";
    nr_io_waiter_release(&reader);
    EXPECT_EQ(nr_io_waiter_enter(&second, nullptr), 0);
    nr_io_waiter_leave(&second, true);
    nr_registration_close(reg);
}

// The descriptor outlives close while a call that was made for it may run.
void close_during_calls()
{
    nr_registration *reg = open_registration();
    nr_io_waiter reader = waiter_on(reg, NR_READING);
    nr_io_waiter writer = waiter_on(reg, NR_WRITING);
    ASSERT_EQ(nr_io_waiter_enter(&reader, nullptr), 0);
    ASSERT_EQ(nr_io_waiter_enter(&writer, nullptr), 0);
    int fds = count_fds();
    nr_registration_close(reg);
    EXPECT_EQ(count_fds(), fds);
    nr_io_waiter_leave(&writer, true);
    EXPECT_EQ(count_fds(), fds);
    EXPECT_EQ(nr_io_waiter_block(&reader, nullptr), -ECANCELED);
    EXPECT_EQ(count_fds(), fds - 1);
    EXPECT_EQ(nr_io_waiter_enter(&reader, nullptr), -ECANCELED);
    nr_registration_dispatch(reg, NR_SYS_READABLE); // a batch from before
    nr_io_waiter_release(&reader);
}

void close_during_the_last_call()
{
    nr_registration *reg = open_registration();
    nr_io_waiter w = waiter_on(reg, NR_READING);
    ASSERT_EQ(nr_io_waiter_enter(&w, nullptr), 0);
    int fds = count_fds();
    nr_registration_close(reg);
    nr_io_waiter_leave(&w, true);
    EXPECT_EQ(count_fds(), fds - 1);
}

typedef void (*step)();

ASYNC_FN(void, in_a_task, ((step, run)), )
{
    ASYNC_BEGIN(in_a_task);
    self->run();
    ASYNC_END;
}

void run_in_a_task(step run)
{
    int fds = count_fds();
    uint64_t blocks = nr_sys_alloc_live();
    {
        Runtime rt(1);
        BLOCK_ON(rt, in_a_task(run));
    }
    EXPECT_EQ(count_fds(), fds);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

TEST(Registration, AnEventDuringACallIsNotTakenForOneBefore)
{
    run_in_a_task(keep_an_event_that_comes_during_a_call);
}

TEST(Registration, ADirectionIsOneWaitersUntilItIsDone)
{
    run_in_a_task(take_one_waiter_a_direction);
}

TEST(Registration, TheLastCallInsideClosesTheDescriptor)
{
    run_in_a_task(close_during_calls);
    run_in_a_task(close_during_the_last_call);
}

} // namespace
