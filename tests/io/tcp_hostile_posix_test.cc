// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nanorun/io/internal/reactor.h"
#include "tests/io/tcp_helpers.h"

// Peers that reset the connection at every point of its life, and buffers so
// small that hardly a write is whole.

namespace
{

// ---- a peer by the system's own calls, which may reset ----

int plain_connect(const nr_addr *to)
{
    struct sockaddr_in in = {};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in.sin_port = htons(nr_addr_port(to));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    return fd;
}

void reset(int fd)
{
    struct linger at_once = {1, 0};
    EXPECT_EQ(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
              0);
    EXPECT_EQ(close(fd), 0);
}

typedef struct hostile {
    nr_tcp_listener *listener;
    nr_addr at;
    nr_tcp_stream *server;
    int fd; // of the peer
} hostile;

ASYNC_FN(void, hostile_open, ((hostile *, h)), int err;)
{
    ASYNC_BEGIN(hostile_open);
    self->h->at = addr_of("127.0.0.1:0");
    EXPECT_EQ(nr_tcp_listen(&self->h->at, &self->h->listener), 0);
    EXPECT_EQ(nr_tcp_listener_addr(self->h->listener, &self->h->at), 0);
    self->h->fd = plain_connect(&self->h->at);
    AWAIT(self->err,
          nr_tcp_accept(self->h->listener, &self->h->server, nullptr));
    EXPECT_EQ(self->err, 0);
    ASYNC_END;
}

void hostile_close(hostile *h)
{
    nr_tcp_close(h->server);
    nr_tcp_listener_close(h->listener);
    *h = hostile();
}

// The error is told once; the other finds a connection that is gone.
ASYNC_FN(void, be_reset_while_waiting, (), hostile h;
         JOIN_HANDLE(read_one) reader; JOIN_HANDLE(write_endlessly) writer;
         ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(be_reset_while_waiting);
    AWAIT(hostile_open(&self->h));
    self->reader = SPAWN(read_one(self->h.server));
    self->writer = SPAWN(write_endlessly(self->h.server));
    do { // until the writer waits, and a second one is turned away
        YIELD_NOW();
        AWAIT(self->n, nr_tcp_write(self->h.server, "x", 1));
    } while (self->n != -EBUSY);
    reset(self->h.fd);
    AWAIT(self->n, JOIN(self->reader));
    AWAIT(self->err, JOIN(self->writer));
    EXPECT_TRUE(self->n == -ECONNRESET || self->n == 0) << self->n;
    EXPECT_TRUE(self->err == -ECONNRESET || self->err == -EPIPE) << self->err;
    EXPECT_TRUE(self->n == -ECONNRESET || self->err == -ECONNRESET);
    ASYNC_FINALLY;
    hostile_close(&self->h);
    ASYNC_END;
}

TEST(TcpReset, WakesTheReaderAndTheWriter)
{
    Runtime rt(1);
    BLOCK_ON(rt, be_reset_while_waiting());
}

ASYNC_FN(void, be_reset_before_the_accept, (), hostile h; nr_addr peer;
         ptrdiff_t n; int err;)
{
    ASYNC_BEGIN(be_reset_before_the_accept);
    AWAIT(hostile_open(&self->h));
    nr_tcp_close(self->h.server);
    reset(plain_connect(&self->h.at));
    AWAIT(self->err,
          nr_tcp_accept(self->h.listener, &self->h.server, &self->peer));
    EXPECT_EQ(self->err, 0);
    AWAIT(self->n, read_one(self->h.server));
    EXPECT_EQ(self->n, -ECONNRESET);
    EXPECT_EQ(nr_tcp_peer_addr(self->h.server, &self->peer), -ENOTCONN);
    ASYNC_FINALLY;
    close(self->h.fd);
    hostile_close(&self->h);
    ASYNC_END;
}

TEST(TcpReset, BeforeTheAcceptIsTheFirstReadsError)
{
    Runtime rt(1);
    BLOCK_ON(rt, be_reset_before_the_accept());
}

ASYNC_FN(void, be_reset_after_shutdown, (), hostile h;
         JOIN_HANDLE(read_one) reader; ptrdiff_t n;)
{
    ASYNC_BEGIN(be_reset_after_shutdown);
    AWAIT(hostile_open(&self->h));
    EXPECT_EQ(nr_tcp_shutdown(self->h.server, NR_SHUT_WR), 0);
    self->reader = SPAWN(read_one(self->h.server));
    YIELD_NOW();
    reset(self->h.fd);
    AWAIT(self->n, JOIN(self->reader));
    EXPECT_EQ(self->n, -ECONNRESET);
    AWAIT(self->n, read_one(self->h.server));
    EXPECT_EQ(self->n, 0);
    EXPECT_EQ(nr_tcp_shutdown(self->h.server, NR_SHUT_WR), -ENOTCONN);
    ASYNC_FINALLY;
    hostile_close(&self->h);
    ASYNC_END;
}

TEST(TcpReset, AfterAShutdownWakesTheReader)
{
    Runtime rt(1);
    BLOCK_ON(rt, be_reset_after_shutdown());
}

// ---- small buffers ----

// Not that of receiving: smaller than a segment it makes TCP wait for timers.
void shrink_buffer(nr_tcp_stream *s)
{
    int fd = (int)((nr_registration *)(void *)s)->socket;
    int least = 1; // the system takes what it can do with
    EXPECT_EQ(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least), 0);
}

