// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "nanorun/io/fd.h"
#include "nanorun/io/unix.h"
#include "tests/io/stream_helpers.h"

// Pipes, terminals and sockets of other families, taken over.

namespace
{

struct ends {
    int fds[2];
    nr_stream *streams[2];
};

bool adopt(ends *e)
{
    for (int i = 0; i < 2; i++) {
        int err = nr_stream_from_fd(e->fds[i], &e->streams[i]);
        EXPECT_EQ(err, 0) << nr_strerror(err);
        if (err)
            return false;
    }
    return true;
}

bool open_pipe(ends *e)
{
    EXPECT_EQ(pipe(e->fds), 0);
    return adopt(e);
}

void close_ends(ends *e)
{
    nr_stream_close(e->streams[0]);
    nr_stream_close(e->streams[1]);
}

// A worker blocks signals, so one that was raised would wait there.
bool is_sigpipe_pending()
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

// A million bytes by a pipe, in either order of waiting.
enum { LEN = 1000000 };

ASYNC_FN(void, send_all, ((nr_stream *, s)), char buf[7777]; size_t i, n;)
{
    ASYNC_BEGIN(send_all);
    for (; self->i < LEN; self->i += self->n) {
        self->n = LEN - self->i < 7777 ? LEN - self->i : 7777;
        for (size_t k = 0; k < self->n; k++)
            self->buf[k] = pattern(self->i + k);
        EXPECT_AWAITED(0, nr_stream_write_all(self->s, self->buf, self->n));
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    EXPECT_AWAITED(-EPIPE, nr_stream_write(self->s, "x", 1));
    ASYNC_END;
}

ASYNC_FN(void, receive_all, ((nr_stream *, s)), char buf[5000]; size_t i;
         ptrdiff_t n;)
{
    ASYNC_BEGIN(receive_all);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf, sizeof self->buf));
        for (ptrdiff_t k = 0; k < self->n; k++)
            EXPECT_EQ(self->buf[k], pattern(self->i + (size_t)k));
        self->i += self->n > 0 ? (size_t)self->n : 0;
    } while (self->n > 0);
    EXPECT_EQ(self->n, 0);
    EXPECT_EQ(self->i, (size_t)LEN);
    ASYNC_END;
}

ASYNC_FN(void, through_a_pipe, (), ends e;)
{
    ASYNC_BEGIN(through_a_pipe);
    if (!open_pipe(&self->e))
        ASYNC_RETURN();
    EXPECT_EQ(nr_stream_fd(self->e.streams[0]), self->e.fds[0]);
    EXPECT_NE(fcntl(self->e.fds[0], F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_EQ(nr_tcp_set_nodelay(self->e.streams[1], true), -ENOTSUP);
    AWAIT(ALL(receive_all(self->e.streams[0]), send_all(self->e.streams[1])));
    ASYNC_FINALLY;
    close_ends(&self->e);
    ASYNC_END;
}

TEST_F(Stream, PipeCarriesAllBytesAndItsEnd)
{
    BLOCK_ON(rt, through_a_pipe());
}

ASYNC_FN(ptrdiff_t, fill, ((nr_stream *, s)), char buf[4096]; ptrdiff_t n;)
{
    ASYNC_BEGIN(fill);
    do {
        AWAIT(self->n, nr_stream_write(self->s, self->buf, sizeof self->buf));
    } while (self->n > 0);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, shut_under_waits, (), ends e; JOIN_HANDLE(fill) writer;
         JOIN_HANDLE(read_one) reader; ends other; ptrdiff_t n;)
{
    ASYNC_BEGIN(shut_under_waits);
    if (!open_pipe(&self->e) || !open_pipe(&self->other))
        ASYNC_RETURN();
    self->writer = SPAWN(fill(self->e.streams[1]));
    self->reader = SPAWN(read_one(self->other.streams[0]));
    AWAIT(nr_sleep_ms(5));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->e.streams[1], NR_SHUT_RDWR));
    AWAIT(self->n, JOIN(self->writer));
    EXPECT_EQ(self->n, -EPIPE);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->e.streams[1], NR_SHUT_WR));
    EXPECT_AWAITED(0, nr_stream_shutdown(self->other.streams[0], NR_SHUT_RD));
    AWAIT(self->n, JOIN(self->reader));
    EXPECT_EQ(self->n, 0);
    ASYNC_FINALLY;
    close_ends(&self->e);
    close_ends(&self->other);
    ASYNC_END;
}

TEST_F(Stream, ShutdownOfAPipeEndsItsWaits)
{
    BLOCK_ON(rt, shut_under_waits());
}

