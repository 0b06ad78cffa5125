// SPDX-License-Identifier: MIT
#include <errno.h>

#include <atomic>

#include "tests/io/unix_helpers.h"

// Passing descriptors. What is passed is one end of a pair of the system's, so
// that the other end tells when the last copy was closed.

namespace
{

void close_fds(const int *fds, int n)
{
    for (int i = 0; i < n; i++)
        nr_sys_socket_close(fds[i]);
}

ASYNC_FN(void, pass_one, (), nr_stream *s[2]; passed_fd p; int fd, got[4], nfds;
         char buf[8];)
{
    ASYNC_BEGIN(pass_one);
    open_pair(self->s);
    fd_open(&self->p);
    self->fd = (int)self->p.passed;
    EXPECT_AWAITED(1, nr_unix_send(self->s[0], "x", 1, &self->fd, 1));
    nr_sys_socket_close(self->p.passed);
    EXPECT_ENDED(false, &self->p);
    self->nfds = 4;
    EXPECT_AWAITED(1, nr_unix_recv(self->s[1], self->buf, sizeof self->buf,
                                   self->got, &self->nfds));
    EXPECT_EQ(self->nfds, 1);
    EXPECT_EQ(self->buf[0], 'x');
    if (self->nfds != 1)
        ASYNC_RETURN();
    EXPECT_ENDED(false, &self->p);
    EXPECT_EQ(nr_sys_socket_write(self->got[0], "y", 1), 1);
    while (nr_sys_socket_read(self->p.kept, self->buf, 1) == -EAGAIN)
        YIELD_NOW();
    EXPECT_EQ(self->buf[0], 'y');
    nr_sys_socket_close(self->got[0]);
    // Bytes without descriptors.
    EXPECT_AWAITED(1, nr_unix_send(self->s[0], "a", 1, nullptr, 0));
    self->nfds = 4;
    EXPECT_AWAITED(1, nr_unix_recv(self->s[1], self->buf, sizeof self->buf,
                                   self->got, &self->nfds));
    EXPECT_EQ(self->nfds, 0);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s[0], NR_SHUT_WR));
    self->nfds = 4;
    EXPECT_AWAITED(
        0, nr_unix_recv(self->s[1], self->buf, 1, self->got, &self->nfds));
    EXPECT_EQ(self->nfds, 0);
    ASYNC_FINALLY;
    nr_sys_socket_close(self->p.kept);
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, ADescriptorArrivesAsACopyOfItsOwn)
{
    BLOCK_ON(rt, pass_one());
}

// ---- limits ----

ASYNC_FN(void, pass_nonsense, (), nr_stream *s[2]; int fds[254]; int nfds;
         char c;)
{
    ASYNC_BEGIN(pass_nonsense);
    open_pair(self->s);
    EXPECT_AWAITED(-EINVAL, nr_unix_send(self->s[0], "x", 1, self->fds, 254));
    EXPECT_AWAITED(-EINVAL, nr_unix_send(self->s[0], "x", 1, self->fds, -1));
    EXPECT_AWAITED(-EINVAL, nr_unix_send(self->s[0], "x", 0, self->fds, 1));
    EXPECT_AWAITED(0, nr_unix_send(self->s[0], "x", 0, nullptr, 0));
    self->fds[0] = -1;
    EXPECT_AWAITED(-EBADF, nr_unix_send(self->s[0], "x", 1, self->fds, 1));
    self->nfds = -1;
    EXPECT_AWAITED(
        -EINVAL, nr_unix_recv(self->s[1], &self->c, 1, self->fds, &self->nfds));
    EXPECT_EQ(self->nfds, -1);
    self->nfds = 3;
    EXPECT_AWAITED(
        0, nr_unix_recv(self->s[1], &self->c, 0, self->fds, &self->nfds));
    EXPECT_EQ(self->nfds, 0);
    // Nothing was sent by any of them.
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s[0], NR_SHUT_WR));
    EXPECT_AWAITED(0, nr_stream_read(self->s[1], &self->c, 1));
    ASYNC_FINALLY;
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, DescriptorsThatCannotBeSentAreRefused)
{
    BLOCK_ON(rt, pass_nonsense());
}

