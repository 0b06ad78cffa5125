// SPDX-License-Identifier: MIT
#include <functional>

#include "tests/io/udp_helpers.h"
#include "tests/support/misuse.h"

// A call on a datagram socket that was closed stops the process with one line
// that names the call and its place.

namespace
{

typedef std::function<void(nr_udp *)> use_fn;

nr_addr a;
nr_datagram d;
char c;

ASYNC_FN(void, close_and, ((const use_fn *, use)), nr_udp *u;)
{
    ASYNC_BEGIN(close_and);
    self->u = udp_at("127.0.0.1:0", &a);
    nr_udp_close(self->u);
    (*self->use)(self->u);
    ASYNC_END;
}

void run_close_and(const use_fn &use)
{
    Runtime rt(1);
    BLOCK_ON(rt, close_and(&use));
}

// `call`, with a socket u that was closed. Where it stands in a macro of
// several lines, compilers name one of them.
#define EXPECT_MISUSE(call, what)                                \
    EXPECT_DEATH(run_close_and([](nr_udp *u) { return call; }),  \
                 testing::AnyOf(MISUSE_LINE(what, __LINE__ - 1), \
                                MISUSE_LINE(what, __LINE__)))

TEST(UdpMisuseDeathTest, ATransferOnAClosedSocket)
{
    EXPECT_MISUSE(nr_udp_recv(u, &c, 1, nullptr),
                  "nr_udp_recv on a closed socket");
    EXPECT_MISUSE(nr_udp_send(u, &c, 1, &a), "nr_udp_send on a closed socket");
    EXPECT_MISUSE(nr_udp_recv_many(u, &d, 1),
                  "nr_udp_recv_many on a closed socket");
    EXPECT_MISUSE(nr_udp_send_many(u, &d, 1),
                  "nr_udp_send_many on a closed socket");
}

TEST(UdpMisuseDeathTest, ACallOnAClosedSocket)
{
    EXPECT_MISUSE(nr_udp_connect(u, &a), "nr_udp_connect of a closed socket");
    EXPECT_MISUSE(nr_udp_addr(u, &a), "nr_udp_addr of a closed socket");
    EXPECT_MISUSE(nr_udp_join(u, &a, 0), "nr_udp_join of a closed socket");
    EXPECT_MISUSE(nr_udp_leave(u, &a, 0), "nr_udp_leave of a closed socket");
}

TEST(UdpMisuseDeathTest, OpeningOutsideATask)
{
    nr_udp *u = nullptr;
    const int line = __LINE__ + 1;
    auto open = [&u] { return nr_udp_open(&a, nullptr, &u); };
    EXPECT_DEATH((void)open(),
                 testing::Eq(MISUSE_LINE("nr_udp_open outside a task", line)));
    EXPECT_DEATH((void)(nr_udp_open)(&a, nullptr, &u),
                 testing::Eq("nanorun: nr_udp_open outside a task\n"));
}

TEST(UdpMisuseDeathTest, ASecondClose)
{
    EXPECT_MISUSE(nr_udp_close(u), "nr_udp_close of a closed socket");
}

// A pointer to a function, and a binding, have no place.
#define EXPECT_MISUSE_NOWHERE(call, what)                       \
    EXPECT_DEATH(run_close_and([](nr_udp *u) { return call; }), \
                 testing::Eq("nanorun: " what "\n"))

TEST(UdpMisuseDeathTest, ACallWithoutTheMacroHasNoPlace)
{
    EXPECT_MISUSE_NOWHERE((nr_udp_recv)(u, &c, 1, nullptr),
                          "nr_udp_recv on a closed socket");
    EXPECT_MISUSE_NOWHERE((nr_udp_send)(u, &c, 1, &a),
                          "nr_udp_send on a closed socket");
    EXPECT_MISUSE_NOWHERE((nr_udp_recv_many)(u, &d, 1),
                          "nr_udp_recv_many on a closed socket");
    EXPECT_MISUSE_NOWHERE((nr_udp_send_many)(u, &d, 1),
                          "nr_udp_send_many on a closed socket");
    EXPECT_MISUSE_NOWHERE((nr_udp_connect)(u, &a),
                          "nr_udp_connect of a closed socket");
    EXPECT_MISUSE_NOWHERE((nr_udp_addr)(u, &a),
                          "nr_udp_addr of a closed socket");
    EXPECT_MISUSE_NOWHERE((nr_udp_join)(u, &a, 0),
                          "nr_udp_join of a closed socket");
    EXPECT_MISUSE_NOWHERE((nr_udp_leave)(u, &a, 0),
                          "nr_udp_leave of a closed socket");
    EXPECT_MISUSE_NOWHERE((nr_udp_close)(u), "nr_udp_close of a closed socket");
}

} // namespace