ASYNC_FN(void, write_to_nobody, (), ends e;)
{
    ASYNC_BEGIN(write_to_nobody);
    if (!open_pipe(&self->e))
        ASYNC_RETURN();
    nr_stream_close(self->e.streams[0]);
    self->e.streams[0] = nullptr;
    EXPECT_AWAITED(-EPIPE, nr_stream_write(self->e.streams[1], "x", 1));
    EXPECT_FALSE(is_sigpipe_pending());
    ASYNC_FINALLY;
    close_ends(&self->e);
    ASYNC_END;
}

TEST_F(Stream, PipeWithoutAReaderIsAnErrorAndNoSignal)
{
    BLOCK_ON(rt, write_to_nobody());
}

// A line by a pseudo terminal, whose slave shell-like processes share.
ASYNC_FN(void, by_terminal, ((int, master), (int, slave)), ends e; char buf[8];
         ptrdiff_t n; int shared;)
{
    ASYNC_BEGIN(by_terminal);
    self->e.fds[0] = self->master;
    self->e.fds[1] = self->slave;
    self->shared = dup(self->slave);
    if (!adopt(&self->e))
        ASYNC_RETURN();
    EXPECT_EQ(fcntl(self->shared, F_GETFL) & O_NONBLOCK, 0)
        << "the other owners of the terminal keep it blocking";
    EXPECT_EQ(nr_stream_fd(self->e.streams[1]), self->slave);
    EXPECT_AWAITED(0, nr_stream_write_all(self->e.streams[0], "line\n", 5));
    AWAIT(self->n, nr_stream_read(self->e.streams[1], self->buf, 8));
    EXPECT_EQ(std::string(self->buf, self->n > 0 ? (size_t)self->n : 0),
              "line\n");
    close(self->shared);
    nr_stream_close(self->e.streams[1]);
    self->e.streams[1] = nullptr;
    do { // the echo, then the hang-up
        AWAIT(self->n, nr_stream_read(self->e.streams[0], self->buf, 8));
    } while (self->n > 0);
    EXPECT_EQ(self->n, 0);
    ASYNC_FINALLY;
    close_ends(&self->e);
    ASYNC_END;
}

TEST_F(Stream, TerminalIsOpenedOnceMoreForItself)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(master, 0);
    ASSERT_EQ(grantpt(master), 0);
    ASSERT_EQ(unlockpt(master), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    ASSERT_GE(slave, 0);
    BLOCK_ON(rt, by_terminal(master, slave));
}

ASYNC_FN(void, refuse, ((int, fd), (int, expected)), nr_stream *s;
         nr_listener * l; int before;)
{
    ASYNC_BEGIN(refuse);
    self->before = fcntl(self->fd, F_GETFL);
    EXPECT_EQ(nr_stream_from_fd(self->fd, &self->s), self->expected);
    EXPECT_EQ(nr_listener_from_fd(self->fd, &self->l), self->expected);
    EXPECT_EQ(fcntl(self->fd, F_GETFL), self->before);
    ASYNC_END;
}

TEST_F(Stream, DescriptorOfNoStreamIsRefusedAndUnchanged)
{
    char path[] = "/tmp/adopt_XXXXXX";
    int file = mkstemp(path), dir = open("/", O_RDONLY);
    int null = open("/dev/null", O_RDWR), pairs[2];
    int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pairs), 0);
    for (int fd : {file, dir, null, datagrams, pairs[0], pairs[1]}) {
        BLOCK_ON(rt, refuse(fd, -EINVAL));
        close(fd);
    }
    unlink(path);
    BLOCK_ON(rt, refuse(file, -EBADF));
    BLOCK_ON(rt, refuse(-1, -EBADF));
}

// One end of a pair of Unix sockets, with a runtime that ends while it is open.
ASYNC_FN(void, leave_open, ((int, fd)), nr_stream *s; nr_unix_cred peer;
         char c;)
{
    ASYNC_BEGIN(leave_open);
    EXPECT_EQ(nr_stream_from_fd(self->fd, &self->s), 0);
    EXPECT_AWAITED(1, nr_stream_read(self->s, &self->c, 1));
    EXPECT_EQ(nr_tcp_set_nodelay(self->s, true), -ENOTSUP);
    EXPECT_EQ(nr_unix_peer(self->s, &self->peer), 0) << "it is a Unix socket";
    EXPECT_EQ(self->peer.pid, getpid());
    ASYNC_END;
}

TEST_F(Stream, RuntimeThatEndsClosesAnAdoptedSocket)
{
    int pairs[2];
    char c;
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs), 0);
    ASSERT_EQ(write(pairs[1], "x", 1), 1);
    BLOCK_ON(rt, leave_open(pairs[0]));
    nr_runtime_destroy(rt);
    rt = nullptr;
    EXPECT_EQ(read(pairs[1], &c, 1), 0);
    close(pairs[1]);
}

// 10 MB from a pipe to a socket and on to another pipe: by the kernel, because
// much waits in the socket when the second copy begins.
enum { MUCH = 10000000 };

