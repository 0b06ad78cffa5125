// SPDX-License-Identifier: MIT
#include "tests/io/fd_helpers.h"

// How a watch and its waits end: closed by the owner, cancelled, unwatched.

namespace
{

// ---- the owner closes ----

ASYNC_FN(void, close_while_watched, (), fd_pair p; ptrdiff_t n;)
{
    ASYNC_BEGIN(close_while_watched);
    AWAIT_FD_PAIR(&self->p);
    close_own(&self->p);
    // Nothing keeps the connection open.
    AWAIT(self->n, read_one(self->p.peer));
    EXPECT_EQ(self->n, 0);
    EXPECT_AWAITED(-EBADF, nr_fd_ready(self->p.watch, NR_FD_READ));
    EXPECT_AWAITED(-EBADF, nr_fd_ready(self->p.watch, 0));
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, MayBeClosedByItsOwnerBeforeUnwatch)
{
    BLOCK_ON(rt, close_while_watched());
}

ASYNC_FN(void, close_while_waiting, (), fd_pair p; ptrdiff_t n;
         JOIN_HANDLE(wait_for) a, b;)
{
    ASYNC_BEGIN(close_while_waiting);
    AWAIT_FD_PAIR(&self->p);
    self->a = SPAWN(wait_for(self->p.watch, NR_FD_READ));
    self->b = SPAWN(wait_for(self->p.watch, 0));
    YIELD_NOW();
    close_own(&self->p);
    AWAIT(self->n, read_one(self->p.peer));
    EXPECT_EQ(self->n, 0);
    unwatch(&self->p);
    EXPECT_AWAITED(-ECANCELED, JOIN(self->a));
    EXPECT_AWAITED(-ECANCELED, JOIN(self->b));
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, MayBeClosedByItsOwnerDuringAWait)
{
    BLOCK_ON(rt, close_while_waiting());
}

// Where a new number is the lowest that is free.
void expect_next_number(nr_sys_socket expected)
{
    nr_sys_socket next = NR_SYS_NO_SOCKET;
    EXPECT_EQ(nr_sys_socket_open(false, &next), 0);
    nr_sys_socket_close(next);
    if (!IS_WINDOWS) {
        EXPECT_EQ(next, expected);
    }
}

// Whether the two can talk, in both directions.
ASYNC_FN(void, talk, ((nr_stream *, a), (nr_stream *, b)), char buf[3];)
{
    ASYNC_BEGIN(talk);
    EXPECT_AWAITED(0, nr_stream_write_all(self->a, "abc", 3));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->b, self->buf, 3));
    EXPECT_AWAITED(0, nr_stream_write_all(self->b, "def", 3));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->a, self->buf, 3));
    ASYNC_END;
}

ASYNC_FN(void, reuse, ((bool, is_waiting)), fd_pair p; nr_stream * a, *b;
         JOIN_HANDLE(wait_for) waiter; int fd;)
{
    ASYNC_BEGIN(reuse);
    AWAIT_FD_PAIR(&self->p);
    if (self->is_waiting) {
        self->waiter = SPAWN(wait_for(self->p.watch, NR_FD_READ));
        YIELD_NOW();
    }
    self->fd = (int)self->p.own;
    close_own(&self->p);
    expect_next_number(self->fd);
    // A stream of nanorun's has the number now.
    EXPECT_AWAITED(0, nr_tcp_connect(&self->p.at, &self->a));
    EXPECT_AWAITED(0, nr_listener_accept(self->p.listener, &self->b, nullptr));
    AWAIT(talk(self->b, self->a));
    if (self->is_waiting) {
        EXPECT_FALSE(IS_FINISHED(self->waiter));
    } else if (!IS_WINDOWS) {
        EXPECT_AWAITED(-EBADF, nr_fd_ready(self->p.watch, NR_FD_READ));
    }
    unwatch(&self->p);
    if (self->is_waiting)
        EXPECT_AWAITED(-ECANCELED, JOIN(self->waiter));
    AWAIT(talk(self->b, self->a));
    ASYNC_FINALLY;
    nr_stream_close(self->a);
    nr_stream_close(self->b);
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, AStreamWithTheSameNumberGetsNoStaleEventAndLosesNone)
{
    for (bool is_waiting : {false, true})
        BLOCK_ON(rt, reuse(is_waiting));
}

// ---- cancelling ----

ASYNC_FN(void, cancel_and_go_on, (), fd_pair p; int i, late, ready;)
{
    ASYNC_BEGIN(cancel_and_go_on);
    AWAIT_FD_PAIR(&self->p);
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(self->late, TIMEOUT_MS(1, nr_fd_ready(self->p.watch, NR_FD_READ),
                                     &self->ready));
        EXPECT_EQ(self->late, -ETIMEDOUT);
        // What a cancelled one wanted, the next one may not.
        EXPECT_AWAITED(NR_FD_WRITE, nr_fd_ready(self->p.watch, NR_FD_WRITE));
        AWAIT(self->late, SELECT(nr_fd_ready(self->p.watch, NR_FD_PRIORITY),
                                 nr_sleep_ms(1)));
        EXPECT_EQ(self->late, 1);
        AWAIT_SENT(&self->p, "x");
        EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->p.watch, NR_FD_READ));
        EXPECT_EQ(own_read(&self->p, 1), 1);
    }
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, ACancelledWaitLeavesTheNextOneAsItWas)
{
    BLOCK_ON(rt, cancel_and_go_on());
}

