// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_IO_FD_HELPERS_H
#define NANORUN_TESTS_IO_FD_HELPERS_H

// What the tests of foreign descriptors share: a fixture with a runtime of one
// worker that counts descriptors and blocks, and a socket that nanorun does not
// own, whose peer is a stream.

#include <errno.h>

#include "nanorun/io/fd.h"
#include "nanorun/sys/memory.h"
#include "nanorun/sys/socket.h"
#include "tests/io/tcp_helpers.h"

class Fd : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        blocks = nr_sys_alloc_live();
        fds = count_fds();
        rt = runtime_of(1);
        ASSERT_TRUE(rt);
    }

    void TearDown() override
    {
        nr_runtime_destroy(rt);
        EXPECT_EQ(nr_sys_alloc_live(), blocks);
        EXPECT_EQ(count_fds(), fds);
    }

    nr_runtime *rt = nullptr;
    uint64_t blocks = 0;
    int fds = 0;
};

// Both `own` and `watch` are given up by fd_pair_close, if they are still
// there.
typedef struct fd_pair {
    nr_listener *listener;
    nr_addr at;
    nr_stream *peer;
    nr_sys_socket own; // of the test, which is "the other library"
    bool has_own;
    nr_fd *watch;
} fd_pair;

inline void close_own(fd_pair *p)
{
    nr_sys_socket_close(p->own);
    p->has_own = false;
}

inline void unwatch(fd_pair *p)
{
    nr_fd_unwatch(p->watch);
    p->watch = nullptr;
}

// Begins to connect a socket of the test to `at`, and watches it.
inline int fd_pair_begin(fd_pair *p, const nr_addr *at)
{
    int err = nr_sys_socket_open(false, &p->own);
    EXPECT_EQ(err, 0);
    if (err)
        return err;
    p->has_own = true;
    err = nr_sys_socket_connect(p->own, at);
    if (err && err != -EINPROGRESS)
        return err;
    err = nr_fd_watch((int)p->own, &p->watch);
    EXPECT_EQ(err, 0) << nr_strerror(err);
    return err;
}

ASYNC_FN(int, fd_pair_open, ((fd_pair *, p)), int err;)
{
    ASYNC_BEGIN(fd_pair_open);
    self->p->listener = listen_on("127.0.0.1:0", &self->p->at);
    if (!self->p->listener)
        ASYNC_RETURN(-EADDRNOTAVAIL);
    self->err = fd_pair_begin(self->p, &self->p->at);
    if (self->err)
        ASYNC_RETURN(self->err);
    AWAIT(self->err,
          nr_listener_accept(self->p->listener, &self->p->peer, nullptr));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    if (self->err)
        ASYNC_RETURN(self->err);
    EXPECT_AWAITED(NR_FD_WRITE, nr_fd_ready(self->p->watch, NR_FD_WRITE));
    ASYNC_RETURN(nr_sys_socket_connect_result(self->p->own));
    ASYNC_END;
}

inline void fd_pair_close(fd_pair *p)
{
    nr_fd_unwatch(p->watch);
    nr_stream_close(p->peer);
    nr_listener_close(p->listener);
    if (p->has_own)
        nr_sys_socket_close(p->own);
    *p = fd_pair();
}

// Opens *p, or ends the function, with `result` if it has one.
#define AWAIT_FD_PAIR_OR(p, result)       \
    do {                                  \
        int pair_err;                     \
        AWAIT(pair_err, fd_pair_open(p)); \
        EXPECT_EQ(pair_err, 0);           \
        if (pair_err)                     \
            ASYNC_RETURN(result);         \
    } while (0)
#define AWAIT_FD_PAIR(p) AWAIT_FD_PAIR_OR(p, )

// What the peer sends, all of it.
#define AWAIT_SENT(p, text) \
    EXPECT_AWAITED(0, nr_stream_write_all((p)->peer, text, strlen(text)))

// A wait as a task of its own.
ASYNC_FN(int, wait_for, ((nr_fd *, w), (unsigned, want)), int ready;)
{
    ASYNC_BEGIN(wait_for);
    AWAIT(self->ready, nr_fd_ready(self->w, self->want));
    ASYNC_RETURN(self->ready);
    ASYNC_END;
}

// Whether a wait for `want` would not end now. Nothing else runs meanwhile that
// could end it, so the result does not depend on time.
ASYNC_FN(int, is_quiet, ((nr_fd *, w), (unsigned, want)), int late, ready;)
{
    ASYNC_BEGIN(is_quiet);
    AWAIT(self->late,
          TIMEOUT_MS(3, nr_fd_ready(self->w, self->want), &self->ready));
    EXPECT_TRUE(self->late == -ETIMEDOUT || self->late == 0);
    ASYNC_RETURN(self->late == -ETIMEDOUT);
    ASYNC_END;
}

// Reads as the owner would, at most `len` bytes.
inline ptrdiff_t own_read(const fd_pair *p, size_t len)
{
    char buf[64];
    EXPECT_LE(len, sizeof buf);
    return nr_sys_socket_read(p->own, buf, len);
}

#endif
