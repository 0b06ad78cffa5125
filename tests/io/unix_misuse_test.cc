// SPDX-License-Identifier: MIT
#include <functional>

#include "tests/io/unix_helpers.h"
#include "tests/support/misuse.h"

// A call on what was closed stops the process with one line that names the call
// and its place, if it has one.

namespace
{

typedef std::function<void(nr_stream *)> use_fn;

ASYNC_FN(void, close_and, ((const use_fn *, use)), nr_stream *s[2];)
{
    ASYNC_BEGIN(close_and);
    open_pair(self->s);
    nr_stream_close(self->s[0]);
    (*self->use)(self->s[0]);
    ASYNC_END;
}

void run_close_and(const use_fn &use)
{
    Runtime rt(1);
    BLOCK_ON(rt, close_and(&use));
}

char c;
int fd, nfds;
nr_unix_cred cred;

#define EXPECT_MISUSE(call, what)                                  \
    EXPECT_DEATH(run_close_and([](nr_stream *s) { return call; }), \
                 testing::AnyOf(MISUSE_LINE(what, __LINE__ - 1),   \
                                MISUSE_LINE(what, __LINE__)))
#define EXPECT_MISUSE_NOWHERE(call, what)                          \
    EXPECT_DEATH(run_close_and([](nr_stream *s) { return call; }), \
                 testing::Eq("nanorun: " what "\n"))

TEST(UnixMisuseDeathTest, ACallOnAClosedUnixStream)
{
    EXPECT_MISUSE(nr_unix_send(s, &c, 1, &fd, 1),
                  "nr_unix_send on a closed stream");
    EXPECT_MISUSE(nr_unix_recv(s, &c, 1, &fd, &nfds),
                  "nr_unix_recv on a closed stream");
    EXPECT_MISUSE(nr_unix_peer(s, &cred), "nr_unix_peer of a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_unix_send)(s, &c, 1, &fd, 1),
                          "nr_unix_send on a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_unix_recv)(s, &c, 1, &fd, &nfds),
                          "nr_unix_recv on a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_unix_peer)(s, &cred),
                          "nr_unix_peer of a closed stream");
}

} // namespace
