// SPDX-License-Identifier: MIT
#include <errno.h>

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/tcp.h"
#include "nanorun/rt/sim.h"
#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"

// An echo server and its clients over a simulated network that refuses, aborts
// and resets connections and runs out of descriptors, and where memory runs
// out: whatever happens, each call answers with an error that its header names,
// every task ends, and nothing is left (nr_sim_explore looks).

namespace
{

enum { CLIENTS = 3, BYTES = 3000 };

struct Seen {
    int served = 0, whole = 0, failed = 0, undocumented = 0;
    uint64_t fail_after = UINT64_MAX; // allocations, from the first task on

    // Of a call that failed.
    void note(int error, std::initializer_list<int> named)
    {
        failed++;
        for (int e : named) {
            if (error == -e)
                return;
        }
        undocumented++;
        fprintf(stderr, "%s is not named\n", nr_strerror(error));
    }
};

ASYNC_FN(void, echo, ((nr_stream *, peer), (Seen *, seen)), char buf[256];
         ptrdiff_t n; int error;)
{
    ASYNC_BEGIN(echo);
    do {
        AWAIT(self->n, nr_stream_read(self->peer, self->buf, sizeof self->buf));
        if (self->n < 0)
            self->seen->note(int(self->n), {ECONNRESET, ENOMEM});
        if (self->n <= 0)
            break;
        AWAIT(self->error,
              nr_stream_write_all(self->peer, self->buf, size_t(self->n)));
        if (self->error)
            self->seen->note(self->error, {EPIPE, ECONNRESET, ENOMEM});
    } while (self->error == 0);
    self->seen->served++;
    ASYNC_FINALLY;
    nr_stream_close(self->peer);
    ASYNC_END;
}

// Until it is cancelled.
ASYNC_FN(void, serve, ((nr_listener *, listener), (Seen *, seen)),
         nr_group peers;
         nr_stream * peer; int error;)
{
    ASYNC_BEGIN(serve);
    nr_group_init(&self->peers);
    for (;;) {
        AWAIT(self->error,
              nr_listener_accept(self->listener, &self->peer, nullptr));
        if (self->error == 0) {
            GROUP_SPAWN(&self->peers, echo(self->peer, self->seen));
        } else {
            self->seen->note(self->error, {EMFILE, ENFILE, ENOMEM});
            AWAIT(nr_sleep_ms(1)); // others may close theirs meanwhile
        }
    }
    ASYNC_FINALLY;
    nr_group_abort(&self->peers);
    AWAIT(nr_group_join(&self->peers));
    nr_group_deinit(&self->peers);
    ASYNC_END;
}

ASYNC_FN(void, send_all, ((nr_stream *, s), (Seen *, seen)), int error;
         char bytes[BYTES];)
{
    ASYNC_BEGIN(send_all);
    for (int i = 0; i < BYTES; i++)
        self->bytes[i] = char(i % 251);
    AWAIT(self->error, nr_stream_write_all(self->s, self->bytes, BYTES));
    if (self->error)
        self->seen->note(self->error, {EPIPE, ECONNRESET, ENOMEM});
    AWAIT(nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_END;
}

ASYNC_FN(void, receive_all, ((nr_stream *, s), (Seen *, seen)), char buf[99];
         ptrdiff_t n; int count; bool is_wrong;)
{
    ASYNC_BEGIN(receive_all);
    for (;;) {
        AWAIT(self->n, nr_stream_read(self->s, self->buf, sizeof self->buf));
        if (self->n <= 0)
            break;
        for (int i = 0; i < self->n; i++)
            self->is_wrong |= self->buf[i] != char(self->count++ % 251);
    }
    if (self->n < 0)
        self->seen->note(int(self->n), {ECONNRESET, ENOMEM});
    self->seen->whole += self->count == BYTES;
    self->seen->undocumented += self->is_wrong;
    ASYNC_END;
}

ASYNC_FN(void, talk, ((const nr_addr *, to), (Seen *, seen)), int error;
         nr_stream * s;)
{
    ASYNC_BEGIN(talk);
    AWAIT(self->error, nr_tcp_connect(self->to, &self->s));
    if (self->error) {
        self->seen->note(self->error, {ECONNREFUSED, ETIMEDOUT, ECONNRESET,
                                       EMFILE, ENFILE, ENOMEM});
        ASYNC_RETURN();
    }
    AWAIT(TIMEOUT_MS(60000, ALL(send_all(self->s, self->seen),
                                receive_all(self->s, self->seen))));
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    ASYNC_END;
}

ASYNC_FN(int, meet, ((Seen *, seen)), nr_listener *listener; nr_addr at;
         nr_group clients; nr_group server; int i; int error;)
{
    ASYNC_BEGIN(meet);
    nr_sys_alloc_fail(self->seen->fail_after, 0);
    nr_group_init(&self->clients);
    nr_group_init(&self->server);
    self->error = nr_addr_parse(&self->at, "127.0.0.1:0");
    if (!self->error)
        self->error = nr_tcp_listen(&self->at, &self->listener);
    if (self->error) {
        self->seen->note(self->error, {EMFILE, ENFILE, ENOMEM});
        ASYNC_RETURN(0);
    }
    nr_listener_addr(self->listener, &self->at);
    GROUP_SPAWN(&self->server, serve(self->listener, self->seen));
    for (self->i = 0; self->i < CLIENTS; self->i++)
        GROUP_SPAWN(&self->clients, talk(&self->at, self->seen));
    AWAIT(nr_group_join(&self->clients));
    ASYNC_FINALLY;
    AWAIT(nr_group_join(&self->clients));
    nr_group_abort(&self->server);
    AWAIT(nr_group_join(&self->server));
    nr_group_deinit(&self->server);
    nr_group_deinit(&self->clients);
    nr_listener_close(self->listener);
    ASYNC_END;
}

struct Totals {
    Seen seen;
    uint64_t runs = 0;
    uint64_t fail_after = UINT64_MAX; // counts up by one a run
};

int run_meeting(void *totals)
{
    Totals *t = static_cast<Totals *>(totals);
    nr_runtime_options options = {};
    options.workers = 2;
    nr_runtime *rt = nr_runtime_create(&options);
    Seen seen;
    seen.fail_after = t->fail_after;
    if (t->fail_after != UINT64_MAX)
        t->fail_after++;
    BLOCK_ON(rt, meet(&seen));
    nr_sys_alloc_fail(UINT64_MAX, 0);
    nr_runtime_destroy(rt);
    t->runs++;
    t->seen.whole += seen.whole;
    t->seen.failed += seen.failed;
    return seen.undocumented;
}

TEST(TcpInASimulation, WithoutFaultsEveryByteComesBack)
{
    Totals t;
    EXPECT_EQ(nr_sim_explore(nullptr, 300, run_meeting, &t), 0);
    EXPECT_EQ(uint64_t(t.seen.whole), t.runs * CLIENTS);
    EXPECT_EQ(t.seen.failed, 0);
}

TEST(TcpInASimulation, FaultsOfTheNetworkAreErrorsThatAreNamed)
{
    Totals t;
    nr_sim_config config = {};
    config.seed = 1;
    config.net_reset = 20;
    config.net_refuse = 100;
    config.net_abort = 200;
    config.net_no_file = 100;
    EXPECT_EQ(nr_sim_explore(&config, 2000, run_meeting, &t), 0);
    EXPECT_GT(t.seen.failed, 0);
    EXPECT_GT(t.seen.whole, 0);
}

TEST(TcpInASimulation, AConnectionThatIsAbortedIsNoErrorOfAccept)
{
    Totals t;
    nr_sim_config config = {};
    config.seed = 1;
    config.net_abort = 500;
    EXPECT_EQ(nr_sim_explore(&config, 300, run_meeting, &t), 0);
}

TEST(TcpInASimulation, WantOfMemoryAtAnyAllocationEndsOneTaskAtMost)
{
    Totals t;
    t.fail_after = 0;
    EXPECT_EQ(nr_sim_explore(nullptr, 300, run_meeting, &t), 0);
    EXPECT_GT(t.seen.whole, 0);
}

} // namespace
