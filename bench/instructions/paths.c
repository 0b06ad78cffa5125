/* SPDX-License-Identifier: MIT */
/*
 * paths PATH N: goes one of the core paths N times, on one worker, and nothing
 * else. What N more times take more, counted in instructions, is the cost of
 * the path, whatever machine counts: tools/check instructions.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/tcp.h"
#include "nanorun/rt/future.h"
#include "nanorun/rt/sync.h"

enum { REQUEST_SIZE = 64, HOUR_MS = 3600000 };

static void check(bool is_right, const char *what)
{
    if (is_right)
        return;
    fprintf(stderr, "paths: %s\n", what);
    exit(EXIT_FAILURE);
}

ASYNC_FN(unsigned, trivial, ((unsigned, i)))
{
    ASYNC_BEGIN(trivial);
    ASYNC_RETURN(self->i);
    ASYNC_END;
}

/* A call awaited in place. */
ASYNC_FN(void, await_path, ((unsigned, n)), unsigned i, one;)
{
    ASYNC_BEGIN(await_path);
    for (; self->i < self->n; self->i++) {
        AWAIT(self->one, trivial(self->i));
        check(self->one == self->i, "a wrong result");
    }
    ASYNC_END;
}

/* A task spawned, and joined before it has run. */
ASYNC_FN(void, spawn_join_path, ((unsigned, n)), unsigned i, one;
         JOIN_HANDLE(trivial) task;)
{
    ASYNC_BEGIN(spawn_join_path);
    for (; self->i < self->n; self->i++) {
        self->task = SPAWN(trivial(self->i));
        AWAIT(self->one, JOIN(self->task));
        check(self->one == self->i, "a wrong result");
    }
    ASYNC_END;
}

/* A yield, with nothing else to run. */
ASYNC_FN(void, yield_path, ((unsigned, n)), unsigned i;)
{
    ASYNC_BEGIN(yield_path);
    for (; self->i < self->n; self->i++)
        YIELD_NOW();
    ASYNC_END;
}

typedef struct court {
    nr_notify ping, pong;
} court;

ASYNC_FN(void, return_balls, ((court *, c), (unsigned, n)), unsigned i;)
{
    ASYNC_BEGIN(return_balls);
    for (; self->i < self->n; self->i++) {
        AWAIT(nr_notify_wait(&self->c->ping));
        nr_notify_one(&self->c->pong);
    }
    ASYNC_END;
}

/* Two tasks wake each other: two wakes, two waits. */
ASYNC_FN(void, wake_path, ((unsigned, n)), unsigned i; court c;
         JOIN_HANDLE(return_balls) other;)
{
    ASYNC_BEGIN(wake_path);
    nr_notify_init(&self->c.ping);
    nr_notify_init(&self->c.pong);
    self->other = SPAWN(return_balls(&self->c, self->n));
    for (; self->i < self->n; self->i++) {
        nr_notify_one(&self->c.ping);
        AWAIT(nr_notify_wait(&self->c.pong));
    }
    AWAIT(JOIN(self->other));
    nr_notify_deinit(&self->c.ping);
    nr_notify_deinit(&self->c.pong);
    ASYNC_END;
}

/* A future whose only poll arms and cancels a timer n times. */
typedef struct timer_path_future {
    nr_future base;
    nr_unit result;
    unsigned n;
} timer_path_future;

static nr_poll timer_path_poll(nr_future *self, nr_context *cx)
{
    for (unsigned i = 0; i < ((timer_path_future *)self)->n; i++) {
        nr_sleep_ms_future *sleep = nr_sleep_ms(HOUR_MS);
        check(sleep && sleep->base.ops->poll(&sleep->base, cx) == NR_PENDING,
              "not armed");
        nr_future_drop(&sleep->base);
    }
    return NR_READY;
}

static timer_path_future *timer_path(unsigned n)
{
    static const nr_future_ops ops =
        NR_FUTURE_OPS(timer_path_future, timer_path_poll, NULL, NULL);
    timer_path_future *f = NR_FUTURE_NEW(timer_path_future, &ops);
    if (f)
        f->n = n;
    return f;
}

ASYNC_FN(void, answer_requests, ((nr_listener *, listener)), nr_stream *peer;
         char buf[REQUEST_SIZE]; ptrdiff_t len; int error;)
{
    ASYNC_BEGIN(answer_requests);
    AWAIT(self->error, nr_listener_accept(self->listener, &self->peer, NULL));
    check(self->error == 0, "not accepted");
    for (;;) {
        AWAIT(self->len, nr_stream_read(self->peer, self->buf, REQUEST_SIZE));
        if (self->len <= 0)
            ASYNC_RETURN();
        AWAIT(self->error,
              nr_stream_write_all(self->peer, self->buf, (size_t)self->len));
    }
    ASYNC_FINALLY;
    nr_stream_close(self->peer);
    ASYNC_END;
}

/* A request of 64 bytes and its echo, the client's part and the server's. */
ASYNC_FN(void, echo_path, ((unsigned, n)), nr_addr addr; nr_listener * listener;
         nr_stream * stream; JOIN_HANDLE(answer_requests) server;
         char buf[REQUEST_SIZE]; unsigned i; int error;)
{
    ASYNC_BEGIN(echo_path);
    nr_addr_parse(&self->addr, "127.0.0.1:0");
    check(nr_tcp_listen(&self->addr, &self->listener) == 0, "no listener");
    nr_listener_addr(self->listener, &self->addr);
    self->server = SPAWN(answer_requests(self->listener));
    AWAIT(self->error, nr_tcp_connect(&self->addr, &self->stream));
    check(self->error == 0, "not connected");
    nr_tcp_set_nodelay(self->stream, true);
    for (; self->i < self->n; self->i++) {
        AWAIT(nr_stream_write_all(self->stream, self->buf, REQUEST_SIZE));
        AWAIT(self->error,
              nr_stream_read_exact(self->stream, self->buf, REQUEST_SIZE));
        check(self->error == 0, "no echo");
    }
    nr_stream_close(self->stream);
    AWAIT(JOIN(self->server));
    nr_listener_close(self->listener);
    ASYNC_END;
}

static bool go(nr_runtime *rt, const char *path, unsigned n)
{
    if (strcmp(path, "await") == 0)
        BLOCK_ON(rt, await_path(n));
    else if (strcmp(path, "spawn_join") == 0)
        BLOCK_ON(rt, spawn_join_path(n));
    else if (strcmp(path, "yield") == 0)
        BLOCK_ON(rt, yield_path(n));
    else if (strcmp(path, "wake") == 0)
        BLOCK_ON(rt, wake_path(n));
    else if (strcmp(path, "timer") == 0)
        BLOCK_ON(rt, timer_path(n));
    else if (strcmp(path, "echo") == 0)
        BLOCK_ON(rt, echo_path(n));
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    nr_runtime_options options = {.workers = 1, .seed = 1};
    nr_runtime *rt = nr_runtime_create(&options);
    check(rt != NULL, "no runtime");
    check(argc == 3 && go(rt, argv[1], (unsigned)strtoul(argv[2], NULL, 10)),
          "usage: paths await|spawn_join|yield|wake|timer|echo N");
    nr_runtime_destroy(rt);
    return EXIT_SUCCESS;
}
