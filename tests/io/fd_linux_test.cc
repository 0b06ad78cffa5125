// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "tests/io/fd_helpers.h"
#include "tests/io/system_socket.h"

// Descriptors of every kind that Linux has.

namespace
{

// A descriptor, and what makes it readable and unreadable again.
typedef struct kind {
    const char *name;
    int fd, other; // `other` makes it ready
    void (*make_ready)(int other);
    void (*take)(int fd);
} kind;

void write_one(int fd)
{
    const uint64_t one = 1;
    EXPECT_EQ(write(fd, &one, sizeof one), (ssize_t)sizeof one);
}

void read_some(int fd)
{
    char buf[4096];
    EXPECT_GT(read(fd, buf, sizeof buf), 0);
}

void expire(int fd)
{
    struct itimerspec soon = {{0, 0}, {0, 1}};
    EXPECT_EQ(timerfd_settime(fd, 0, &soon, nullptr), 0);
}

// Something happens in the working directory.
void touch(int)
{
    int fd = open("touched", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    EXPECT_GE(fd, 0);
    close(fd);
    EXPECT_EQ(unlink("touched"), 0);
}

void take_all(int fd)
{
    char buf[4096];
    while (read(fd, buf, sizeof buf) > 0)
        continue;
}

void type_line(int fd)
{
    EXPECT_EQ(write(fd, "line\n", 5), 5);
}

void take_from_nested(int fd)
{
    struct epoll_event e;
    EXPECT_EQ(epoll_wait(fd, &e, 1, 0), 1);
    read_some(e.data.fd);
}

kind eventfd_kind()
{
    int fd = eventfd(0, EFD_CLOEXEC);
    return {"eventfd", fd, fd, write_one, read_some};
}

kind timerfd_kind()
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    return {"timerfd", fd, fd, expire, read_some};
}

kind inotify_kind()
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    EXPECT_GE(inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE), 0);
    return {"inotify", fd, fd, touch, take_all};
}

kind pipe_kind()
{
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    return {"pipe", ends[0], ends[1], write_one, read_some};
}

kind unix_kind()
{
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    return {"Unix socket", ends[0], ends[1], write_one, read_some};
}

kind pty_kind()
{
    int user = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_EQ(grantpt(user), 0);
    EXPECT_EQ(unlockpt(user), 0);
    int terminal = open(ptsname(user), O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_GE(terminal, 0);
    return {"terminal", terminal, user, type_line, read_some};
}

kind nested_kind()
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    int fd = eventfd(0, EFD_CLOEXEC);
    struct epoll_event e = {};
    e.events = EPOLLIN;
    e.data.fd = fd;
    EXPECT_EQ(epoll_ctl(set, EPOLL_CTL_ADD, fd, &e), 0);
    return {"epoll", set, fd, write_one, take_from_nested};
}

void close_kind(kind *k)
{
    if (k->other != k->fd)
        close(k->other);
    close(k->fd);
}

ASYNC_FN(void, wait_for_kind, ((kind *, k)), nr_fd *w; int i, flags;
         JOIN_HANDLE(wait_for) waiter;)
{
    ASYNC_BEGIN(wait_for_kind);
    self->flags = fcntl(self->k->fd, F_GETFL);
    EXPECT_EQ(nr_fd_watch(self->k->fd, &self->w), 0);
    if (!self->w)
        ASYNC_RETURN();
    for (self->i = 0; self->i < 3; self->i++) {
        self->waiter = SPAWN(wait_for(self->w, NR_FD_READ));
        YIELD_NOW();
        EXPECT_FALSE(IS_FINISHED(self->waiter));
        self->k->make_ready(self->k->other);
        EXPECT_AWAITED(NR_FD_READ, JOIN(self->waiter));
        EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->w, NR_FD_READ));
        self->k->take(self->k->fd);
        EXPECT_AWAITED(true, is_quiet(self->w, NR_FD_READ));
    }
    EXPECT_EQ(fcntl(self->k->fd, F_GETFL), self->flags);
    EXPECT_EQ(fcntl(self->k->fd, F_GETFD), FD_CLOEXEC);
    ASYNC_FINALLY;
    nr_fd_unwatch(self->w);
    ASYNC_END;
}

TEST_F(Fd, WaitsForDescriptorsOfEveryKind)
{
    for (kind (*make)() : {eventfd_kind, timerfd_kind, inotify_kind, pipe_kind,
                           unix_kind, pty_kind, nested_kind}) {
        kind k = make();
        SCOPED_TRACE(k.name);
        BLOCK_ON(rt, wait_for_kind(&k));
        close_kind(&k);
    }
}

