// SPDX-License-Identifier: MIT
#include <errno.h>

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/io/fd.h"
#include "nanorun/io/unix.h"
#include "nanorun/rt/sim.h"
#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/socket.h"

// Clients send a server one end of a pair each, and read from the other end
// what the server writes there, in a system that refuses and resets
// connections, has no descriptors left, and where memory runs out: whatever
// happens, each call answers with an error that its header names, every task
// ends, and nothing is left (nr_sim_explore looks).

namespace
{

enum { CLIENTS = 3 };

struct Seen {
    int answered = 0, failed = 0, undocumented = 0;
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

ASYNC_FN(void, answer, ((nr_stream *, client), (Seen *, seen)), int fd, nfds;
         nr_stream * passed; ptrdiff_t n; int error; char c;)
{
    ASYNC_BEGIN(answer);
    self->nfds = 1;
    AWAIT(self->n,
          nr_unix_recv(self->client, &self->c, 1, &self->fd, &self->nfds));
    if (self->n < 0)
        self->seen->note(int(self->n), {ECONNRESET, ENOMEM});
    if (self->n <= 0 || self->nfds == 0)
        ASYNC_RETURN();
    self->error = nr_stream_from_fd(self->fd, &self->passed);
    if (self->error) {
        self->seen->note(self->error, {EINVAL, ENOMEM});
        nr_sys_socket_close(self->fd); // it is still ours
        ASYNC_RETURN();
    }
    AWAIT(self->error, nr_stream_write_all(self->passed, "!", 1));
    if (self->error)
        self->seen->note(self->error, {EPIPE, ECONNRESET, ENOMEM});
    ASYNC_FINALLY;
    nr_stream_close(self->passed);
    nr_stream_close(self->client);
    ASYNC_END;
}

// Until it is cancelled.
ASYNC_FN(void, serve, ((nr_listener *, listener), (Seen *, seen)),
         nr_group clients;
         nr_stream * client; int error;)
{
    ASYNC_BEGIN(serve);
    nr_group_init(&self->clients);
    for (;;) {
        AWAIT(self->error,
              nr_listener_accept(self->listener, &self->client, nullptr));
        if (self->error == 0) {
            GROUP_SPAWN(&self->clients, answer(self->client, self->seen));
        } else {
            self->seen->note(self->error, {EMFILE, ENFILE, ENOMEM});
            AWAIT(nr_sleep_ms(1)); // others may close theirs meanwhile
        }
    }
    ASYNC_FINALLY;
    nr_group_abort(&self->clients);
    AWAIT(nr_group_join(&self->clients));
    nr_group_deinit(&self->clients);
    ASYNC_END;
}

ASYNC_FN(void, ask, ((const char *, name), (Seen *, seen)), nr_stream *server;
         nr_stream * ends[2]; int fd, error; ptrdiff_t n; char c;)
{
    ASYNC_BEGIN(ask);
    AWAIT(self->error, nr_unix_connect(self->name, &self->server));
    if (self->error) {
        self->seen->note(self->error,
                         {ECONNREFUSED, ECONNRESET, EMFILE, ENFILE, ENOMEM});
        ASYNC_RETURN();
    }
    self->error = nr_unix_pair(self->ends);
    if (self->error) {
        self->seen->note(self->error, {EMFILE, ENFILE, ENOMEM});
        ASYNC_RETURN();
    }
    self->fd = int(nr_stream_fd(self->ends[0]));
    AWAIT(self->n, nr_unix_send(self->server, "?", 1, &self->fd, 1));
    if (self->n < 0)
        self->seen->note(int(self->n), {EPIPE, ECONNRESET, ENOMEM});
    nr_stream_close(self->ends[0]);
    self->ends[0] = nullptr;
    // An answer, or the end: nobody has the other end any more, unless there
    // was no memory for a server.
    AWAIT(self->error,
          TIMEOUT_MS(60000, nr_stream_read(self->ends[1], &self->c, 1),
                     &self->n));
    if (self->error)
        self->seen->note(self->seen->fail_after == UINT64_MAX ? -1 : -ENOMEM,
                         {ENOMEM});
    else if (self->n < 0)
        self->seen->note(int(self->n), {ECONNRESET, ENOMEM});
    self->seen->answered += !self->error && self->n == 1;
    ASYNC_FINALLY;
    nr_stream_close(self->ends[0]);
    nr_stream_close(self->ends[1]);
    nr_stream_close(self->server);
    ASYNC_END;
}

ASYNC_FN(void, meet, ((Seen *, seen), (const char *, name)),
         nr_listener *listener;
         nr_group clients; nr_group server; int i; int error;)
{
    ASYNC_BEGIN(meet);
    nr_sys_alloc_fail(self->seen->fail_after, 0);
    nr_group_init(&self->clients);
    nr_group_init(&self->server);
    self->error = nr_unix_listen(self->name, nullptr, &self->listener);
    if (self->error) {
        self->seen->note(self->error, {EMFILE, ENFILE, ENOMEM});
        ASYNC_RETURN();
    }
    GROUP_SPAWN(&self->server, serve(self->listener, self->seen));
    for (self->i = 0; self->i < CLIENTS; self->i++)
        GROUP_SPAWN(&self->clients, ask(self->name, self->seen));
    AWAIT(nr_group_join(&self->clients));
    ASYNC_FINALLY;
    nr_group_abort(&self->clients);
    AWAIT(nr_group_join(&self->clients));
    nr_group_abort(&self->server);
    AWAIT(nr_group_join(&self->server));
    nr_group_deinit(&self->server);
    nr_group_deinit(&self->clients);
    nr_listener_close(self->listener);
    ASYNC_END;
}

struct Totals {
    const char *name = "/run/server";
    int answered = 0, failed = 0;
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
    BLOCK_ON(rt, meet(&seen, t->name));
    nr_sys_alloc_fail(UINT64_MAX, 0);
    nr_runtime_destroy(rt);
    t->runs++;
    t->answered += seen.answered;
    t->failed += seen.failed;
    return seen.undocumented;
}

TEST(UnixInASimulation, WithoutFaultsEveryDescriptorIsAnswered)
{
    for (const char *name : {"/run/server", "@server"}) {
        Totals t;
        t.name = name;
        EXPECT_EQ(nr_sim_explore(nullptr, 300, run_meeting, &t), 0);
        EXPECT_EQ(uint64_t(t.answered), t.runs * CLIENTS);
        EXPECT_EQ(t.failed, 0);
    }
}

TEST(UnixInASimulation, FaultsAreErrorsThatAreNamed)
{
    Totals t;
    nr_sim_config config = {};
    config.seed = 1;
    config.net_reset = 20;
    config.net_refuse = 100;
    config.net_abort = 100;
    config.net_no_file = 100;
    EXPECT_EQ(nr_sim_explore(&config, 1000, run_meeting, &t), 0);
    EXPECT_GT(t.failed, 0);
    EXPECT_GT(t.answered, 0);
}

TEST(UnixInASimulation, WantOfMemoryAtAnyAllocationEndsOneTaskAtMost)
{
    Totals t;
    t.fail_after = 0;
    EXPECT_EQ(nr_sim_explore(nullptr, 300, run_meeting, &t), 0);
    EXPECT_GT(t.answered, 0);
}

} // namespace
