// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_IO_UNIX_HELPERS_H
#define NANORUN_TESTS_IO_UNIX_HELPERS_H

// What the tests of Unix sockets share: a fixture, connected streams, and
// descriptors to pass.

#include <stdlib.h>
#include <unistd.h>

#include "nanorun/io/unix.h"
#include "nanorun/sys/unix.h"
#include "tests/io/stream_helpers.h"

// Names are relative to the directory of the test, whose own path may be longer
// than a name can be. A simulation has its own files.
class Unix : public Stream
{
  protected:
    void SetUp() override
    {
        const char *dir = getenv("TEST_TMPDIR");
        if (dir && !IS_SIM) {
            ASSERT_EQ(chdir(dir), 0);
        }
        Stream::SetUp();
    }
};

typedef struct unix_conn {
    nr_listener *listener;
    nr_stream *client, *server;
} unix_conn;

// Listens at `name` and connects to it.
ASYNC_FN(int, unix_open, ((unix_conn *, c), (const char *, name)), int err;
         nr_addr peer;)
{
    ASYNC_BEGIN(unix_open);
    self->err = nr_unix_listen(self->name, nullptr, &self->c->listener);
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    if (self->err)
        ASYNC_RETURN(self->err);
    AWAIT(self->err, nr_unix_connect(self->name, &self->c->client));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    if (self->err)
        ASYNC_RETURN(self->err);
    memset(&self->peer, 1, sizeof self->peer);
    AWAIT(self->err,
          nr_listener_accept(self->c->listener, &self->c->server, &self->peer));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    EXPECT_EQ(text_of(self->peer), "0.0.0.0:0");
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

// Opens *c, or ends the function.
#define AWAIT_UNIX(c, name)                  \
    do {                                     \
        int conn_err;                        \
        AWAIT(conn_err, unix_open(c, name)); \
        if (conn_err)                        \
            ASYNC_RETURN();                  \
    } while (0)

inline void unix_close(unix_conn *c)
{
    nr_stream_close(c->client);
    nr_stream_close(c->server);
    nr_listener_close(c->listener);
    *c = unix_conn();
}

// Opens a pair by nr_unix_pair, which cannot fail here.
inline void open_pair(nr_stream *s[2])
{
    int err = nr_unix_pair(s);
    ASSERT_EQ(err, 0) << nr_strerror(err);
}

inline void close_both(nr_stream *s[2])
{
    for (int i = 0; i < 2; i++) {
        nr_stream_close(s[i]);
        s[i] = nullptr;
    }
}

// Two connected descriptors of which the first is passed: what is written to
// the copy that arrives can be read from `kept`.
typedef struct passed_fd {
    nr_sys_socket passed, kept;
} passed_fd;

inline void fd_open(passed_fd *p)
{
    nr_sys_socket s[2];
    ASSERT_EQ(nr_sys_unix_pair(s), 0);
    p->passed = s[0];
    p->kept = s[1];
}

// Whether the other end of `kept` has been closed, each copy of it. In a
// simulation the end of the stream takes its time.
ASYNC_FN(bool, fd_has_ended, ((const passed_fd *, p)), char c;)
{
    ASYNC_BEGIN(fd_has_ended);
    if (IS_SIM)
        AWAIT(nr_sleep_ms(2));
    ASYNC_RETURN(nr_sys_socket_read(self->p->kept, &self->c, 1) != -EAGAIN);
    ASYNC_END;
}

// Expects of a passed_fd *p that it has ended, or that it has not.
#define EXPECT_ENDED(expected, p)          \
    do {                                   \
        bool has_ended;                    \
        AWAIT(has_ended, fd_has_ended(p)); \
        EXPECT_EQ(has_ended, expected);    \
    } while (0)

#endif
