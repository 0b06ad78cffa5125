// SPDX-License-Identifier: MIT
#include "tests/io/fd_helpers.h"

namespace
{

// ---- what is ready ----

ASYNC_FN(void, read_in_parts, (), fd_pair p; int i;)
{
    ASYNC_BEGIN(read_in_parts);
    AWAIT_FD_PAIR(&self->p);
    AWAIT_SENT(&self->p, "abc");
    for (self->i = 0; self->i < 3; self->i++) {
        EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->p.watch, NR_FD_READ));
        EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->p.watch, NR_FD_READ));
        EXPECT_EQ(own_read(&self->p, 1), 1);
    }
    EXPECT_AWAITED(true, is_quiet(self->p.watch, NR_FD_READ));
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, ReadyAgainAtOnceWhileTheOwnerHasNotReadAll)
{
    BLOCK_ON(rt, read_in_parts());
}

ASYNC_FN(void, ask_without_time, (), fd_pair p; int late, ready;)
{
    ASYNC_BEGIN(ask_without_time);
    AWAIT_FD_PAIR(&self->p);
    AWAIT(self->late,
          TIMEOUT_MS(0, nr_fd_ready(self->p.watch, NR_FD_READ), &self->ready));
    EXPECT_EQ(self->late, -ETIMEDOUT);
    AWAIT(self->late,
          TIMEOUT_MS(0, nr_fd_ready(self->p.watch, NR_FD_WRITE), &self->ready));
    EXPECT_EQ(self->late, 0);
    EXPECT_EQ(self->ready, NR_FD_WRITE);
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, WhatIsReadyNowIsToldWithoutTime)
{
    BLOCK_ON(rt, ask_without_time());
}

ASYNC_FN(ptrdiff_t, read_to_end, ((nr_stream *, s)), char buf[65536];
         ptrdiff_t n;)
{
    ASYNC_BEGIN(read_to_end);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf, 65536));
    } while (self->n > 0);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, fill, (), fd_pair p; char buf[65536]; ptrdiff_t n;
         JOIN_HANDLE(wait_for) waiter; JOIN_HANDLE(read_to_end) reader;)
{
    ASYNC_BEGIN(fill);
    AWAIT_FD_PAIR(&self->p);
    EXPECT_AWAITED(NR_FD_WRITE,
                   nr_fd_ready(self->p.watch, NR_FD_READ | NR_FD_WRITE));
    // What is on its way may make room once more.
    do {
        while ((self->n = nr_sys_socket_write(self->p.own, self->buf, 65536)) >
               0)
            continue;
        EXPECT_EQ(self->n, -EAGAIN);
        AWAIT(self->n, is_quiet(self->p.watch, NR_FD_READ | NR_FD_WRITE));
    } while (!self->n);
    self->waiter = SPAWN(wait_for(self->p.watch, NR_FD_WRITE));
    YIELD_NOW();
    EXPECT_FALSE(IS_FINISHED(self->waiter));
    self->reader = SPAWN(read_to_end(self->p.peer));
    EXPECT_AWAITED(NR_FD_WRITE, JOIN(self->waiter));
    close_own(&self->p);
    EXPECT_AWAITED(0, JOIN(self->reader));
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, WritableWaitsForRoom)
{
    BLOCK_ON(rt, fill());
}

ASYNC_FN(void, end_of_stream, (), fd_pair p;)
{
    ASYNC_BEGIN(end_of_stream);
    AWAIT_FD_PAIR(&self->p);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->p.peer, NR_SHUT_WR));
    EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->p.watch, NR_FD_READ));
    EXPECT_EQ(own_read(&self->p, 1), 0);
    EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->p.watch, NR_FD_READ));
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, TheEndOfThePeersStreamIsReadyToRead)
{
    BLOCK_ON(rt, end_of_stream());
}

// ---- errors and hang-ups ----

void expect_failed(int ready, unsigned want)
{
    EXPECT_GT(ready, 0) << want;
    EXPECT_TRUE(ready & NR_FD_HANGUP) << want;
    EXPECT_FALSE(ready & ~(int)want & ~(NR_FD_HANGUP | NR_FD_ERROR)) << want;
}

ASYNC_FN(void, reset, ((unsigned, want)), fd_pair p; int ready;
         JOIN_HANDLE(wait_for) waiter;)
{
    ASYNC_BEGIN(reset);
    AWAIT_FD_PAIR(&self->p);
    self->waiter = SPAWN(wait_for(self->p.watch, self->want));
    YIELD_NOW();
    EXPECT_EQ(nr_tcp_set_linger(self->p.peer, 0), 0);
    nr_stream_close(self->p.peer);
    self->p.peer = nullptr;
    AWAIT(self->ready, JOIN(self->waiter));
    expect_failed(self->ready, self->want);
    // It stays so.
    AWAIT(self->ready, nr_fd_ready(self->p.watch, 0));
    expect_failed(self->ready, 0);
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, AResetWakesAnyWant)
{
    for (int want : {0, (int)NR_FD_READ, (int)NR_FD_PRIORITY, (int)NR_FD_ERROR})
        BLOCK_ON(rt, reset((unsigned)want));
}

