// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nanorun/io/reactor/registration.h"
#include "tests/io/udp_helpers.h"

// What the network answers, without the delays of other systems; and the rows
// of equal datagrams that Linux takes as one.

namespace
{

int udp_socket_of(nr_udp *u)
{
    return (int)((nr_registration *)(void *)u)->socket; // its first member
}

ASYNC_FN(void, send_many_to_nobody, (), nr_udp *u; nr_addr at, nobody;
         nr_datagram v[4];)
{
    ASYNC_BEGIN(send_many_to_nobody);
    self->nobody = udp_nobody();
    self->u = udp_at("127.0.0.1:0", &self->at);
    EXPECT_EQ(nr_udp_connect(self->u, &self->nobody), 0);
    EXPECT_AWAITED(1, nr_udp_send_many(self->u, self->v, 1));
    EXPECT_AWAITED(-ECONNREFUSED, nr_udp_recv_many(self->u, self->v, 4));
    EXPECT_AWAITED(1, nr_udp_send_many(self->u, self->v, 1));
    EXPECT_AWAITED(-ECONNREFUSED, nr_udp_send_many(self->u, self->v, 1));
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    ASYNC_END;
}

TEST_F(Udp, ManyDatagramsToAPeerThatIsNotThereAreRefused)
{
    BLOCK_ON(rt, send_many_to_nobody());
}

ASYNC_FN(void, receive_refusals, ((nr_udp *, u), (int *, count)), ptrdiff_t n;
         char c;)
{
    ASYNC_BEGIN(receive_refusals);
    for (;;) {
        AWAIT(self->n, nr_udp_recv(self->u, &self->c, 1, nullptr));
        if (self->n == 1)
            break;
        EXPECT_EQ(self->n, -ECONNREFUSED);
        ++*self->count;
    }
    ASYNC_END;
}

// The receiver waits all the time, on one worker: each answer wakes it, or is
// the result of the send that comes first.
ASYNC_FN(void, flood_with_refusals, (), nr_udp *u, *late; nr_addr at, nobody;
         JOIN_HANDLE(receive_refusals) task; int i, received, refused;
         ptrdiff_t n;)
{
    ASYNC_BEGIN(flood_with_refusals);
    self->nobody = udp_nobody();
    self->u = udp_at("127.0.0.1:0", &self->at);
    EXPECT_EQ(nr_udp_connect(self->u, &self->nobody), 0);
    self->task = SPAWN(receive_refusals(self->u, &self->received));
    for (; self->i < 2000; self->i++) {
        AWAIT(self->n, nr_udp_send(self->u, "x", 1, nullptr));
        EXPECT_TRUE(self->n == 1 || self->n == -ECONNREFUSED) << self->n;
        self->refused += self->n != 1;
        if (self->i % 3 == 0)
            YIELD_NOW();
    }
    EXPECT_GT(self->refused, 0);
    EXPECT_LE(self->refused, 1000); // an answer is given once
    // Now there is somebody. The answers have all been taken by then.
    EXPECT_EQ(nr_udp_open(&self->nobody, nullptr, &self->late), 0);
    do {
        AWAIT(self->n, nr_udp_send(self->u, "x", 1, nullptr));
    } while (self->n == -ECONNREFUSED);
    EXPECT_AWAITED(1, nr_udp_send(self->late, "x", 1, &self->at));
    AWAIT(JOIN(self->task));
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    nr_udp_close(self->late);
    ASYNC_END;
}

TEST_F(Udp, AFloodOfRefusalsEndsNothing)
{
    Runtime one(1);
    BLOCK_ON(one, flood_with_refusals());
}

// ---- rows ----

enum { ROW = 64, PIECE = 1200 };

typedef struct row {
    nr_datagram v[ROW];
    char bytes[ROW][PIECE];
} row;

void row_init(row *r, const nr_addr *to)
{
    memset(r, 0, sizeof *r);
    for (int i = 0; i < ROW; i++) {
        for (int k = 0; k < PIECE; k++)
            r->bytes[i][k] = pattern((size_t)(i * PIECE + k));
        r->v[i].buf = r->bytes[i];
        r->v[i].size = PIECE;
        r->v[i].len = PIECE;
        r->v[i].addr = *to;
    }
    // Rows that end with a shorter one, by an empty one and by another's.
    r->v[9].len = 7;
    r->v[20].len = 0;
    r->v[30].len = PIECE - 1;
    r->v[31].len = PIECE - 1;
    r->v[ROW - 1].len = 1;
}

// Another's is in the middle, and goes there.
ASYNC_FN(void, send_rows, ((bool, refuses_rows)), udp_two t; nr_udp * other;
         nr_addr at_other; row out, in; int sent, received, n; char buf[PIECE];)
{
    ASYNC_BEGIN(send_rows);
    udp_two_open(&self->t, "127.0.0.1:0");
    self->other = udp_at("127.0.0.1:0", &self->at_other);
    if (self->refuses_rows) { // udp(7): no rows without checksums
        int on = 1;
        EXPECT_EQ(setsockopt(udp_socket_of(self->t.a), SOL_SOCKET, SO_NO_CHECK,
                             &on, sizeof on),
                  0);
    }
    row_init(&self->out, &self->t.at_b);
    self->out.v[40].addr = self->at_other;
    EXPECT_AWAITED(ROW, nr_udp_send_many(self->t.a, self->out.v, ROW));
    while (self->received < ROW) {
        self->received += self->received == 40;
        row_init(&self->in, &self->t.at_b);
        memset(self->in.bytes, 0, sizeof self->in.bytes);
        AWAIT(self->n, nr_udp_recv_many(self->t.b, self->in.v, ROW));
        EXPECT_GT(self->n, 0);
        for (int i = 0; i < self->n; i++, self->received++) {
            self->received += self->received == 40;
            const nr_datagram *d = &self->out.v[self->received];
            EXPECT_EQ(self->in.v[i].len, d->len) << self->received;
            EXPECT_EQ(memcmp(self->in.v[i].buf, d->buf, d->len), 0);
            EXPECT_EQ(text_of(self->in.v[i].addr), text_of(self->t.at_a));
        }
    }
    EXPECT_AWAITED(PIECE, nr_udp_recv(self->other, self->buf, PIECE, nullptr));
    EXPECT_EQ(memcmp(self->buf, self->out.bytes[40], PIECE), 0);
    ASYNC_FINALLY;
    nr_udp_close(self->other);
    udp_two_close(&self->t);
    ASYNC_END;
}

TEST_F(Udp, RowsOfEqualDatagramsArriveAsTheyWere)
{
    BLOCK_ON(rt, send_rows(false));
}

TEST_F(Udp, RowsThatTheKernelRefusesAreSentOneByOne)
{
    BLOCK_ON(rt, send_rows(true));
}

// ---- descriptors ----

// Returns 0 if it got none of the numbers that the program has closed.
ASYNC_FN(int, open_above_stdio, (), nr_udp *u; nr_addr at;)
{
    ASYNC_BEGIN(open_above_stdio);
    self->u = udp_at("127.0.0.1:0", &self->at);
    ASYNC_RETURN(udp_socket_of(self->u) > STDERR_FILENO ? 0 : 1);
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    ASYNC_END;
}

void open_without_stdio()
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        close(fd);
    _exit(RUN(open_above_stdio()));
}

TEST(UdpDescriptorDeathTest, TheNumbersOfClosedStdioAreNotTaken)
{
    EXPECT_EXIT(open_without_stdio(), testing::ExitedWithCode(0), "");
}

ASYNC_FN(void, look_at_flags, (), nr_udp *u; nr_addr at;)
{
    ASYNC_BEGIN(look_at_flags);
    self->u = udp_at("127.0.0.1:0", &self->at);
    EXPECT_TRUE(fcntl(udp_socket_of(self->u), F_GETFD) & FD_CLOEXEC);
    EXPECT_TRUE(fcntl(udp_socket_of(self->u), F_GETFL) & O_NONBLOCK);
    ASYNC_FINALLY;
    nr_udp_close(self->u);
    ASYNC_END;
}

TEST_F(Udp, NoChildInheritsASocket)
{
    BLOCK_ON(rt, look_at_flags());
}

} // namespace