enum { PART = 100000, PARTS = 5 };

// Each part by writes that take what they take, and one by write_all.
ASYNC_FN(int, send_parts, ((nr_tcp_stream *, s), (const char *, data)),
         size_t done;
         ptrdiff_t n; int err, i, partial;)
{
    ASYNC_BEGIN(send_parts);
    for (self->i = 0; self->i < PARTS; self->i++) {
        for (self->done = 0; self->done < PART; self->done += (size_t)self->n) {
            AWAIT(self->n, nr_tcp_write(self->s, self->data + self->done,
                                        PART - self->done));
            EXPECT_GT(self->n, 0);
            self->partial += (size_t)self->n < PART - self->done;
        }
        AWAIT(self->err, nr_tcp_write_all(self->s, self->data, PART));
        EXPECT_EQ(self->err, 0);
    }
    EXPECT_EQ(nr_tcp_shutdown(self->s, NR_SHUT_WR), 0);
    ASYNC_RETURN(self->partial);
    ASYNC_END;
}

ASYNC_FN(size_t, receive_parts, ((nr_tcp_stream *, s)), char buf[1000];
         size_t done; ptrdiff_t n; size_t wrong;)
{
    ASYNC_BEGIN(receive_parts);
    do {
        AWAIT(self->n, nr_tcp_read(self->s, self->buf,
                                   1 + self->done % sizeof self->buf));
        EXPECT_GE(self->n, 0);
        for (ptrdiff_t i = 0; i < self->n; i++)
            self->wrong += self->buf[i] != pattern(self->done++ % PART);
    } while (self->n > 0);
    EXPECT_EQ(self->wrong, 0u);
    ASYNC_RETURN(self->done);
    ASYNC_END;
}

ASYNC_FN(void, squeeze, ((const char *, data)), pair p;
         JOIN_HANDLE(send_parts) w1, w2; JOIN_HANDLE(receive_parts) r1, r2;
         int partial; size_t n;)
{
    ASYNC_BEGIN(squeeze);
    AWAIT(pair_open(&self->p, "127.0.0.1:0"));
    shrink_buffer(self->p.client);
    shrink_buffer(self->p.server);
    self->w1 = SPAWN(send_parts(self->p.client, self->data));
    self->w2 = SPAWN(send_parts(self->p.server, self->data));
    self->r1 = SPAWN(receive_parts(self->p.client));
    self->r2 = SPAWN(receive_parts(self->p.server));
    AWAIT(self->partial, JOIN(self->w1));
    EXPECT_GE(self->partial, PARTS);
    AWAIT(self->partial, JOIN(self->w2));
    EXPECT_GE(self->partial, PARTS);
    AWAIT(self->n, JOIN(self->r1));
    EXPECT_EQ(self->n, 2u * PARTS * PART);
    AWAIT(self->n, JOIN(self->r2));
    EXPECT_EQ(self->n, 2u * PARTS * PART);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST(TcpShortWrites, AreCarriedOnInOrder)
{
    std::string data(PART, ' ');
    for (size_t i = 0; i < PART; i++)
        data[i] = pattern(i);
    for (unsigned workers : {1u, 2u}) {
        Runtime rt(workers);
        BLOCK_ON(rt, squeeze(data.data()));
    }
}

} // namespace