// Sends `sent` copies of one descriptor and receives with room for `room`.
ASYNC_FN(void, pass_many, ((int, sent), (int, room)), nr_stream *s[2];
         passed_fd p; int fds[253], got[300]; int nfds, before; char c;)
{
    ASYNC_BEGIN(pass_many);
    open_pair(self->s);
    fd_open(&self->p);
    for (int &fd : self->fds)
        fd = (int)self->p.passed;
    EXPECT_AWAITED(1, nr_unix_send(self->s[0], "x", 1, self->fds, self->sent));
    nr_sys_socket_close(self->p.passed);
    self->before = count_fds();
    self->nfds = self->room;
    EXPECT_AWAITED(
        1, nr_unix_recv(self->s[1], &self->c, 1, self->got, &self->nfds));
    EXPECT_EQ(self->nfds, self->sent < self->room ? self->sent : self->room);
    EXPECT_EQ(count_fds(), self->before + self->nfds);
    EXPECT_ENDED(self->nfds == 0, &self->p);
    close_fds(self->got, self->nfds);
    EXPECT_ENDED(true, &self->p);
    ASYNC_FINALLY;
    nr_sys_socket_close(self->p.kept);
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, DescriptorsWithoutRoomAreClosed)
{
    for (int sent : {1, 2, 3, 4, 253}) {
        for (int room : {0, 1, 2, 3, 253, 300})
            BLOCK_ON(rt, pass_many(sent, room));
    }
}

// ---- what becomes of them otherwise ----

ASYNC_FN(void, pass_unread, ((bool, reads)), nr_stream *s[2]; passed_fd p[2];
         int fd, i; ptrdiff_t n; char buf[3];)
{
    ASYNC_BEGIN(pass_unread);
    open_pair(self->s);
    for (passed_fd &p : self->p)
        fd_open(&p);
    self->fd = (int)self->p[0].passed;
    AWAIT(self->n, nr_unix_send(self->s[0], "ab", 2, &self->fd, 1));
    EXPECT_GT(self->n, 0);
    self->fd = (int)self->p[1].passed;
    EXPECT_AWAITED(1, nr_unix_send(self->s[0], "c", 1, &self->fd, 1));
    for (passed_fd &p : self->p)
        nr_sys_socket_close(p.passed);
    if (self->reads) {
        EXPECT_AWAITED(0, nr_stream_read_exact(self->s[1], self->buf,
                                               (size_t)self->n + 1));
        EXPECT_EQ(self->buf[self->n], 'c');
    } else {
        close_both(self->s);
    }
    for (self->i = 0; self->i < 2; self->i++) {
        EXPECT_ENDED(true, &self->p[self->i]);
        nr_sys_socket_close(self->p[self->i].kept);
    }
    ASYNC_FINALLY;
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, AReadClosesTheDescriptorsThatItPasses)
{
    BLOCK_ON(rt, pass_unread(true));
}

TEST_F(Unix, DescriptorsOnTheirWayAreClosedWithTheStream)
{
    BLOCK_ON(rt, pass_unread(false));
}

enum { TURNS = 10 };

// Bytes with a descriptor and bytes without, in turns, after a while.
ASYNC_FN(void, send_in_turns, ((nr_stream *, s), (int, fd)), int i;)
{
    ASYNC_BEGIN(send_in_turns);
    AWAIT(nr_sleep_ms(1));
    for (self->i = 0; self->i < TURNS; self->i++) {
        EXPECT_AWAITED(1, nr_unix_send(self->s, "d", 1, &self->fd, 1));
        EXPECT_AWAITED(1, nr_stream_write(self->s, "b", 1));
    }
    ASYNC_END;
}

