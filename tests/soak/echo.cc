// SPDX-License-Identifier: MIT

// Clients of an echo server, over loopback: who send and read it all back, go
// away with bytes unread, run out of time, or are aborted. Whatever comes back
// is what was sent.

#include <cerrno>

#include "nanorun/io/tcp.h"
#include "nanorun/rt/sync.h"
#include "tests/soak/soak.h"

namespace
{

enum { CLIENTS = 8, ROUNDS = 12 / SOAK_SHARE, LONGEST = 60000, CHUNK = 4000 };

Tally sessions("sessions", "bytes echoed");
Tally rounds("connections", "bytes verified");

class Echo;
ASYNC_DECLARE(void, echo_run, ((Echo *, w), (uint32_t, seed)));

class Echo : public WorkOf<Echo, echo_run_future, echo_run>
{
  public:
    void check(bool) override
    {
    }
    nr_listener *listener = nullptr;
    nr_addr at = {};
};

// The byte at `offset` of what every client sends.
char pattern(size_t offset)
{
    return (char)((offset * 2654435761u) >> 13);
}

bool is_gone(ptrdiff_t n)
{
    return n == -ECONNRESET || n == -EPIPE || n == -ECANCELED;
}

// Now and then it leaves early, which resets what the client still sends.
ASYNC_FN(void, session, ((nr_stream *, s), (uint32_t, seed)), char buf[CHUNK];
         ptrdiff_t n; int err; uint32_t left; Life life;)
{
    ASYNC_BEGIN(session);
    sessions.begin(&self->life);
    self->left = random_below(&self->seed, 8) ? UINT32_MAX
                                              : random_below(&self->seed, 20);
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf,
                                      1 + random_below(&self->seed, CHUNK)));
        SOAK_CHECK(self->n >= 0 || is_gone(self->n));
        if (self->n <= 0)
            break;
        AWAIT(self->err,
              nr_stream_write_all(self->s, self->buf, (size_t)self->n));
        SOAK_CHECK(self->err == 0 || is_gone(self->err));
        sessions.amount += self->err ? 0 : (uint64_t)self->n;
    } while (!self->err && self->left--);
    self->life.has_returned = true;
    ASYNC_FINALLY;
    nr_stream_close(self->s);
    sessions.end(self->life);
    ASYNC_END;
}

// Its sessions end when their clients do, who come first.
ASYNC_FN(void, serve, ((Echo *, w), (nr_group *, g), (uint32_t, seed)),
         nr_stream *s;
         int err;)
{
    ASYNC_BEGIN(serve);
    for (;;) {
        AWAIT(self->err,
              nr_listener_accept(self->w->listener, &self->s, nullptr));
        if (self->err)
            break;
        GROUP_SPAWN(self->g, session(self->s, soak_seed(self->seed++, 0)));
    }
    SOAK_CHECK(self->err == -ECANCELED);
    ASYNC_END;
}

ASYNC_FN(void, send_pattern, ((nr_stream *, s), (size_t, len)), char buf[CHUNK];
         size_t done, part; int err;)
{
    ASYNC_BEGIN(send_pattern);
    while (self->done < self->len) {
        self->part = self->len - self->done;
        if (self->part > CHUNK)
            self->part = CHUNK;
        for (size_t i = 0; i < self->part; i++)
            self->buf[i] = pattern(self->done + i);
        AWAIT(self->err, nr_stream_write_all(self->s, self->buf, self->part));
        SOAK_CHECK(self->err == 0 || is_gone(self->err));
        if (self->err)
            ASYNC_RETURN();
        self->done += self->part;
    }
    AWAIT(nr_stream_shutdown(self->s, NR_SHUT_WR));
    ASYNC_END;
}

