// SPDX-License-Identifier: MIT
#include <errno.h>

#include <atomic>

#include "nanorun/sys/memory.h"
#include "tests/io/tcp_helpers.h"

// Sockets and the runtime they belong to: fairness, and its end.

namespace
{

// How many tasks have begun, and so owe a FINALLY, and how many have run it.
struct tally {
    std::atomic<int> begins, ends;
};

ASYNC_FN(void, read_for_ever, ((nr_stream *, s), (tally *, t)), ptrdiff_t n;
         char c;)
{
    ASYNC_BEGIN(read_for_ever);
    self->t->begins++;
    for (;;)
        AWAIT(self->n, nr_stream_read(self->s, &self->c, 1));
    ASYNC_FINALLY;
    self->t->ends++;
    ASYNC_END;
}

ASYNC_FN(void, accept_for_ever, ((nr_listener *, l), (tally *, t)),
         nr_stream *s;
         int err;)
{
    ASYNC_BEGIN(accept_for_ever);
    self->t->begins++;
    for (;;)
        AWAIT(self->err, nr_listener_accept(self->l, &self->s, nullptr));
    ASYNC_FINALLY;
    self->t->ends++;
    ASYNC_END;
}

// Leaves its sockets open, and who waits on them waiting.
ASYNC_FN(void, leave_open, ((tally *, t)), pair p; int goal;)
{
    ASYNC_BEGIN(leave_open);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    self->goal = self->t->begins + 3;
    DETACH(SPAWN(read_for_ever(self->p.client, self->t)));
    DETACH(SPAWN(read_for_ever(self->p.server, self->t)));
    DETACH(SPAWN(accept_for_ever(self->p.listener, self->t)));
    while (self->t->begins < self->goal)
        YIELD_NOW();
    ASYNC_END;
}

TEST(TcpRuntime, TheEndOfARuntimeCancelsWaitersAndClosesSockets)
{
    int fds = count_fds();
    uint64_t blocks = nr_sys_alloc_live();
    for (unsigned workers : {1u, 4u}) {
        tally t = {};
        {
            Runtime rt(workers);
            for (int i = 0; i < 10; i++)
                BLOCK_ON(rt, leave_open(&t));
        }
        EXPECT_EQ(t.ends, 30);
        EXPECT_EQ(count_fds(), fds);
        EXPECT_EQ(nr_sys_alloc_live(), blocks);
    }
}

TEST(TcpRuntime, ManyRuntimesLeaveNeitherDescriptorNorByteBehind)
{
    int fds = count_fds();
    uint64_t blocks = nr_sys_alloc_live();
    for (int i = 0; i < rounds(1000, 10); i++) {
        tally t = {};
        {
            Runtime rt(2);
            BLOCK_ON(rt, leave_open(&t));
        }
        ASSERT_EQ(t.ends, 3);
        ASSERT_EQ(count_fds(), fds);
        ASSERT_EQ(nr_sys_alloc_live(), blocks);
    }
}

// Says goodbye in its FINALLY, which the end of the runtime waits for.
ASYNC_FN(void, say_goodbye, ((pair *, p), (tally *, t)), ptrdiff_t n; char c;
         int err;)
{
    ASYNC_BEGIN(say_goodbye);
    self->t->begins++;
    AWAIT(self->n, nr_stream_read(self->p->client, &self->c, 1));
    EXPECT_TRUE(false) << "it is cancelled, not answered";
    ASYNC_FINALLY;
    AWAIT(self->err, nr_stream_write_all(self->p->client, "bye", 3));
    EXPECT_EQ(self->err, 0);
    self->t->ends++;
    ASYNC_END;
}

ASYNC_FN(void, wait_for_goodbye, ((pair *, p), (tally *, t)), ptrdiff_t n;
         char buf[3]; int err;)
{
    ASYNC_BEGIN(wait_for_goodbye);
    self->t->begins++;
    AWAIT(nr_sleep_ms(1000000));
    ASYNC_FINALLY;
    AWAIT(self->err, nr_stream_read_exact(self->p->server, self->buf, 3));
    EXPECT_EQ(self->err, 0);
    pair_close(self->p);
    self->t->ends++;
    ASYNC_END;
}

ASYNC_FN(void, begin_goodbye, ((pair *, p), (tally *, t)), )
{
    ASYNC_BEGIN(begin_goodbye);
    AWAIT_PAIR(self->p, "127.0.0.1:0");
    DETACH(SPAWN(wait_for_goodbye(self->p, self->t)));
    DETACH(SPAWN(say_goodbye(self->p, self->t)));
    while (self->t->begins < 2)
        YIELD_NOW();
    ASYNC_END;
}

TEST(TcpRuntime, SocketsWorkInTheCleanupAtTheEndOfARuntime)
{
    for (unsigned workers : {1u, 3u}) {
        tally t = {};
        pair p = {};
        {
            Runtime rt(workers);
            BLOCK_ON(rt, begin_goodbye(&p, &t));
        }
        EXPECT_EQ(t.ends, 2);
    }
}

ASYNC_FN(void, write_for_ever, ((nr_stream *, s)), int err;)
{
    ASYNC_BEGIN(write_for_ever);
    while (!self->err)
        AWAIT(self->err, nr_stream_write_all(self->s, "0123456789", 10));
    ASYNC_END;
}

ASYNC_FN(void, begin_traffic, ((tally *, t)), pair p; int i;)
{
    ASYNC_BEGIN(begin_traffic);
    for (self->i = 0; self->i < 8; self->i++) {
        AWAIT_PAIR(&self->p, "127.0.0.1:0");
        DETACH(SPAWN(read_for_ever(self->p.server, self->t)));
        DETACH(SPAWN(write_for_ever(self->p.client)));
    }
    while (self->t->begins < 8)
        YIELD_NOW();
    ASYNC_END;
}

TEST(TcpRuntime, EventsThatRaceTheEndOfARuntimeDoNoHarm)
{
    int fds = count_fds();
    for (int i = 0; i < rounds(64, 4); i++) {
        tally t = {};
        {
            Runtime rt(1 + (unsigned)i % 4);
            BLOCK_ON(rt, begin_traffic(&t));
        }
        ASSERT_EQ(t.ends, 8);
    }
    EXPECT_EQ(count_fds(), fds);
}

enum { BYTES = 20000 };

ASYNC_FN(void, read_byte_by_byte, ((nr_stream *, s), (int *, done)), char c;
         ptrdiff_t n;)
{
    ASYNC_BEGIN(read_byte_by_byte);
    while (*self->done < BYTES) {
        AWAIT(self->n, nr_stream_read(self->s, &self->c, 1));
        EXPECT_EQ(self->n, 1);
        ++*self->done;
    }
    ASYNC_END;
}

// The most bytes that the other task read between two turns of this one.
ASYNC_FN(int, watch_turns, ((char *, data)), pair p;
         JOIN_HANDLE(read_byte_by_byte) h; int done, before, most, err;)
{
    ASYNC_BEGIN(watch_turns);
    AWAIT_PAIR_OR(&self->p, "127.0.0.1:0", 0);
    AWAIT(self->err, nr_stream_write_all(self->p.client, self->data, BYTES));
    EXPECT_EQ(self->err, 0);
    self->h = SPAWN(read_byte_by_byte(self->p.server, &self->done));
    while (self->done < BYTES) {
        YIELD_NOW();
        if (self->done - self->before > self->most)
            self->most = self->done - self->before;
        self->before = self->done;
    }
    AWAIT(JOIN(self->h));
    ASYNC_RETURN(self->most);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpRuntime, ASocketThatIsAlwaysReadyStarvesNobody)
{
    if (IS_SIM)
        GTEST_SKIP() << "no pipe there surely holds as much";
    char data[BYTES] = {};
    Runtime rt(1);
    int most = BLOCK_ON(rt, watch_turns(data));
    EXPECT_GT(most, 1);
    EXPECT_LE(most, 1000);
}

ASYNC_FN(void, spin, ((const bool *, stop)))
{
    ASYNC_BEGIN(spin);
    while (!*self->stop)
        YIELD_NOW();
    ASYNC_END;
}

ASYNC_FN(int, connect_beside_spinners, (), JOIN_HANDLE(spin) h[100]; pair p;
         bool stop; int i, made; ptrdiff_t n; char c;)
{
    ASYNC_BEGIN(connect_beside_spinners);
    for (self->i = 0; self->i < 100; self->i++)
        self->h[self->i] = SPAWN(spin(&self->stop));
    for (self->i = 0; self->i < 20; self->i++) {
        AWAIT_PAIR_OR(&self->p, "127.0.0.1:0", 0);
        nr_stream_close(self->p.client);
        self->p.client = nullptr;
        AWAIT(self->n, nr_stream_read(self->p.server, &self->c, 1));
        self->made += self->n == 0;
        pair_close(&self->p);
    }
    self->stop = true;
    for (self->i = 0; self->i < 100; self->i++)
        AWAIT(JOIN(self->h[self->i]));
    ASYNC_RETURN(self->made);
    ASYNC_END;
}

TEST(TcpRuntime, AHundredTasksThatYieldForEverHoldUpNoConnection)
{
    Runtime rt(1);
    EXPECT_EQ(BLOCK_ON(rt, connect_beside_spinners()), 20);
}

} // namespace
