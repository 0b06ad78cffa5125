// SPDX-License-Identifier: MIT
#include <errno.h>

#include <atomic>
#include <memory>

#include "tests/io/tcp_helpers.h"

// Many sockets whose events come at once, and whose first reader closes all
// the others: no event may reach what is gone.

namespace
{

enum { PAIRS_MAX = IS_SIM ? 40 : 2500, WINDOWS_PAIRS = 300 };

struct crowd {
    int count;
    nr_listener *listener;
    nr_addr at;
    nr_stream *client[PAIRS_MAX], *server[PAIRS_MAX];
    std::atomic<bool> closed[PAIRS_MAX]; // whoever sets it closes server[i]
    std::atomic<int> received, canceled;
};

void close_server(crowd *c, int i)
{
    if (!c->closed[i].exchange(true))
        nr_stream_close(c->server[i]);
}

// Until it has taken its place: a probe may be there for a moment.
ASYNC_FN(void, read_and_close_all, ((crowd *, c), (int, i)), ptrdiff_t n;
         char byte; int j;)
{
    ASYNC_BEGIN(read_and_close_all);
    for (;;) {
        AWAIT(self->n,
              nr_stream_read(self->c->server[self->i], &self->byte, 1));
        if (self->n != -EBUSY)
            break;
        YIELD_NOW();
    }
    if (self->n == 1)
        self->c->received++;
    else if (self->n == -ECANCELED)
        self->c->canceled++;
    for (self->j = 0; self->j < self->c->count; self->j++)
        close_server(self->c, (self->i + self->j) % self->c->count);
    ASYNC_END;
}

// Goes on when the reader of server i waits, which is when nobody else can.
ASYNC_FN(void, await_reader, ((crowd *, c), (int, i)), ptrdiff_t n; char byte;
         int err;)
{
    ASYNC_BEGIN(await_reader);
    do {
        AWAIT(self->err,
              TIMEOUT_MS(
                  0, nr_stream_read(self->c->server[self->i], &self->byte, 1),
                  &self->n));
        YIELD_NOW();
    } while (self->err || self->n != -EBUSY);
    ASYNC_END;
}

ASYNC_FN(void, run_crowd, ((crowd *, c)), JOIN_HANDLE(read_and_close_all) * h;
         int i, err; ptrdiff_t n;)
{
    ASYNC_BEGIN(run_crowd);
    self->h = (decltype(self->h))calloc(PAIRS_MAX, sizeof *self->h);
    self->c->listener = listen_on("127.0.0.1:0", &self->c->at);
    for (self->i = 0; self->i < self->c->count; self->i++) {
        AWAIT(self->err,
              nr_tcp_connect(&self->c->at, &self->c->client[self->i]));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
        AWAIT(self->err,
              nr_listener_accept(self->c->listener, &self->c->server[self->i],
                                 nullptr));
        EXPECT_EQ(self->err, 0) << nr_strerror(self->err);
    }
    for (self->i = 0; self->i < self->c->count; self->i++)
        self->h[self->i] = SPAWN(read_and_close_all(self->c, self->i));
    for (self->i = 0; self->i < self->c->count; self->i++)
        AWAIT(await_reader(self->c, self->i));
    // From here on the readers close; a reset is no news.
    for (self->i = 0; self->i < self->c->count; self->i++)
        AWAIT(self->n, nr_stream_write(self->c->client[self->i], "x", 1));
    for (self->i = 0; self->i < self->c->count; self->i++)
        AWAIT(JOIN(self->h[self->i]));
    for (self->i = 0; self->i < self->c->count; self->i++)
        nr_stream_close(self->c->client[self->i]);
    nr_listener_close(self->c->listener);
    free(self->h);
    ASYNC_END;
}

TEST(TcpBatch, TheFirstReaderClosesTheOthersWhoseEventsAreInTheBatch)
{
    unsigned before = limit_fds(2 * PAIRS_MAX + 1000);
    unsigned now = limit_fds(2 * PAIRS_MAX + 1000);
    int count = now > 2 * PAIRS_MAX + 500 ? PAIRS_MAX : (int)(now - 200) / 2;
    // Wine's server looks at each socket that has ended before each call.
    if (!fds_can_be_limited())
        count = WINDOWS_PAIRS;
    int fds = count_fds();
    for (unsigned workers : {1u, 4u}) {
        std::unique_ptr<crowd> c(new crowd());
        c->count = count;
        {
            Runtime rt(workers);
            BLOCK_ON(rt, run_crowd(c.get()));
        }
        EXPECT_GE(c->received, 1);
        EXPECT_EQ(c->received + c->canceled, count);
    }
    EXPECT_EQ(count_fds(), fds);
    limit_fds(before);
}

} // namespace