// Only the first read waits long enough for an event.
ASYNC_FN(int, receive_in_turns, ((nr_stream *, s)), char buf[64]; ptrdiff_t n;
         size_t sum; int got, nfds, fds, i;)
{
    ASYNC_BEGIN(receive_in_turns);
    for (; self->sum < 2 * TURNS; self->sum += (size_t)self->n) {
        self->nfds = self->i++ % 2;
        if (self->i % 3)
            AWAIT(self->n, nr_unix_recv(self->s, self->buf, sizeof self->buf,
                                        &self->got, &self->nfds));
        else
            AWAIT(self->n,
                  nr_stream_read(self->s, self->buf, sizeof self->buf));
        EXPECT_GT(self->n, 0);
        if (self->n <= 0)
            break;
        if (self->i % 3 && self->nfds == 1) {
            nr_sys_socket_close(self->got);
            self->fds++;
        }
    }
    EXPECT_EQ(self->sum, 2u * TURNS);
    ASYNC_RETURN(self->fds);
    ASYNC_END;
}

ASYNC_FN(void, pass_in_turns, (), nr_stream *s[2]; passed_fd p; int got;)
{
    ASYNC_BEGIN(pass_in_turns);
    open_pair(self->s);
    fd_open(&self->p);
    AWAIT(ALL(INTO(&self->got, receive_in_turns(self->s[1])),
              send_in_turns(self->s[0], (int)self->p.passed)));
    EXPECT_LT(self->got, TURNS);
    nr_sys_socket_close(self->p.passed);
    EXPECT_ENDED(true, &self->p);
    ASYNC_FINALLY;
    nr_sys_socket_close(self->p.kept);
    close_both(self->s);
    ASYNC_END;
}

// A read ends behind bytes that came with descriptors, although more is there.
// No event tells of the rest, so the next read must not wait for one.
TEST_F(Unix, AReadThatFallsShortAtDescriptorsDoesNotWaitForMore)
{
    BLOCK_ON(rt, pass_in_turns());
}

// ---- cancelled ----

enum { MESSAGES = IS_SIM ? 10 : 200, CANCELS_EACH = 5 };

struct Cancels {
    std::atomic<int> count{0}; // of receives
};

// Each message comes when some more receives have been cancelled.
ASYNC_FN(void, send_meanwhile,
         ((nr_stream *, s), (int, fd), (Cancels *, cancels)), int i;
         char c;)
{
    ASYNC_BEGIN(send_meanwhile);
    for (self->i = 0; self->i < MESSAGES; self->i++) {
        while (self->cancels->count < (self->i + 1) * CANCELS_EACH)
            YIELD_NOW();
        self->c = pattern((size_t)self->i);
        EXPECT_AWAITED(1, nr_unix_send(self->s, &self->c, 1, &self->fd, 1));
    }
    ASYNC_END;
}

ASYNC_FN(void, receive_and_cancel, ((nr_stream *, s), (Cancels *, cancels)),
         int i, winner, got[2], nfds;
         ptrdiff_t n; char c[8];)
{
    ASYNC_BEGIN(receive_and_cancel);
    while (self->i < MESSAGES) {
        self->nfds = 2;
        self->got[0] = -1;
        AWAIT(self->winner,
              SELECT(INTO(&self->n, nr_unix_recv(self->s, self->c, 8, self->got,
                                                 &self->nfds)),
                     nr_sleep_ms(0)));
        if (self->winner == 1) {
            EXPECT_EQ(self->nfds, 2);
            EXPECT_EQ(self->got[0], -1);
            self->cancels->count++;
            continue;
        }
        EXPECT_EQ(self->n, 1);
        EXPECT_EQ(self->c[0], pattern((size_t)self->i));
        EXPECT_EQ(self->nfds, 1);
        if (self->n != 1 || self->nfds != 1)
            break;
        nr_sys_socket_close(self->got[0]);
        self->i++;
    }
    ASYNC_END;
}

