// SPDX-License-Identifier: MIT
#include <errno.h>

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/udp.h"
#include "nanorun/rt/sim.h"
#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"

// Numbered datagrams over a simulated network that loses, doubles and reorders
// them: each fault happens when it is asked for, and only then; and nothing is
// left (nr_sim_explore looks).

namespace
{

enum { DATAGRAMS = 20, FAR_MS = 100 }; // a datagram travels for a few at most

struct Seen {
    int runs = 0, received = 0, doubled = 0, overtaken = 0, wrong = 0;
    int queue_bytes = 0; // of the receiver; 0: the default
    uint64_t fail_after = UINT64_MAX;
};

int open_udp(int queue_bytes, nr_udp **out)
{
    nr_addr any;
    nr_udp_options o = {};
    o.recv_buffer = queue_bytes;
    EXPECT_EQ(nr_addr_parse(&any, "127.0.0.1:0"), 0);
    return nr_udp_open(&any, &o, out);
}

ASYNC_FN(void, send_all, ((const nr_addr *, to), (Seen *, seen)), nr_udp *u;
         int i, error; ptrdiff_t n;)
{
    ASYNC_BEGIN(send_all);
    self->error = open_udp(0, &self->u);
    if (self->error) {
        self->seen->wrong += self->error != -ENOMEM;
        ASYNC_RETURN();
    }
    for (; self->i < DATAGRAMS; self->i++) {
        AWAIT(self->n,
              nr_udp_send(self->u, &self->i, sizeof self->i, self->to));
        self->seen->wrong += self->n != sizeof self->i;
    }
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    ASYNC_END;
}

void note(Seen *seen, int *counts, int *highest, int number)
{
    if (number < 0 || number >= DATAGRAMS) {
        seen->wrong++;
        return;
    }
    seen->received++;
    seen->doubled += ++counts[number] > 1;
    seen->overtaken += number < *highest && counts[number] == 1;
    if (number > *highest)
        *highest = number;
}

// Until nothing can be on its way any more.
ASYNC_FN(void, receive_all, ((nr_udp *, u), (Seen *, seen)),
         int counts[DATAGRAMS], highest, number, error;
         ptrdiff_t n;)
{
    ASYNC_BEGIN(receive_all);
    for (;;) {
        AWAIT(self->error, TIMEOUT_MS(FAR_MS,
                                      nr_udp_recv(self->u, &self->number,
                                                  sizeof self->number, nullptr),
                                      &self->n));
        if (self->error)
            break;
        note(self->seen, self->counts, &self->highest,
             self->n == sizeof self->number ? self->number : -1);
    }
    self->seen->wrong += self->error != -ETIMEDOUT && self->error != -ENOMEM;
    ASYNC_END;
}

// A child that lacks memory for what it awaits ends alone.
ASYNC_FN(void, meet, ((Seen *, seen)), nr_udp *u; nr_addr at; nr_group both;
         int error;)
{
    ASYNC_BEGIN(meet);
    nr_sys_alloc_fail(self->seen->fail_after, 0);
    nr_group_init(&self->both);
    self->error = open_udp(self->seen->queue_bytes, &self->u);
    if (self->error) {
        self->seen->wrong += self->error != -ENOMEM;
        ASYNC_RETURN();
    }
    nr_udp_addr(self->u, &self->at);
    GROUP_SPAWN(&self->both, receive_all(self->u, self->seen));
    GROUP_SPAWN(&self->both, send_all(&self->at, self->seen));
    ASYNC_FINALLY;
    AWAIT(nr_group_join(&self->both));
    nr_group_deinit(&self->both);
    nr_udp_close(self->u);
    ASYNC_END;
}

int run_meeting(void *arg)
{
    Seen *seen = static_cast<Seen *>(arg);
    nr_runtime_options options = {};
    options.workers = 2;
    nr_runtime *rt = nr_runtime_create(&options);
    BLOCK_ON(rt, meet(seen));
    nr_sys_alloc_fail(UINT64_MAX, 0);
    nr_runtime_destroy(rt);
    seen->runs++;
    if (seen->fail_after != UINT64_MAX)
        seen->fail_after++;
    return seen->wrong;
}

Seen explore(const nr_sim_config &faults, uint64_t seeds, Seen seen = Seen())
{
    nr_sim_config config = faults;
    config.seed = 1;
    EXPECT_EQ(nr_sim_explore(&config, seeds, run_meeting, &seen), 0);
    return seen;
}

TEST(UdpInASimulation, WithoutFaultsEachArrivesOnceAndInOrder)
{
    Seen seen = explore({}, 300);
    EXPECT_EQ(seen.received, seen.runs * DATAGRAMS);
    EXPECT_EQ(seen.doubled, 0);
    EXPECT_EQ(seen.overtaken, 0);
}

TEST(UdpInASimulation, SomeAreLost)
{
    nr_sim_config config = {};
    config.net_lose = 200;
    Seen seen = explore(config, 300);
    EXPECT_LT(seen.received, seen.runs * DATAGRAMS);
    EXPECT_GT(seen.received, seen.runs * DATAGRAMS / 2);
    EXPECT_EQ(seen.doubled + seen.overtaken, 0);
}

TEST(UdpInASimulation, SomeArriveTwice)
{
    nr_sim_config config = {};
    config.net_double = 200;
    Seen seen = explore(config, 300);
    EXPECT_GT(seen.doubled, 0);
    EXPECT_EQ(seen.received, seen.runs * DATAGRAMS + seen.doubled);
    EXPECT_EQ(seen.overtaken, 0);
}

TEST(UdpInASimulation, SomeAreOvertaken)
{
    nr_sim_config config = {};
    config.net_reorder = 200;
    Seen seen = explore(config, 300);
    EXPECT_GT(seen.overtaken, 0);
    EXPECT_EQ(seen.received, seen.runs * DATAGRAMS);
    EXPECT_EQ(seen.doubled, 0);
}

TEST(UdpInASimulation, AllFaultsAtOnceLeaveNothing)
{
    nr_sim_config config = {};
    config.net_lose = config.net_double = config.net_reorder = 300;
    Seen seen = explore(config, 1000);
    EXPECT_GT(seen.doubled, 0);
    EXPECT_GT(seen.overtaken, 0);
}

// The sender does not wait for the receiver.
TEST(UdpInASimulation, AReceiveQueueThatIsFullDrops)
{
    Seen seen;
    seen.queue_bytes = 1;
    seen = explore({}, 300, seen);
    EXPECT_LT(seen.received, seen.runs * DATAGRAMS);
    EXPECT_GT(seen.received, 0);
}

TEST(UdpInASimulation, WantOfMemoryAtAnyAllocationIsNamed)
{
    Seen seen;
    seen.fail_after = 0;
    seen = explore({}, 100, seen);
    EXPECT_GT(seen.received, 0);
}

} // namespace
