// SPDX-License-Identifier: MIT
#include "nanorun/io/reader.h"

#include <errno.h>

#include "tests/io/stream_helpers.h"

namespace
{

std::string piece_of(const char *p, ptrdiff_t n)
{
    return n > 0 ? std::string(p, (size_t)n) : std::string();
}

// Awaits a piece; the test expects it to be `text`.
#define EXPECT_UNTIL(r, delimiter, text)                             \
    do {                                                             \
        AWAIT(self->n, nr_reader_until(r, delimiter, &self->piece)); \
        EXPECT_EQ(piece_of(self->piece, self->n), text) << self->n;  \
    } while (0)

ASYNC_FN(void, write_and_close, ((nr_stream *, s), (const char *, text)),
         int err;)
{
    ASYNC_BEGIN(write_and_close);
    AWAIT(self->err,
          nr_stream_write_all(self->s, self->text, strlen(self->text)));
    EXPECT_EQ(self->err, 0);
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    ASYNC_END;
}

class Reader : public Stream
{
  protected:
    // Runs `call(from)` while `text` is written to the other end of `from`,
    // whose capacity changes.
    template <typename Call> void with_text(const char *text, Call call)
    {
        for (size_t capacity : {1, 2, 3, 64})
            with_duplex(capacity, [&](nr_stream *a, nr_stream *b) {
                nr_handle *h = nr_runtime_handle(rt);
                DETACH(SPAWN_ON(h, write_and_close(a, text)));
                nr_handle_release(h);
                BLOCK_ON(rt, call(b));
                nr_stream_close(b);
            });
    }
};

ASYNC_FN(void, read_lines, ((nr_stream *, from)), nr_reader r; char buf[8];
         char *piece; ptrdiff_t n;)
{
    ASYNC_BEGIN(read_lines);
    nr_reader_init(&self->r, self->from, self->buf, sizeof self->buf);
    EXPECT_UNTIL(&self->r, '\n', "\n"); // at the first byte
    EXPECT_UNTIL(&self->r, '\n', "ab\n");
    EXPECT_UNTIL(&self->r, '\n', "1234567\n"); // as long as the buffer
    EXPECT_UNTIL(&self->r, '\n', "x\n");
    EXPECT_UNTIL(&self->r, '\n', "rest"); // at the end of the stream
    EXPECT_UNTIL(&self->r, '\n', "");
    EXPECT_EQ(self->n, 0);
    EXPECT_UNTIL(&self->r, '\n', "");
    EXPECT_EQ(self->n, 0);
    ASYNC_END;
}

TEST_F(Reader, CutsAtTheDelimiterWhereverItIs)
{
    with_text("\nab\n1234567\nx\nrest",
              [](nr_stream *s) { return read_lines(s); });
}

ASYNC_FN(void, read_a_long_line, ((nr_stream *, from)), nr_reader r;
         char buf[4], taken[8]; char *piece; ptrdiff_t n;)
{
    ASYNC_BEGIN(read_a_long_line);
    nr_reader_init(&self->r, self->from, self->buf, sizeof self->buf);
    EXPECT_UNTIL(&self->r, ';', "a;");
    EXPECT_AWAITED(-ENOBUFS, nr_reader_until(&self->r, ';', &self->piece));
    EXPECT_AWAITED(-ENOBUFS, nr_reader_until(&self->r, ';', &self->piece));
    EXPECT_EQ(nr_reader_buffered(&self->r), 4u);
    EXPECT_AWAITED(4, nr_reader_read(&self->r, self->taken, 8));
    EXPECT_EQ(std::string(self->taken, 4), "bbbb");
    EXPECT_UNTIL(&self->r, ';', "b;");
    EXPECT_UNTIL(&self->r, ';', "c;");
    ASYNC_END;
}

TEST_F(Reader, GoesOnAfterALineThatIsTooLong)
{
    with_text("a;bbbbb;c;", [](nr_stream *s) { return read_a_long_line(s); });
}

ASYNC_FN(void, read_exactly, ((nr_stream *, from)), nr_reader r;
         char buf[4], taken[16]; char *piece; ptrdiff_t n;)
{
    ASYNC_BEGIN(read_exactly);
    nr_reader_init(&self->r, self->from, self->buf, sizeof self->buf);
    EXPECT_UNTIL(&self->r, ' ', "ab ");
    EXPECT_AWAITED(0, nr_reader_exact(&self->r, self->taken, 3));
    EXPECT_EQ(std::string(self->taken, 3), "cde");
    EXPECT_AWAITED(0, nr_reader_exact(&self->r, self->taken, 4));
    EXPECT_EQ(std::string(self->taken, 4), "fghi");
    EXPECT_AWAITED(0, nr_reader_exact(&self->r, self->taken, 0));
    EXPECT_AWAITED(0, nr_reader_read(&self->r, self->taken, 0));
    EXPECT_AWAITED(0, nr_reader_exact(&self->r, self->taken, 10));
    EXPECT_EQ(std::string(self->taken, 10), "jklmnopqrs");
    EXPECT_AWAITED(-ENODATA, nr_reader_exact(&self->r, self->taken, 3));
    EXPECT_EQ(nr_reader_buffered(&self->r), 2u);
    EXPECT_UNTIL(&self->r, ' ', "tu");
    ASYNC_END;
}

TEST_F(Reader, ReadsExactlyThroughTheBufferAndPastIt)
{
    with_text("ab cdefghijklmnopqrstu",
              [](nr_stream *s) { return read_exactly(s); });
}

// A SELECT cuts each read short when it has taken one byte more.
ASYNC_FN(void, cancel_reads, ((nr_stream *, from), (nr_stream *, to)),
         nr_reader r;
         char buf[16]; char *piece; ptrdiff_t n; int which, i;)
{
    ASYNC_BEGIN(cancel_reads);
    nr_reader_init(&self->r, self->from, self->buf, sizeof self->buf);
    for (; self->i < 10; self->i++) {
        EXPECT_AWAITED(1, nr_stream_write(self->to, &"0123456789"[self->i], 1));
        AWAIT(self->which, SELECT(INTO(&self->n, nr_reader_until(&self->r, '\n',
                                                                 &self->piece)),
                                  nr_sleep_ms(0)));
        EXPECT_EQ(self->which, 1);
    }
    EXPECT_AWAITED(1, nr_stream_write(self->to, "\n", 1));
    AWAIT(self->n, nr_reader_until(&self->r, '\n', &self->piece));
    EXPECT_EQ(piece_of(self->piece, self->n), "0123456789\n");
    ASYNC_END;
}

TEST_F(Reader, LosesNoByteToACancelledRead)
{
    with_duplex(1, [&](nr_stream *a, nr_stream *b) {
        BLOCK_ON(rt, cancel_reads(a, b));
        nr_stream_close(a);
        nr_stream_close(b);
    });
}

} // namespace
