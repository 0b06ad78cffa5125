// SPDX-License-Identifier: MIT
#include <errno.h>

#include "nanorun/io/unix.h"
#include "tests/io/stream_helpers.h"

namespace
{

ASYNC_FN(void, open_all, (), nr_stream *s[2]; nr_listener * l; pair p;
         nr_unix_cred cred; int err;)
{
    ASYNC_BEGIN(open_all);
    EXPECT_EQ(nr_unix_listen("name", nullptr, &self->l), -EAFNOSUPPORT);
    EXPECT_AWAITED(-EAFNOSUPPORT, nr_unix_connect("name", &self->s[0]));
    EXPECT_EQ(nr_unix_pair(self->s), -EAFNOSUPPORT);
    EXPECT_EQ(self->l, nullptr);
    EXPECT_EQ(self->s[0], nullptr);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    EXPECT_EQ(nr_unix_peer(self->p.client, &self->cred), -ENOTSUP);
    EXPECT_AWAITED(-ENOTSUP, nr_unix_send(self->p.client, "x", 1, nullptr, 0));
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Stream, NoUnixSocketOpensOnWindows)
{
    BLOCK_ON(rt, open_all());
}

} // namespace