ASYNC_FN(void, cancel_receives, ((Cancels *, cancels)), nr_stream *s[2];
         passed_fd p;)
{
    ASYNC_BEGIN(cancel_receives);
    open_pair(self->s);
    fd_open(&self->p);
    AWAIT(ALL(JOIN(SPAWN(send_meanwhile(self->s[0], (int)self->p.passed,
                                        self->cancels))),
              receive_and_cancel(self->s[1], self->cancels)));
    nr_sys_socket_close(self->p.passed);
    EXPECT_ENDED(true, &self->p);
    ASYNC_FINALLY;
    nr_sys_socket_close(self->p.kept);
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, CancelledReceivesNeitherLoseNorLeakDescriptors)
{
    Cancels cancels;
    BLOCK_ON(rt, cancel_receives(&cancels));
    EXPECT_GE(cancels.count, MESSAGES * CANCELS_EACH);
}

// A send that waits for room, cancelled, has sent neither.
ASYNC_FN(void, cancel_send, (), nr_stream *s[2]; passed_fd p;
         int fd, got, nfds, err; ptrdiff_t n; size_t sent, received;
         char buf[65536];)
{
    ASYNC_BEGIN(cancel_send);
    open_pair(self->s);
    fd_open(&self->p);
    do {
        AWAIT(self->err,
              TIMEOUT_MS(IS_SIM ? 50 : 0,
                         nr_stream_write(self->s[0], self->buf, 65536),
                         &self->n));
        self->sent += self->err ? 0 : (size_t)self->n;
    } while (!self->err);
    EXPECT_EQ(self->err, -ETIMEDOUT);
    self->fd = (int)self->p.passed;
    AWAIT(self->err,
          TIMEOUT_MS(1, nr_unix_send(self->s[0], "x", 1, &self->fd, 1)));
    EXPECT_EQ(self->err, -ETIMEDOUT);
    nr_sys_socket_close(self->p.passed);
    EXPECT_ENDED(true, &self->p);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s[0], NR_SHUT_WR));
    do {
        self->nfds = 1;
        AWAIT(self->n, nr_unix_recv(self->s[1], self->buf, 65536, &self->got,
                                    &self->nfds));
        EXPECT_EQ(self->nfds, 0);
        self->received += self->n > 0 ? (size_t)self->n : 0;
    } while (self->n > 0);
    EXPECT_EQ(self->n, 0);
    EXPECT_EQ(self->received, self->sent);
    ASYNC_FINALLY;
    nr_sys_socket_close(self->p.kept);
    close_both(self->s);
    ASYNC_END;
}

TEST_F(Unix, ACancelledSendSendsNothing)
{
    BLOCK_ON(rt, cancel_send());
}

// ---- closed meanwhile ----

ASYNC_FN(ptrdiff_t, receive_one, ((nr_stream *, s)), char c; int fd, nfds;
         ptrdiff_t n;)
{
    ASYNC_BEGIN(receive_one);
    self->nfds = 1;
    AWAIT(self->n, nr_unix_recv(self->s, &self->c, 1, &self->fd, &self->nfds));
    EXPECT_EQ(self->nfds, 1);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, close_under_receive, (), nr_stream *s[2];
         JOIN_HANDLE(receive_one) waits; int fd, nfds, err; ptrdiff_t n;
         char c;)
{
    ASYNC_BEGIN(close_under_receive);
    open_pair(self->s);
    self->waits = SPAWN(receive_one(self->s[0]));
    do {
        YIELD_NOW();
        self->nfds = 1;
        AWAIT(self->err, TIMEOUT_MS(0,
                                    nr_unix_recv(self->s[0], &self->c, 1,
                                                 &self->fd, &self->nfds),
                                    &self->n));
    } while (self->err || self->n != -EBUSY);
    nr_stream_close(self->s[0]);
    self->s[0] = nullptr;
    AWAIT(self->n, JOIN(self->waits));
    EXPECT_EQ(self->n, -ECANCELED);
    ASYNC_FINALLY;
    close_both(self->s);
    ASYNC_END;
}

TEST(UnixClose, ACloseEndsAReceiveAndASecondOneIsTurnedAway)
{
    Runtime rt(1);
    BLOCK_ON(rt, close_under_receive());
}

} // namespace