// Sends `len` bytes and reads them back up to `stop`.
ASYNC_FN(void, echo_round,
         ((Echo *, w), (size_t, len), (size_t, stop), (uint32_t, seed)),
         nr_stream *s;
         nr_group g; char buf[CHUNK]; size_t done; ptrdiff_t n; int err;
         Life life;)
{
    ASYNC_BEGIN(echo_round);
    rounds.begin(&self->life);
    nr_group_init(&self->g);
    AWAIT(self->err, nr_tcp_connect(&self->w->at, &self->s));
    SOAK_CHECK(self->err == 0 || self->err == -ECANCELED);
    if (self->err)
        ASYNC_RETURN();
    GROUP_SPAWN(&self->g, send_pattern(self->s, self->len));
    do {
        AWAIT(self->n, nr_stream_read(self->s, self->buf,
                                      1 + random_below(&self->seed, CHUNK)));
        SOAK_CHECK(self->n >= 0 || is_gone(self->n));
        for (ptrdiff_t i = 0; i < self->n; i++)
            SOAK_CHECK(self->buf[i] == pattern(self->done++));
        rounds.amount += self->n > 0 ? (uint64_t)self->n : 0;
    } while (self->n > 0 && self->done < self->stop);
    SOAK_CHECK(self->done <= self->len);
    self->life.has_returned = true;
    ASYNC_FINALLY;
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    nr_stream_close(self->s);
    rounds.end(self->life);
    ASYNC_END;
}

ASYNC_FN(void, client, ((Echo *, w), (uint32_t, seed)), int round, err;
         size_t len; uint32_t how; nr_group g;)
{
    ASYNC_BEGIN(client);
    nr_group_init(&self->g);
    for (self->round = 0; self->round < ROUNDS; self->round++) {
        self->len = 1 + random_below(&self->seed, LONGEST);
        self->how = random_below(&self->seed, 4);
        if (self->how == 0) { // to the end
            AWAIT(echo_round(self->w, self->len, SIZE_MAX, self->seed));
        } else if (self->how == 1) { // with bytes unread: a reset
            AWAIT(echo_round(self->w, self->len, self->len / 2, self->seed));
        } else if (self->how == 2) {
            AWAIT(self->err, TIMEOUT_MS(random_below(&self->seed, 4),
                                        echo_round(self->w, self->len, SIZE_MAX,
                                                   self->seed)));
            SOAK_CHECK(self->err == 0 || self->err == -ETIMEDOUT);
        } else {
            GROUP_SPAWN(&self->g,
                        echo_round(self->w, self->len, SIZE_MAX, self->seed));
            AWAIT(nr_sleep_ms(random_below(&self->seed, 3)));
            nr_group_abort(&self->g);
            AWAIT(nr_group_join(&self->g));
        }
    }
    ASYNC_FINALLY;
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    nr_group_deinit(&self->g);
    ASYNC_END;
}

// Where there is no IPv6, IPv4 has to do.
bool listen(Echo *w, const char *text)
{
    nr_addr_parse(&w->at, text);
    int err = nr_tcp_listen(&w->at, &w->listener);
    if (err == -EADDRNOTAVAIL || err == -EAFNOSUPPORT) {
        nr_addr_parse(&w->at, "127.0.0.1:0");
        err = nr_tcp_listen(&w->at, &w->listener);
    }
    SOAK_CHECK(err == 0);
    return err == 0;
}

// Clients first, then the accepting, then what is left of the sessions.
ASYNC_DEFINE(void, echo_run, ((Echo *, w), (uint32_t, seed)), uint32_t i;
             nr_group clients, server, served;)
{
    ASYNC_BEGIN(echo_run);
    nr_group_init(&self->clients);
    nr_group_init(&self->server);
    nr_group_init(&self->served);
    if (!listen(self->w,
                random_below(&self->seed, 2) ? "[::1]:0" : "127.0.0.1:0"))
        ASYNC_RETURN();
    nr_listener_addr(self->w->listener, &self->w->at);
    GROUP_SPAWN(&self->server, serve(self->w, &self->served, self->seed));
    for (self->i = 0; self->i < CLIENTS; self->i++)
        GROUP_SPAWN(&self->clients,
                    client(self->w, soak_seed(self->seed, self->i)));
    AWAIT(nr_group_join(&self->clients));
    ASYNC_FINALLY;
    nr_group_abort(&self->clients);
    AWAIT(nr_group_join(&self->clients));
    nr_group_abort(&self->server);
    AWAIT(nr_group_join(&self->server));
    AWAIT(nr_group_join(&self->served));
    nr_listener_close(self->w->listener);
    nr_group_deinit(&self->clients);
    nr_group_deinit(&self->server);
    nr_group_deinit(&self->served);
    ASYNC_END;
}

} // namespace

std::unique_ptr<Work> soak_echo()
{
    return std::unique_ptr<Work>(new Echo);
}
