// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/io/reactor/reactor.h"
#include "nanorun/io/reactor/waiter.h"
#include "nanorun/sys/memory.h"
#include "tests/io/tcp_helpers.h"

// The races of a registration, one step after the other: what enters and
// blocks, what the poller says meanwhile, and what closes under both.

namespace
{

void free_registration(nr_registration *reg)
{
    nr_sys_free(reg);
}

const nr_registration_ops registration_ops = {nr_registration_watch_socket,
                                              nr_registration_close_socket,
                                              free_registration};

// A registration of a listening socket; no connection ever comes.
nr_registration *open_registration()
{
    nr_registry *registry = nullptr;
    nr_addr at = {};
    nr_sys_listen_options options = {};
    nr_sys_socket s = NR_SYS_NO_SOCKET;
    at.ip_[0] = 127;
    at.ip_[3] = 1;
    EXPECT_EQ(nr_reactor_registry(&registry), 0);
    EXPECT_EQ(nr_sys_socket_listen(&at, &options, &s), 0);
    nr_registration *reg = (nr_registration *)nr_sys_alloc(sizeof *reg);
    EXPECT_EQ(nr_registration_open(reg, registry, s, &registration_ops), 0);
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
    nr_io_waiter_leave(&w, true, false);
    // What a call left unread is still there: the next one need not wait.
    EXPECT_EQ(nr_io_waiter_enter(&w, nullptr), 0);
    nr_io_waiter_leave(&w, true, false);
    nr_registration_close(reg, "closed twice", nullptr);
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
    nr_io_waiter_leave(&writer, true, false);
    nr_io_waiter_leave(&reader, false, false);
    EXPECT_EQ(nr_io_waiter_enter(&second, nullptr), -EBUSY) << "not done yet";
    nr_io_waiter_release(&reader);
    EXPECT_EQ(nr_io_waiter_enter(&second, nullptr), 0);
    nr_io_waiter_leave(&second, true, false);
    nr_registration_close(reg, "closed twice", nullptr);
}

// Whether the next read waits after one that fell short.
bool waits_after_short_read(nr_registration *reg, bool event_comes_meanwhile)
{
    nr_io_waiter w = waiter_on(reg, NR_READING);
    EXPECT_EQ(nr_io_waiter_enter(&w, nullptr), 0);
    if (event_comes_meanwhile)
        nr_registration_dispatch(reg, NR_SYS_READABLE | NR_SYS_BYTES_ONLY);
    nr_io_waiter_leave(&w, true, true);
    int err = nr_io_waiter_enter(&w, nullptr);
    if (!err)
        nr_io_waiter_leave(&w, true, false);
    nr_io_waiter_release(&w);
    return err == -EAGAIN;
}

void save_the_call_that_would_block()
{
    nr_registration *reg = open_registration();
    const uint32_t bytes = NR_SYS_READABLE | NR_SYS_BYTES_ONLY;
    EXPECT_FALSE(waits_after_short_read(reg, false)) << "no event said so";
    nr_registration_dispatch(reg, bytes);
    EXPECT_TRUE(waits_after_short_read(reg, false));
    nr_registration_dispatch(reg, bytes);
    EXPECT_FALSE(waits_after_short_read(reg, true)) << "more has come";
    nr_registration_dispatch(reg, bytes);
    nr_registration_dispatch(reg, NR_SYS_READABLE);
    EXPECT_FALSE(waits_after_short_read(reg, false)) << "the end has come";
    nr_registration_close(reg, "closed twice", nullptr);
}

// A write that fell short may have met a limit other than room.
void try_again_after_a_short_write()
{
    nr_registration *reg = open_registration();
    nr_io_waiter w = waiter_on(reg, NR_WRITING);
    nr_registration_dispatch(reg, NR_SYS_READABLE | NR_SYS_WRITABLE |
                                      NR_SYS_BYTES_ONLY);
    ASSERT_EQ(nr_io_waiter_enter(&w, nullptr), 0);
    nr_io_waiter_leave(&w, false, true);
    EXPECT_EQ(nr_io_waiter_enter(&w, nullptr), 0);
    nr_io_waiter_leave(&w, true, false);
    nr_registration_close(reg, "closed twice", nullptr);
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
    nr_registration_close(reg, "closed twice", nullptr);
    EXPECT_EQ(count_fds(), fds);
    nr_io_waiter_leave(&writer, true, false);
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
    nr_registration_close(reg, "closed twice", nullptr);
    nr_io_waiter_leave(&w, true, false);
    EXPECT_EQ(count_fds(), fds - 1);
}

enum { CLOSED_ONES = IS_SIM ? 310 : 5000, KEPT_MAX = 300 };

void open_and_close_many()
{
    for (int i = 0; i < CLOSED_ONES; i++)
        nr_registration_close(open_registration(), "closed twice", nullptr);
}

void close_many_while_nobody_looks()
{
    uint64_t before = nr_sys_alloc_live();
    open_and_close_many();
    EXPECT_LE(nr_sys_alloc_live(), before + KEPT_MAX);
}

// While the other worker waits for an event that does not come.
void close_many_while_another_waits()
{
    nr_registry *registry = nullptr;
    ASSERT_EQ(nr_reactor_registry(&registry), 0);
    uint64_t before = nr_sys_alloc_live();
    uint64_t deadline_ns = nr_now_ns() + UINT64_C(30000000000);
    while (!nr_load_u32_relaxed(&registry->is_out))
        nr_sys_thread_yield();
    open_and_close_many();
    while (nr_sys_alloc_live() > before + KEPT_MAX && nr_now_ns() < deadline_ns)
        nr_sys_thread_yield();
    EXPECT_LE(nr_sys_alloc_live(), before + KEPT_MAX);
}

ASYNC_FN(uint64_t, close_many_with_turns, (), uint64_t before, most; int i;)
{
    ASYNC_BEGIN(close_many_with_turns);
    self->before = self->most = nr_sys_alloc_live();
    for (self->i = 0; self->i < CLOSED_ONES; self->i++) {
        nr_registration_close(open_registration(), "closed twice", nullptr);
        YIELD_NOW();
        if (self->most < nr_sys_alloc_live())
            self->most = nr_sys_alloc_live();
    }
    ASYNC_RETURN(self->most - self->before);
    ASYNC_END;
}

typedef void (*step)();

ASYNC_FN(void, in_a_task, ((step, run)), )
{
    ASYNC_BEGIN(in_a_task);
    self->run();
    ASYNC_END;
}

void run_in_a_task(step run, unsigned workers = 1)
{
    int fds = count_fds();
    uint64_t blocks = nr_sys_alloc_live();
    {
        Runtime rt(workers);
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

TEST(Registration, AShortReadOfBytesOnlyNeedsNoFurtherCall)
{
    run_in_a_task(save_the_call_that_would_block);
    run_in_a_task(try_again_after_a_short_write);
}

TEST(Registration, TheLastCallInsideClosesTheDescriptor)
{
    run_in_a_task(close_during_calls);
    run_in_a_task(close_during_the_last_call);
}

// On Windows the system has the memory of a watch until somebody looks.
TEST(Registration, TheClosedAreFreedWhileNobodyLooks)
{
    if (IS_WINDOWS)
        GTEST_SKIP();
    run_in_a_task(close_many_while_nobody_looks);
}

TEST(Registration, TheClosedAreFreedWhileAnotherWaits)
{
    run_in_a_task(close_many_while_another_waits, 2);
}

TEST(Registration, TheClosedAreFreedOnABusyWorker)
{
    Runtime rt(1);
    EXPECT_LT(BLOCK_ON(rt, close_many_with_turns()), (uint64_t)KEPT_MAX);
}

} // namespace