ASYNC_FN(void, refuse, ((unsigned, want)), fd_pair p; int ready;)
{
    ASYNC_BEGIN(refuse);
    self->p.listener = listen_on("127.0.0.1:0", &self->p.at);
    nr_listener_close(self->p.listener);
    self->p.listener = nullptr;
    self->ready = fd_pair_begin(&self->p, &self->p.at);
    EXPECT_TRUE(self->ready == 0 || self->ready == -ECONNREFUSED);
    if (self->ready) // it was refused at once
        ASYNC_RETURN();
    AWAIT(self->ready, nr_fd_ready(self->p.watch, self->want));
    expect_failed(self->ready, self->want);
    EXPECT_EQ(nr_sys_socket_connect_result(self->p.own), -ECONNREFUSED);
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, AConnectionThatIsRefusedWakesAnyWant)
{
    for (int want : {0, (int)NR_FD_WRITE})
        BLOCK_ON(rt, refuse((unsigned)want));
}

// ---- several waits ----

ASYNC_FN(void, wait_in_both_directions, (), fd_pair p;
         JOIN_HANDLE(wait_for) reader, second;)
{
    ASYNC_BEGIN(wait_in_both_directions);
    AWAIT_FD_PAIR(&self->p);
    self->reader = SPAWN(wait_for(self->p.watch, NR_FD_READ));
    YIELD_NOW();
    EXPECT_AWAITED(NR_FD_WRITE, nr_fd_ready(self->p.watch, NR_FD_WRITE));
    // Two of the same want are as good.
    self->second = SPAWN(wait_for(self->p.watch, NR_FD_READ));
    YIELD_NOW();
    EXPECT_AWAITED(-EBUSY, nr_fd_ready(self->p.watch, NR_FD_WRITE));
    EXPECT_FALSE(IS_FINISHED(self->reader) || IS_FINISHED(self->second));
    AWAIT_SENT(&self->p, "x");
    EXPECT_AWAITED(NR_FD_READ, JOIN(self->reader));
    EXPECT_AWAITED(NR_FD_READ, JOIN(self->second));
    EXPECT_AWAITED(NR_FD_WRITE, nr_fd_ready(self->p.watch, NR_FD_WRITE));
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, TwoTasksMayWaitForAnythingAndAThirdIsTurnedAway)
{
    BLOCK_ON(rt, wait_in_both_directions());
}

ASYNC_FN(void, watch_twice, (), fd_pair p; nr_fd * other;
         JOIN_HANDLE(wait_for) waiter;)
{
    ASYNC_BEGIN(watch_twice);
    AWAIT_FD_PAIR(&self->p);
    EXPECT_EQ(nr_fd_watch((int)self->p.own, &self->other), 0);
    self->waiter = SPAWN(wait_for(self->other, NR_FD_READ));
    YIELD_NOW();
    unwatch(&self->p);
    AWAIT_SENT(&self->p, "x");
    EXPECT_AWAITED(NR_FD_READ, JOIN(self->waiter));
    ASYNC_FINALLY;
    nr_fd_unwatch(self->other);
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, TwoWatchesOfOneDescriptorAreIndependent)
{
    BLOCK_ON(rt, watch_twice());
}

// ---- bad arguments ----

ASYNC_FN(void, refuse_arguments, (), fd_pair p; nr_fd * out; int fds;)
{
    ASYNC_BEGIN(refuse_arguments);
    AWAIT_FD_PAIR(&self->p);
    EXPECT_AWAITED(-EINVAL, nr_fd_ready(self->p.watch, 32));
    EXPECT_AWAITED(-EINVAL, nr_fd_ready(self->p.watch, ~0u));
    nr_fd_unwatch(nullptr);
    self->fds = count_fds();
    EXPECT_EQ(nr_fd_watch(-1, &self->out), -EBADF);
    self->fds--;
    close_own(&self->p);
    EXPECT_EQ(nr_fd_watch(1 << 20, &self->out), -EBADF);
    EXPECT_EQ(self->out, nullptr);
    EXPECT_EQ(count_fds(), self->fds);
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, RefusesWhatIsNotOpenAndBitsThatAreNotThere)
{
    BLOCK_ON(rt, refuse_arguments());
}

} // namespace
