// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/io/fd.h"
#include "tests/io/unix_helpers.h"

namespace
{

// Passes the descriptor of an accepted stream, as a server does that hands a
// connection to another process, and uses the stream of it.
ASYNC_FN(void, pass_a_connection, (), unix_conn c; nr_stream * s[2], *t;
         int fd, nfds; nr_unix_cred peer; char buf;)
{
    ASYNC_BEGIN(pass_a_connection);
    AWAIT_UNIX(&self->c, "passed");
    open_pair(self->s);
    self->fd = (int)nr_stream_fd(self->c.server);
    EXPECT_AWAITED(1, nr_unix_send(self->s[0], "x", 1, &self->fd, 1));
    self->nfds = 1;
    EXPECT_AWAITED(
        1, nr_unix_recv(self->s[1], &self->buf, 1, &self->fd, &self->nfds));
    EXPECT_EQ(self->nfds, 1);
    EXPECT_EQ(nr_stream_from_fd(self->fd, &self->t), 0);
    if (!self->t)
        ASYNC_RETURN();
    EXPECT_EQ(nr_unix_peer(self->t, &self->peer), 0) << "it is a Unix socket";
    EXPECT_EQ(nr_tcp_set_nodelay(self->t, true), -ENOTSUP);
    EXPECT_AWAITED(0, nr_stream_write_all(self->t, "y", 1));
    EXPECT_AWAITED(0, nr_stream_read_exact(self->c.client, &self->buf, 1));
    EXPECT_EQ(self->buf, 'y');
    ASYNC_FINALLY;
    nr_stream_close(self->t);
    close_both(self->s);
    unix_close(&self->c);
    ASYNC_END;
}

TEST_F(Unix, AnAcceptedConnectionThatIsPassedIsOfAUnixSocketStill)
{
    BLOCK_ON(rt, pass_a_connection());
}

} // namespace
