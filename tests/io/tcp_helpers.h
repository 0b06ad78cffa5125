// SPDX-License-Identifier: MIT
#ifndef NANORUN_TESTS_IO_TCP_HELPERS_H
#define NANORUN_TESTS_IO_TCP_HELPERS_H

// What the TCP tests share: runtimes, loopback addresses and connected pairs.

#include <string.h>

#ifdef NR_SYS_SIM
#include "nanorun/sys/sim/net.h"
#else
#include "tests/support/fds.h"
#endif

#include <string>

#include <gtest/gtest.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/tcp.h"
#include "tests/support/runtime.h"

inline nr_addr addr_of(const char *text)
{
    nr_addr a;
    EXPECT_EQ(nr_addr_parse(&a, text), 0) << text;
    return a;
}

inline std::string text_of(const nr_addr &a)
{
    char buf[NR_ADDR_TEXT_MAX];
    EXPECT_GT(nr_addr_format(&a, buf, sizeof buf), 0);
    return buf;
}

// count_fds says how many descriptors there are; limit_fds sets how many there
// may be, and returns the limit before. A simulation runs many times, so it
// tests less in each run.
#ifdef NR_SYS_SIM
enum { IS_SIM = 1 };

inline int count_fds()
{
    return (int)nr_sim_net_open();
}

inline bool fds_can_be_limited()
{
    return true;
}

inline unsigned limit_fds(unsigned limit)
{
    return nr_sim_net_limit(limit);
}
#else
enum { IS_SIM = 0 };
#endif

#if defined(_WIN32)
enum { IS_WINDOWS = 1 };
#else
enum { IS_WINDOWS = 0 };
#endif

// How often a test repeats what fails only by chance. On Windows a tenth,
// because under Wine each system call is a message to its server.
constexpr int rounds(int usual, int simulated)
{
    return IS_SIM ? simulated : IS_WINDOWS ? usual / 10 : usual;
}

// Awaits a call; the test expects `expected` of it.
#define EXPECT_AWAITED(expected, call) \
    do {                               \
        int awaited;                   \
        AWAIT(awaited, call);          \
        EXPECT_EQ(awaited, expected);  \
    } while (0)

// The byte at `offset` of a stream of known bytes, which a test can check from
// any offset.
inline char pattern(size_t offset)
{
    return (char)((offset * 2654435761u) >> 13);
}

// Opens a listener on a free port of `host`, such as "127.0.0.1:0", and stores
// its address.
inline nr_listener *listen_on(const char *host, nr_addr *at)
{
    nr_listener *l = nullptr;
    *at = addr_of(host);
    int err = nr_tcp_listen(at, &l);
    EXPECT_EQ(err, 0) << nr_strerror(err);
    if (l) {
        EXPECT_EQ(nr_listener_addr(l, at), 0);
    }
    return l;
}

typedef struct pair {
    nr_listener *listener;
    nr_addr at;
    nr_stream *client, *server;
} pair;

// Opens a listener on a free port of `host`, such as "127.0.0.1:0", and a
// connection to it.
ASYNC_FN(int, pair_open, ((pair *, p), (const char *, host)), int err;)
{
    ASYNC_BEGIN(pair_open);
    self->p->listener = listen_on(self->host, &self->p->at);
    if (!self->p->listener)
        ASYNC_RETURN(-EADDRNOTAVAIL);
    AWAIT(self->err, nr_tcp_connect(&self->p->at, &self->p->client));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    if (self->err)
        ASYNC_RETURN(self->err);
    AWAIT(self->err,
          nr_listener_accept(self->p->listener, &self->p->server, nullptr));
    EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

// Opens *p, or ends the function, with `result` if it has one.
#define AWAIT_PAIR_OR(p, host, result)       \
    do {                                     \
        int pair_err;                        \
        AWAIT(pair_err, pair_open(p, host)); \
        if (pair_err)                        \
            ASYNC_RETURN(result);            \
    } while (0)
#define AWAIT_PAIR(p, host) AWAIT_PAIR_OR(p, host, )

inline void pair_close(pair *p)
{
    nr_stream_close(p->client);
    nr_stream_close(p->server);
    nr_listener_close(p->listener);
    *p = pair();
}

ASYNC_FN(ptrdiff_t, read_one, ((nr_stream *, s)), char c; ptrdiff_t n;)
{
    ASYNC_BEGIN(read_one);
    AWAIT(self->n, nr_stream_read(self->s, &self->c, 1));
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

// Until the peer's buffers are full, or it is gone.
ASYNC_FN(int, write_endlessly, ((nr_stream *, s)), char buf[65536]; int err;)
{
    ASYNC_BEGIN(write_endlessly);
    while (!self->err)
        AWAIT(self->err, nr_stream_write_all(self->s, self->buf, 65536));
    ASYNC_RETURN(self->err);
    ASYNC_END;
}

#endif
