// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_IO_UDP_HELPERS_H
#define NANORUN_TESTS_IO_UDP_HELPERS_H

// What the tests of datagrams share.

#include <errno.h>

#include "nanorun/io/udp.h"
#include "tests/io/stream_helpers.h"

class Udp : public Stream
{
};

// Inside a task: opens a socket at `text`, such as "127.0.0.1:0", and stores
// its address.
inline nr_udp *udp_at(const char *text, nr_addr *at)
{
    nr_udp *u = nullptr;
    *at = addr_of(text);
    int err = nr_udp_open(at, nullptr, &u);
    EXPECT_EQ(err, 0) << nr_strerror(err);
    if (u) {
        EXPECT_EQ(nr_udp_addr(u, at), 0);
    }
    return u;
}

// Two sockets of one host, and no peer of each other.
typedef struct udp_two {
    nr_udp *a, *b;
    nr_addr at_a, at_b;
} udp_two;

inline void udp_two_open(udp_two *two, const char *host)
{
    two->a = udp_at(host, &two->at_a);
    two->b = udp_at(host, &two->at_b);
}

inline void udp_two_close(udp_two *two)
{
    nr_udp_close(two->a);
    nr_udp_close(two->b);
    *two = udp_two();
}

// The address of a port at which nobody receives.
inline nr_addr udp_nobody()
{
    nr_addr at;
    nr_udp_close(udp_at("127.0.0.1:0", &at));
    return at;
}

// Awaits the answer that nobody receives at the peer's port. Wine's server,
// though not Windows, takes it for itself if it comes while a poll is under
// way.
ASYNC_FN(void, udp_await_refusal, ((nr_udp *, u)), ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(udp_await_refusal);
    AWAIT(self->err,
          TIMEOUT_MS(IS_WINDOWS ? 100 : 60000,
                     nr_udp_recv(self->u, nullptr, 0, nullptr), &self->n));
    if (IS_WINDOWS == 0 || self->err == 0) {
        EXPECT_EQ(self->err, 0);
        EXPECT_EQ(self->n, -ECONNREFUSED);
    }
    ASYNC_END;
}

#endif