ASYNC_FN(void, refuse_file, (), nr_fd *w; int fd;)
{
    ASYNC_BEGIN(refuse_file);
    self->fd = open("file", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    EXPECT_GE(self->fd, 0);
    EXPECT_EQ(nr_fd_watch(self->fd, &self->w), -EPERM);
    close(self->fd);
    EXPECT_EQ(unlink("file"), 0);
    EXPECT_EQ(nr_fd_watch(self->fd, &self->w), -EBADF);
    self->fd = open("/", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(nr_fd_watch(self->fd, &self->w), -EPERM);
    close(self->fd);
    EXPECT_EQ(self->w, nullptr);
    ASYNC_END;
}

int lowest_free_fd()
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(fd);
    return fd;
}

ASYNC_FN(int, watch_number, ((int, fd)), nr_fd *w;)
{
    ASYNC_BEGIN(watch_number);
    ASYNC_RETURN(nr_fd_watch(self->fd, &self->w));
    ASYNC_END;
}

// The reactor of the runtime, which is made for it, would have that number.
TEST_F(Fd, RefusesANumberThatIsFree)
{
    EXPECT_EQ(BLOCK_ON(rt, watch_number(lowest_free_fd())), -EBADF);
    EXPECT_EQ(BLOCK_ON(rt, watch_number(lowest_free_fd())), -EBADF);
}

TEST_F(Fd, RefusesARegularFileAndADirectory)
{
    BLOCK_ON(rt, refuse_file());
}

ASYNC_FN(void, nest_deeply, (), nr_fd *w; int sets[8]; int i, err;)
{
    ASYNC_BEGIN(nest_deeply);
    for (self->i = 0; self->i < 8; self->i++) {
        struct epoll_event e = {};
        self->sets[self->i] = epoll_create1(EPOLL_CLOEXEC);
        if (self->i && !self->err)
            self->err = epoll_ctl(self->sets[self->i], EPOLL_CTL_ADD,
                                  self->sets[self->i - 1], &e)
                            ? errno
                            : 0;
        if (self->err)
            continue;
        self->w = nullptr;
        self->err = nr_fd_watch(self->sets[self->i], &self->w);
        EXPECT_TRUE(self->err == 0 || self->err == -ELOOP) << self->i;
        nr_fd_unwatch(self->w);
    }
    EXPECT_EQ(self->err, -ELOOP);
    for (self->i = 0; self->i < 8; self->i++)
        close(self->sets[self->i]);
    ASYNC_END;
}

TEST_F(Fd, RefusesEpollDescriptorsThatAreNestedTooDeeply)
{
    BLOCK_ON(rt, nest_deeply());
}

// ---- only an error, only a hang-up, only urgent data ----

ASYNC_FN(void, break_pipe, ((int, mine), (unsigned, want)), int ends[2];
         nr_fd * w; int ready; JOIN_HANDLE(wait_for) waiter;)
{
    ASYNC_BEGIN(break_pipe);
    EXPECT_EQ(pipe2(self->ends, O_CLOEXEC), 0);
    EXPECT_EQ(nr_fd_watch(self->ends[self->mine], &self->w), 0);
    self->waiter = SPAWN(wait_for(self->w, self->want));
    YIELD_NOW();
    EXPECT_FALSE(IS_FINISHED(self->waiter));
    close(self->ends[1 - self->mine]);
    EXPECT_AWAITED(self->mine == 0 ? NR_FD_HANGUP : NR_FD_ERROR,
                   JOIN(self->waiter));
    ASYNC_FINALLY;
    nr_fd_unwatch(self->w);
    close(self->ends[self->mine]);
    ASYNC_END;
}

TEST_F(Fd, AnErrorOrAHangupAloneWakesAnyWant)
{
    for (unsigned want : {0u, (unsigned)NR_FD_READ, (unsigned)NR_FD_PRIORITY})
        BLOCK_ON(rt, break_pipe(0, want));
    for (unsigned want : {0u, (unsigned)NR_FD_READ, (unsigned)NR_FD_PRIORITY})
        BLOCK_ON(rt, break_pipe(1, want));
}

ASYNC_FN(void, send_urgent, (), fd_pair p; nr_fd * w;)
{
    ASYNC_BEGIN(send_urgent);
    AWAIT_FD_PAIR(&self->p);
    EXPECT_EQ(nr_fd_watch((int)socket_of(self->p.peer), &self->w), 0);
    EXPECT_AWAITED(true, is_quiet(self->w, NR_FD_READ | NR_FD_PRIORITY));
    EXPECT_EQ(send((int)self->p.own, "!", 1, MSG_OOB), 1);
    EXPECT_AWAITED(NR_FD_PRIORITY, nr_fd_ready(self->w, NR_FD_PRIORITY));
    ASYNC_FINALLY;
    nr_fd_unwatch(self->w);
    fd_pair_close(&self->p);
    ASYNC_END;
}

// The descriptor watched is one of nanorun's own, which does no harm.
TEST_F(Fd, UrgentDataIsPriority)
{
    BLOCK_ON(rt, send_urgent());
}

// ---- numbers ----

ASYNC_FN(void, reuse_by_pipe, ((bool, is_waiting)), fd_pair p; int ends[2];
         nr_fd * w; JOIN_HANDLE(wait_for) waiter; int fd;)
{
    ASYNC_BEGIN(reuse_by_pipe);
    AWAIT_FD_PAIR(&self->p);
    if (self->is_waiting) {
        self->waiter = SPAWN(wait_for(self->p.watch, NR_FD_READ));
        YIELD_NOW();
    }
    self->fd = (int)self->p.own;
    close_own(&self->p);
    EXPECT_EQ(pipe2(self->ends, O_CLOEXEC), 0);
    EXPECT_EQ(self->ends[0], self->fd);
    EXPECT_EQ(nr_fd_watch(self->fd, &self->w), 0);
    EXPECT_AWAITED(true, is_quiet(self->w, NR_FD_READ));
    write_one(self->ends[1]);
    EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->w, NR_FD_READ));
    if (self->is_waiting) {
        EXPECT_FALSE(IS_FINISHED(self->waiter));
    } else {
        EXPECT_AWAITED(-EBADF, nr_fd_ready(self->p.watch, NR_FD_READ));
    }
    unwatch(&self->p);
    EXPECT_AWAITED(NR_FD_READ, nr_fd_ready(self->w, NR_FD_READ));
    if (self->is_waiting)
        EXPECT_AWAITED(-ECANCELED, JOIN(self->waiter));
    ASYNC_FINALLY;
    nr_fd_unwatch(self->w);
    close(self->ends[0]);
    close(self->ends[1]);
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, APipeWithTheSameNumberGetsNoStaleEventAndLosesNone)
{
    BLOCK_ON(rt, reuse_by_pipe(false));
    BLOCK_ON(rt, reuse_by_pipe(true));
}

