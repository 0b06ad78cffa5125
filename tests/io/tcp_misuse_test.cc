// SPDX-License-Identifier: MIT
#include <functional>

#include "tests/io/tcp_helpers.h"
#include "tests/support/misuse.h"

// A call on what was closed stops the process with one line that names the call
// and its place.

namespace
{

typedef std::function<void(pair *)> use_fn;

ASYNC_FN(void, close_and, ((const use_fn *, use)), pair p;)
{
    ASYNC_BEGIN(close_and);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    nr_stream_close(self->p.client);
    nr_listener_close(self->p.listener);
    (*self->use)(&self->p);
    ASYNC_END;
}

void run_close_and(const use_fn &use)
{
    Runtime rt(1);
    BLOCK_ON(rt, close_and(&use));
}

char c;
nr_addr a;
nr_stream *s;

// `call`, with a pair *p whose client and listener were closed. Where it stands
// in a macro of several lines, compilers name one of them.
#define EXPECT_MISUSE(call, what)                                \
    EXPECT_DEATH(run_close_and([](pair *p) { return call; }),    \
                 testing::AnyOf(MISUSE_LINE(what, __LINE__ - 1), \
                                MISUSE_LINE(what, __LINE__)))

TEST(TcpMisuseDeathTest, ATransferOnAClosedStream)
{
    EXPECT_MISUSE(nr_stream_read(p->client, &c, 1),
                  "nr_stream_read on a closed stream");
    EXPECT_MISUSE(nr_stream_write(p->client, &c, 1),
                  "nr_stream_write on a closed stream");
    EXPECT_MISUSE(nr_stream_read_exact(p->client, &c, 1),
                  "nr_stream_read_exact on a closed stream");
    EXPECT_MISUSE(nr_stream_write_all(p->client, &c, 1),
                  "nr_stream_write_all on a closed stream");
}

TEST(TcpMisuseDeathTest, ACallOnAClosedStream)
{
    EXPECT_MISUSE(nr_stream_shutdown(p->client, NR_SHUT_WR),
                  "nr_stream_shutdown of a closed stream");
    EXPECT_MISUSE(nr_tcp_set_nodelay(p->client, true),
                  "nr_tcp_set_nodelay of a closed stream");
    EXPECT_MISUSE(nr_tcp_local_addr(p->client, &a),
                  "nr_tcp_local_addr of a closed stream");
    EXPECT_MISUSE(nr_tcp_peer_addr(p->client, &a),
                  "nr_tcp_peer_addr of a closed stream");
}

TEST(TcpMisuseDeathTest, ACallOnAClosedListener)
{
    EXPECT_MISUSE(nr_listener_accept(p->listener, &s, nullptr),
                  "nr_listener_accept on a closed listener");
    EXPECT_MISUSE(nr_listener_addr(p->listener, &a),
                  "nr_listener_addr of a closed listener");
}

TEST(TcpMisuseDeathTest, ASecondClose)
{
    EXPECT_MISUSE(nr_stream_close(p->client),
                  "nr_stream_close of a closed stream");
    EXPECT_MISUSE(nr_listener_close(p->listener),
                  "nr_listener_close of a closed listener");
}

// A pointer to a function, and a binding, have no place.
#define EXPECT_MISUSE_NOWHERE(call, what)                     \
    EXPECT_DEATH(run_close_and([](pair *p) { return call; }), \
                 testing::Eq("nanorun: " what "\n"))

TEST(TcpMisuseDeathTest, ACallWithoutTheMacroHasNoPlace)
{
    EXPECT_MISUSE_NOWHERE((nr_stream_read)(p->client, &c, 1),
                          "nr_stream_read on a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_stream_write)(p->client, &c, 1),
                          "nr_stream_write on a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_stream_read_exact)(p->client, &c, 1),
                          "nr_stream_read_exact on a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_stream_write_all)(p->client, &c, 1),
                          "nr_stream_write_all on a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_stream_shutdown)(p->client, NR_SHUT_WR),
                          "nr_stream_shutdown of a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_tcp_set_nodelay)(p->client, true),
                          "nr_tcp_set_nodelay of a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_tcp_local_addr)(p->client, &a),
                          "nr_tcp_local_addr of a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_tcp_peer_addr)(p->client, &a),
                          "nr_tcp_peer_addr of a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_stream_close)(p->client),
                          "nr_stream_close of a closed stream");
    EXPECT_MISUSE_NOWHERE((nr_listener_accept)(p->listener, &s, nullptr),
                          "nr_listener_accept on a closed listener");
    EXPECT_MISUSE_NOWHERE((nr_listener_addr)(p->listener, &a),
                          "nr_listener_addr of a closed listener");
    EXPECT_MISUSE_NOWHERE((nr_listener_close)(p->listener),
                          "nr_listener_close of a closed listener");
}

} // namespace