ASYNC_FN(void, copy_and_shut,
         ((nr_stream *, to), (nr_stream *, from), (unsigned, after_ms)),
         uint64_t count;)
{
    ASYNC_BEGIN(copy_and_shut);
    AWAIT(nr_sleep_ms(self->after_ms));
    EXPECT_AWAITED(0, nr_copy(self->to, self->from, &self->count));
    EXPECT_EQ(self->count, (uint64_t)MUCH);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->to, NR_SHUT_WR));
    ASYNC_END;
}

ASYNC_FN(void, send_much, ((nr_stream *, s)), char *buf; size_t i, n;)
{
    ASYNC_BEGIN(send_much);
    self->buf = (char *)malloc(1 << 20);
    for (; self->i < MUCH; self->i += self->n) {
        self->n = MUCH - self->i < 1 << 20 ? MUCH - self->i : 1 << 20;
        for (size_t k = 0; k < self->n; k++)
            self->buf[k] = pattern(self->i + k);
        EXPECT_AWAITED(0, nr_stream_write_all(self->s, self->buf, self->n));
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_FINALLY;
    free(self->buf);
    ASYNC_END;
}

ASYNC_FN(void, receive_much, ((nr_stream *, s)), char buf[65536]; size_t i, bad;
         ptrdiff_t n;)
{
    ASYNC_BEGIN(receive_much);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf, sizeof self->buf));
        for (ptrdiff_t k = 0; k < self->n; k++)
            self->bad += self->buf[k] != pattern(self->i + (size_t)k);
        self->i += self->n > 0 ? (size_t)self->n : 0;
    } while (self->n > 0);
    EXPECT_EQ(self->i, (size_t)MUCH);
    EXPECT_EQ(self->bad, 0u);
    ASYNC_END;
}

ASYNC_FN(void, chain, (), ends first, last; pair middle;)
{
    ASYNC_BEGIN(chain);
    if (!open_pipe(&self->first) || !open_pipe(&self->last))
        ASYNC_RETURN();
    AWAIT_PAIR(&self->middle, "127.0.0.1:0");
    AWAIT(ALL(send_much(self->first.streams[1]),
              copy_and_shut(self->middle.client, self->first.streams[0], 0),
              copy_and_shut(self->last.streams[1], self->middle.server, 20),
              receive_much(self->last.streams[0])));
    ASYNC_FINALLY;
    close_ends(&self->first);
    close_ends(&self->last);
    pair_close(&self->middle);
    ASYNC_END;
}

TEST_F(Stream, CopyBetweenPipesAndSocketsKeepsEveryByte)
{
    BLOCK_ON(rt, chain());
}

// The same when no pipe of the kernel's can be had.
TEST_F(Stream, CopyGoesOnByItsBufferWithoutDescriptors)
{
    unsigned before = limit_fds((unsigned)count_fds() + 12);
    BLOCK_ON(rt, chain());
    limit_fds(before);
}

// Linux splices into no socket whose open file appends.
ASYNC_FN(void, relay_to_one_that_appends, (), pair from, to; int fd;)
{
    ASYNC_BEGIN(relay_to_one_that_appends);
    AWAIT_PAIR(&self->from, "127.0.0.1:0");
    AWAIT_PAIR(&self->to, "127.0.0.1:0");
    self->fd = (int)nr_stream_fd(self->to.client);
    EXPECT_EQ(fcntl(self->fd, F_SETFL, O_APPEND | O_NONBLOCK), 0);
    AWAIT(ALL(send_much(self->from.client),
              copy_and_shut(self->to.client, self->from.server, 20),
              receive_much(self->to.server)));
    ASYNC_FINALLY;
    pair_close(&self->from);
    pair_close(&self->to);
    ASYNC_END;
}

TEST_F(Stream, CopyToASocketThatAppendsKeepsEveryByte)
{
    BLOCK_ON(rt, relay_to_one_that_appends());
}

ASYNC_FN(void, copy_to_nobody, (), ends e; pair p; uint64_t count; int err;)
{
    ASYNC_BEGIN(copy_to_nobody);
    if (!open_pipe(&self->e))
        ASYNC_RETURN();
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    AWAIT(SELECT(INTO(&self->err, write_endlessly(self->p.client)),
                 nr_copy(self->e.streams[1], self->p.server, &self->count),
                 nr_sleep_ms(20)));
    nr_stream_close(self->e.streams[0]);
    self->e.streams[0] = nullptr;
    AWAIT(self->err, nr_copy(self->e.streams[1], self->p.server, &self->count));
    EXPECT_EQ(self->err, -EPIPE);
    EXPECT_FALSE(is_sigpipe_pending());
    ASYNC_FINALLY;
    close_ends(&self->e);
    pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Stream, BurstIntoAClosedPipeIsAnErrorAndNoSignal)
{
    BLOCK_ON(rt, copy_to_nobody());
}

} // namespace
