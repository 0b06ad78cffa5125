// SPDX-License-Identifier: MIT
#include <errno.h>

#include <atomic>
#include <functional>
#include <future>
#include <set>

#include "nanorun/rt/sync.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/poller.h"
#include "tests/io/tcp_helpers.h"
#include "tests/support/sys_faults.h"

// A server with a group of connections, and clients, of which one allocation,
// all allocations from one on, or one call of the system fails, each in turn:
// making the runtime and the reactor, listening, connecting, accepting,
// reading, writing, bounding. Whatever fails, every call answers with an error
// that its contract names, every cleanup is run, and nothing is left.

namespace
{

enum { CLIENTS = 2 };

struct Course {
    int begun = 0, ended = 0; // of one worker's tasks; read after their end
    nr_listener *listener = nullptr;
    nr_addr at;
    nr_stream *served[CLIENTS] = {};
    bool is_accepting = false, is_complete = false;
    std::set<int> errors; // all that any call has answered
    std::promise<void> over;
};

// Keeps what a call has answered. Returns it.
int note(Course *run, int error)
{
    run->errors.insert(error);
    return error;
}

void close_listener(Course *run)
{
    nr_listener_close(run->listener);
    run->listener = nullptr;
}

void close_stream(nr_stream **s)
{
    nr_stream_close(*s);
    *s = nullptr;
}

ASYNC_FN(void, echo, ((Course *, run), (nr_stream **, peer)), char buf[4];
         ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(echo);
    self->run->begun++;
    do {
        AWAIT(self->n, nr_stream_read(*self->peer, self->buf, 4));
        if (self->n > 0)
            AWAIT(self->err,
                  nr_stream_write_all(*self->peer, self->buf, (size_t)self->n));
    } while (self->n > 0 && self->err == 0);
    ASYNC_FINALLY;
    close_stream(self->peer);
    self->run->ended++;
    ASYNC_END;
}

// A connection whose echo there was no memory for is closed here: on one worker
// a yield lets each that was spawned begin.
ASYNC_FN(void, serve, ((Course *, run)), nr_group g; nr_addr peer; int i, err;
         int begun;)
{
    ASYNC_BEGIN(serve);
    self->run->begun++;
    self->run->is_accepting = true;
    nr_group_init(&self->g);
    for (self->i = 0; self->i < CLIENTS;) {
        AWAIT(self->err,
              nr_listener_accept(self->run->listener,
                                 &self->run->served[self->i], &self->peer));
        if (note(self->run, self->err))
            continue;
        self->begun = self->run->begun;
        GROUP_SPAWN(&self->g, echo(self->run, &self->run->served[self->i]));
        YIELD_NOW();
        if (self->run->begun == self->begun)
            close_stream(&self->run->served[self->i]);
        self->i++;
    }
    AWAIT(nr_group_join(&self->g));
    ASYNC_FINALLY;
    close_listener(self->run); // resets whoever was not accepted
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    self->run->ended++;
    ASYNC_END;
}

// Returns how many steps were done.
ASYNC_FN(int, talk, ((Course *, run)), nr_stream *s; char buf[4]; ptrdiff_t n;
         int err, inner, steps;)
{
    ASYNC_BEGIN(talk);
    self->run->begun++;
    AWAIT(self->err, nr_tcp_connect(&self->run->at, &self->s));
    if (note(self->run, self->err))
        ASYNC_RETURN(self->steps);
    self->steps++;
    AWAIT(self->err,
          TIMEOUT_MS(1, nr_stream_read(self->s, self->buf, 4), &self->n));
    EXPECT_TRUE(self->err || self->n <= 0) << "nothing was sent";
    self->steps += note(self->run, self->err) == -ETIMEDOUT;
    AWAIT(self->err, TIMEOUT_MS(100000, nr_stream_write_all(self->s, "ping", 4),
                                &self->inner));
    if (note(self->run, self->err) || note(self->run, self->inner))
        ASYNC_RETURN(self->steps); // there will be no echo
    self->steps++;
    AWAIT(self->err,
          TIMEOUT_MS(100000, nr_stream_read_exact(self->s, self->buf, 4),
                     &self->inner));
    if (note(self->run, self->err) == 0 && note(self->run, self->inner) == 0) {
        EXPECT_EQ(std::string(self->buf, 4), "ping");
        self->steps++;
    }
    AWAIT(self->err, nr_stream_shutdown(self->s, NR_SHUT_WR));
    note(self->run, self->err);
    AWAIT(self->n, nr_stream_read(self->s, self->buf, 4));
    self->steps +=
        note(self->run, self->n < 0 ? (int)self->n : 0) == 0 && self->n == 0;
    ASYNC_RETURN(self->steps);
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    self->run->ended++;
    ASYNC_END;
}

enum { STEPS = 5 };

ASYNC_FN(void, everything, ((Course *, run)), JOIN_HANDLE(serve) server;
         nr_addr any; int a, b, err;)
{
    ASYNC_BEGIN(everything);
    self->run->begun++;
    self->any = addr_of("127.0.0.1:0");
    if (note(self->run, nr_tcp_listen(&self->any, &self->run->listener)))
        ASYNC_RETURN();
    nr_listener_addr(self->run->listener, &self->run->at);
    self->server = SPAWN(serve(self->run));
    YIELD_NOW();
    if (!self->run->is_accepting)
        close_listener(self->run);
    AWAIT(
        ALL(INTO(&self->a, talk(self->run)), INTO(&self->b, talk(self->run))));
    self->run->is_complete = self->a == STEPS && self->b == STEPS;
    ASYNC_FINALLY;
    if (self->server) {
        ABORT(self->server);
        AWAIT(self->err, JOIN_STATUS(self->server));
    }
    close_listener(self->run);
    self->run->ended++;
    self->run->over.set_value();
    ASYNC_END;
}

// Runs it all on a new runtime. What fails does so by then.
void run_all(Course *run)
{
    nr_runtime_options options = {};
    options.workers = 1;
    nr_runtime *rt = nr_runtime_create(&options);
    if (!rt) {
        EXPECT_TRUE(errno == ENOMEM || errno == EAGAIN) << errno;
        return;
    }
    nr_handle *h = nr_runtime_handle(rt);
    JOIN_HANDLE(everything) j = SPAWN_ON(h, everything(run));
    // One that was not spawned has ended at once, and begun nothing.
    if (!IS_FINISHED(j))
        run->over.get_future().wait();
    DETACH(j);
    nr_handle_release(h);
    nr_runtime_destroy(rt);
}

// One run with a fault, and the end of it. Returns whether it was complete.
bool try_one(const std::function<void()> &arm, const std::set<int> &documented)
{
    uint64_t blocks = nr_sys_alloc_live();
    int fds = count_fds();
    Course run;
    arm();
    run_all(&run);
    EXPECT_EQ(run.ended, run.begun);
    for (int error : run.errors)
        EXPECT_EQ(documented.count(error), 1u) << nr_strerror(error);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
    EXPECT_EQ(count_fds(), fds);
    return run.is_complete;
}

// With what the other side of a connection sees where one could not go on.
std::set<int> and_of_peers(std::set<int> errors)
{
    for (int error : {0, -ETIMEDOUT, -ECONNREFUSED, -ECONNRESET, -EPIPE,
                      -ENODATA, -ENOTCONN})
        errors.insert(error);
    return errors;
}

class IoFaults : public testing::Test
{
  protected:
    ~IoFaults() override
    {
        nr_sys_alloc_fail(UINT64_MAX, 0);
        sys_faults_fail(UINT64_MAX);
    }
};

TEST_F(IoFaults, EveryAllocationMayFail)
{
    bool is_over = false;
    uint64_t k = 0;
    for (; !is_over; k++) {
        SCOPED_TRACE(k);
        bool is_complete =
            try_one([k] { nr_sys_alloc_fail(k, 0); }, and_of_peers({-ENOMEM}));
        is_over = sys_faults_alloc_is_to_come(k);
        ASSERT_TRUE(!is_over || is_complete);
    }
    EXPECT_GT(k, 30u);
}

TEST_F(IoFaults, EveryAllocationFromOneOnMayFail)
{
    bool is_complete = false;
    for (uint64_t k = 0; !is_complete; k++) {
        SCOPED_TRACE(k);
        is_complete =
            try_one([k] { nr_sys_alloc_fail(k, 1); }, and_of_peers({-ENOMEM}));
    }
}

TEST_F(IoFaults, EveryCallOfTheSystemMayFail)
{
    bool is_over = false;
    uint64_t k = 0;
    for (; !is_over; k++) {
        SCOPED_TRACE(k);
        bool is_complete = try_one(
            [k] { sys_faults_fail(k); },
            and_of_peers({-ENOMEM, -EMFILE, -EADDRINUSE, -EADDRNOTAVAIL}));
        is_over = sys_faults_is_to_come();
        ASSERT_TRUE(!is_over || is_complete);
    }
    EXPECT_GT(k, 20u);
}

// ---- two reactors at once ----

std::atomic<int> pollers;
std::atomic<bool> is_installed;
std::promise<void> installed;

// Lets the first come after the second.
void wait_if_first()
{
    if (pollers++ == 0)
        installed.get_future().wait();
}

// The first accept makes the reactor; nobody connects.
ASYNC_FN(int, accept_once, (), nr_listener *l; nr_stream * s; nr_addr any;
         int err;)
{
    ASYNC_BEGIN(accept_once);
    self->any = addr_of("127.0.0.1:0");
    self->err = nr_tcp_listen(&self->any, &self->l);
    if (self->err)
        ASYNC_RETURN(self->err);
    AWAIT(self->err,
          TIMEOUT_MS(0, nr_listener_accept(self->l, &self->s, nullptr)));
    ASYNC_RETURN(self->err == -ETIMEDOUT ? 0 : self->err);
    ASYNC_FINALLY;
    nr_listener_close(self->l);
    ASYNC_END;
}

ASYNC_FN(int, accept_and_tell, (), int err;)
{
    ASYNC_BEGIN(accept_and_tell);
    AWAIT(self->err, accept_once());
    if (!is_installed.exchange(true))
        installed.set_value();
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

TEST_F(IoFaults, OneOfTwoReactorsMadeAtOnceStays)
{
    int fds = count_fds();
    uint64_t blocks = nr_sys_alloc_live();
    nr_sys_poller *one = nullptr;
    ASSERT_EQ(nr_sys_poller_create(&one), 0);
    int fds_of_one = count_fds() - fds;
    nr_sys_poller_destroy(one);
    sys_faults_on_poller_create(wait_if_first);
    {
        Runtime rt(2);
        nr_handle *h = nr_runtime_handle(rt);
        JOIN_HANDLE(accept_and_tell) a = SPAWN_ON(h, accept_and_tell());
        JOIN_HANDLE(accept_and_tell) b = SPAWN_ON(h, accept_and_tell());
        EXPECT_EQ(BLOCK_ON(rt, JOIN(a)), 0);
        EXPECT_EQ(BLOCK_ON(rt, JOIN(b)), 0);
        EXPECT_EQ(count_fds(), fds + fds_of_one);
        nr_handle_release(h);
    }
    sys_faults_on_poller_create(nullptr);
    EXPECT_EQ(pollers, 2);
    EXPECT_EQ(count_fds(), fds);
    EXPECT_EQ(nr_sys_alloc_live(), blocks);
}

} // namespace