ASYNC_FN(void, cancel_then_find_bytes, (), fd_pair p; ptrdiff_t n;
         JOIN_HANDLE(wait_for) waiter;)
{
    ASYNC_BEGIN(cancel_then_find_bytes);
    AWAIT_FD_PAIR(&self->p);
    self->waiter = SPAWN(wait_for(self->p.watch, NR_FD_READ));
    YIELD_NOW();
    ABORT(self->waiter);
    AWAIT(self->n, JOIN_STATUS(self->waiter));
    EXPECT_EQ(self->n, -ECANCELED);
    AWAIT_SENT(&self->p, "x");
    EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->p.watch, NR_FD_READ));
    EXPECT_EQ(own_read(&self->p, 1), 1);
    // The event of that byte is old by now.
    EXPECT_AWAITED(true, is_quiet(self->p.watch, NR_FD_READ));
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, WhatCameWhileNobodyWaitedIsSeenAndAnOldEventIsNot)
{
    BLOCK_ON(rt, cancel_then_find_bytes());
}

ASYNC_FN(void, unwatch_under_waiters, (), fd_pair p; nr_fd_ready_future * late;
         JOIN_HANDLE(wait_for) a, b;)
{
    ASYNC_BEGIN(unwatch_under_waiters);
    AWAIT_FD_PAIR(&self->p);
    self->a = SPAWN(wait_for(self->p.watch, NR_FD_READ));
    self->b = SPAWN(wait_for(self->p.watch, NR_FD_PRIORITY));
    YIELD_NOW();
    self->late = nr_fd_ready(self->p.watch, NR_FD_WRITE);
    unwatch(&self->p);
    EXPECT_AWAITED(-ECANCELED, JOIN(self->a));
    EXPECT_AWAITED(-ECANCELED, JOIN(self->b));
    EXPECT_AWAITED(-ECANCELED, self->late);
    // It is the owner's as before.
    EXPECT_EQ(nr_sys_socket_write(self->p.own, "y", 1), 1);
    EXPECT_EQ(nr_fd_watch((int)self->p.own, &self->p.watch), 0);
    EXPECT_AWAITED(NR_FD_WRITE, nr_fd_ready(self->p.watch, NR_FD_WRITE));
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, UnwatchCancelsTheWaits)
{
    BLOCK_ON(rt, unwatch_under_waiters());
}

ASYNC_FN(void, leave_watched, ((nr_sys_socket *, own)), fd_pair p;)
{
    ASYNC_BEGIN(leave_watched);
    AWAIT_FD_PAIR(&self->p);
    DETACH(SPAWN(wait_for(self->p.watch, NR_FD_READ)));
    YIELD_NOW();
    *self->own = self->p.own;
    ASYNC_END;
}

TEST_F(Fd, TheEndOfTheRuntimeEndsTheWatchAndLeavesTheDescriptorOpen)
{
    nr_sys_socket own = NR_SYS_NO_SOCKET;
    int before = count_fds();
    {
        Runtime ended(1);
        BLOCK_ON(ended, leave_watched(&own));
    }
    EXPECT_EQ(count_fds(), before + 1);
    nr_sys_socket_close(own);
}

// A wait that was begun while there was a watch.
ASYNC_FN(int, wait_on, ((nr_fd_ready_future *, f)), int ready;)
{
    ASYNC_BEGIN(wait_on);
    AWAIT(self->ready, self->f);
    ASYNC_RETURN(self->ready);
    ASYNC_END;
}

ASYNC_FN(void, unwatch_at_once, ((int, turns)), fd_pair p;
         JOIN_HANDLE(wait_on) waiters[2]; int i, ready;)
{
    ASYNC_BEGIN(unwatch_at_once);
    AWAIT_FD_PAIR(&self->p);
    for (self->i = 0; self->i < 2; self->i++)
        self->waiters[self->i] =
            SPAWN(wait_on(nr_fd_ready(self->p.watch, NR_FD_READ)));
    for (self->i = 0; self->i < self->turns; self->i++)
        YIELD_NOW();
    AWAIT_SENT(&self->p, "x");
    unwatch(&self->p);
    for (self->i = 0; self->i < 2; self->i++) {
        AWAIT(self->ready, JOIN(self->waiters[self->i]));
        EXPECT_TRUE(self->ready == NR_FD_READ || self->ready == -ECANCELED);
    }
    EXPECT_EQ(nr_fd_watch((int)self->p.own, &self->p.watch), 0);
    EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->p.watch, NR_FD_READ));
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, UnwatchMayComeAtAnyMomentOfAWait)
{
    Runtime four(4);
    for (int i = 0; i < rounds(300, 4); i++)
        BLOCK_ON(four, unwatch_at_once(i % 4));
}

} // namespace
