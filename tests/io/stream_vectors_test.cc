// SPDX-License-Identifier: MIT
#include <errno.h>

#include <vector>

#include "tests/io/stream_helpers.h"

namespace
{

enum { PIECES = 1025 };

ASYNC_FN(void, write_all_pieces, ((nr_stream *, s), (nr_iovec *, v), (int, n)),
         int first;
         ptrdiff_t sent;)
{
    ASYNC_BEGIN(write_all_pieces);
    while (self->first < self->n) {
        AWAIT(self->sent, nr_stream_writev(self->s, self->v + self->first,
                                           self->n - self->first));
        EXPECT_GT(self->sent, 0);
        if (self->sent <= 0)
            ASYNC_RETURN();
        // A count may end at the edge of a piece, or inside one.
        while (self->first < self->n &&
               (size_t)self->sent >= self->v[self->first].len)
            self->sent -= (ptrdiff_t)self->v[self->first++].len;
        if (self->first < self->n) {
            nr_iovec *v = &self->v[self->first];
            v->base = (char *)v->base + self->sent;
            v->len -= (size_t)self->sent;
        }
    }
    EXPECT_AWAITED(0, nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_END;
}

ASYNC_FN(size_t, read_all_pieces, ((nr_stream *, s), (size_t, size)),
         char buf[3000];
         nr_iovec v[4]; ptrdiff_t n; size_t sum;)
{
    ASYNC_BEGIN(read_all_pieces);
    do {
        self->v[0] = {self->buf, self->size};
        self->v[1] = {nullptr, 0};
        self->v[2] = {self->buf + self->size, 2 * self->size};
        self->v[3] = {self->buf + 3 * self->size, 1};
        AWAIT(self->n, nr_stream_readv(self->s, self->v, 4));
        EXPECT_LE(self->n, (ptrdiff_t)(3 * self->size + 1));
        for (ptrdiff_t i = 0; i < self->n; i++, self->sum++)
            EXPECT_EQ(self->buf[i], pattern(self->sum));
    } while (self->n > 0);
    EXPECT_EQ(self->n, 0);
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

ASYNC_FN(void, pass_pieces, ((nr_iovec *, v), (int, n), (size_t, all)), pair p;
         size_t got;)
{
    ASYNC_BEGIN(pass_pieces);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    AWAIT(ALL(write_all_pieces(self->p.client, self->v, self->n),
              INTO(&self->got, read_all_pieces(self->p.server, 7))));
    EXPECT_EQ(self->got, self->all);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

// Pieces of 0 to `most` bytes of a pattern that `data` holds.
std::vector<nr_iovec> pieces_of(std::vector<char> *data, int n, size_t most)
{
    std::vector<nr_iovec> v;
    for (int i = 0; i < n; i++)
        v.push_back({nullptr, (size_t)i % (most + 1)});
    for (const nr_iovec &piece : v)
        for (size_t k = 0; k < piece.len; k++)
            data->push_back(pattern(data->size()));
    char *at = data->data();
    for (nr_iovec &piece : v) {
        piece.base = piece.len ? at : nullptr;
        at += piece.len;
    }
    return v;
}

TEST_F(Stream, VectorsPassWholeAndInParts)
{
    for (size_t most : {1, 2, 5}) {
        std::vector<char> data;
        std::vector<nr_iovec> v = pieces_of(&data, PIECES, most);
        BLOCK_ON(rt, pass_pieces(v.data(), PIECES, data.size()));
    }
}

TEST_F(Stream, VectorsThatAreLargerThanTheSystemsBuffers)
{
    std::vector<char> data;
    std::vector<nr_iovec> v =
        pieces_of(&data, IS_SIM ? 30 : 3000, IS_SIM ? 300 : 3000);
    BLOCK_ON(rt, pass_pieces(v.data(), (int)v.size(), data.size()));
}

// More pieces than the system takes, and all that was asked for is there: the
// rest can be read at once.
ASYNC_FN(void, read_too_many, ((nr_stream *, s), (nr_iovec *, v)), size_t done;
         ptrdiff_t n;)
{
    ASYNC_BEGIN(read_too_many);
    while (self->done < PIECES) {
        AWAIT(self->n, nr_stream_readv(self->s, self->v, PIECES));
        EXPECT_GT(self->n, 0);
        EXPECT_LE(self->n, 1024);
        if (self->n <= 0)
            break;
        self->done += (size_t)self->n;
    }
    EXPECT_EQ(self->done, (size_t)PIECES);
    ASYNC_END;
}

ASYNC_FN(void, pass_too_many, ((nr_iovec *, v)), pair p; char buf[PIECES];
         int err;)
{
    ASYNC_BEGIN(pass_too_many);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    AWAIT(ALL(INTO(&self->err,
                   nr_stream_write_all(self->p.client, self->buf, PIECES)),
              read_too_many(self->p.server, self->v)));
    EXPECT_EQ(self->err, 0);
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Stream, VectorsBeyondTheLimitAreAPartialResult)
{
    std::vector<char> bytes(PIECES);
    std::vector<nr_iovec> v;
    for (char &byte : bytes)
        v.push_back({&byte, 1});
    BLOCK_ON(rt, pass_too_many(v.data()));
}

// `late` is PIECES of which only the last is not empty.
ASYNC_FN(void, ask_for_nothing, ((nr_iovec *, late)), pair p; nr_iovec v[2];
         char c; ptrdiff_t n;)
{
    ASYNC_BEGIN(ask_for_nothing);
    AWAIT_PAIR(&self->p, "127.0.0.1:0");
    EXPECT_AWAITED(0, nr_stream_readv(self->p.client, self->v, 2));
    EXPECT_AWAITED(0, nr_stream_writev(self->p.client, self->v, 2));
    EXPECT_AWAITED(0, nr_stream_readv(self->p.client, self->v, 0));
    EXPECT_AWAITED(-EINVAL, nr_stream_readv(self->p.client, self->v, -1));
    EXPECT_AWAITED(-EINVAL, nr_stream_writev(self->p.client, self->v, -1));
    EXPECT_AWAITED(1, nr_stream_writev(self->p.server, self->late, PIECES));
    EXPECT_AWAITED(1, nr_stream_readv(self->p.client, self->late, PIECES));
    self->v[1] = {&self->c, 1};
    AWAIT(self->n, TIMEOUT_MS(0, nr_stream_readv(self->p.client, self->v, 2)));
    EXPECT_EQ(self->n, -ETIMEDOUT);
    EXPECT_AWAITED(0, nr_stream_shutdown(self->p.server, NR_SHUT_WR));
    EXPECT_AWAITED(0, nr_stream_readv(self->p.client, self->v, 2));
    ASYNC_FINALLY;
    pair_close(&self->p);
    ASYNC_END;
}

TEST_F(Stream, VectorsOfNothing)
{
    char c = 'c';
    std::vector<nr_iovec> late(PIECES, nr_iovec{nullptr, 0});
    late.back() = {&c, 1};
    BLOCK_ON(rt, ask_for_nothing(late.data()));
}

} // namespace