// A child that was forked, or the library itself, has a duplicate.
ASYNC_FN(void, duplicate, (), fd_pair p; int dup_fd; ptrdiff_t n;
         JOIN_HANDLE(wait_for) waiter;)
{
    ASYNC_BEGIN(duplicate);
    AWAIT_FD_PAIR(&self->p);
    self->dup_fd = fcntl((int)self->p.own, F_DUPFD_CLOEXEC, 0);
    self->waiter = SPAWN(wait_for(self->p.watch, NR_FD_READ));
    YIELD_NOW();
    close_own(&self->p);
    EXPECT_AWAITED(-EBADF, nr_fd_ready(self->p.watch, NR_FD_READ));
    // The wait under way goes on for what is still open.
    EXPECT_FALSE(IS_FINISHED(self->waiter));
    AWAIT_SENT(&self->p, "x");
    EXPECT_AWAITED(NR_FD_READ, JOIN(self->waiter));
    unwatch(&self->p);
    AWAIT_SENT(&self->p, "x");
    close(self->dup_fd);
    AWAIT(self->n, read_one(self->p.peer));
    EXPECT_EQ(self->n, -ECONNRESET); // because of the bytes that were not read
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, ADuplicateOfAClosedDescriptorIsLeftAlone)
{
    BLOCK_ON(rt, duplicate());
}

// ---- no descriptor is left ----

ASYNC_FN(void, run_out, (), fd_pair p; nr_fd * w; int fds, i, err;
         unsigned before;)
{
    ASYNC_BEGIN(run_out);
    AWAIT_FD_PAIR(&self->p);
    self->fds = count_fds();
    for (self->i = 0; self->i < 2; self->i++) {
        self->before = limit_fds((unsigned)(lowest_free_fd() + self->i));
        self->err = nr_fd_watch((int)self->p.own, &self->w);
        limit_fds(self->before);
        EXPECT_EQ(self->err, -EMFILE);
        EXPECT_EQ(count_fds(), self->fds);
    }
    ASYNC_FINALLY;
    fd_pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Fd, NoDescriptorLeftIsAnErrorAndLeaksNone)
{
    BLOCK_ON(rt, run_out());
}

} // namespace
