/* SPDX-License-Identifier: MIT */
/*
 * A tour of nanorun: calls, tasks, time, sockets, cancellation. Prints what it
 * does, and exits with 0 if every result is as printed. nanorun/async.h
 * explains the macros.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nanorun/async.h"
#include "nanorun/io/tcp.h"

/* Prints one line of the tour. Returns 1 if it is not true, else 0. */
static int say(bool is_true, const char *text)
{
    printf("%-6s %s\n", is_true ? "ok" : "FAILED", text);
    return is_true ? 0 : 1;
}

/* An async function: its result, its name, its parameters, and the locals
 * that live across an AWAIT. Calling it runs nothing yet; AWAIT does. */
ASYNC_FN(unsigned, fib, ((unsigned, n)), unsigned a, b;)
{
    ASYNC_BEGIN(fib);
    if (self->n < 2)
        ASYNC_RETURN(self->n);
    AWAIT(self->a, fib(self->n - 1));
    AWAIT(self->b, fib(self->n - 2));
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

/* Would take an hour. What follows ASYNC_FINALLY runs exactly once, however
 * the call ends; here that will be by cancellation. */
ASYNC_FN(void, dawdle, ((int *, cleanups)))
{
    ASYNC_BEGIN(dawdle);
    AWAIT(nr_sleep_ms(3600 * 1000));
    ASYNC_FINALLY;
    ++*self->cleanups;
    ASYNC_END;
}

/* SPAWN makes a task that runs beside this one; JOIN waits for its result and
 * consumes the handle. TIMEOUT_MS cancels a call that takes too long. */
ASYNC_FN(int, visit_tasks, (), unsigned a, b; int error, cleanups, failed;
         JOIN_HANDLE(fib) left, right;)
{
    ASYNC_BEGIN(visit_tasks);
    self->left = SPAWN(fib(15));
    self->right = SPAWN(fib(16));
    AWAIT(self->a, JOIN(self->left));
    AWAIT(self->b, JOIN(self->right));
    self->failed += say(self->a + self->b == 1597, "two tasks were joined");
    AWAIT(self->error, TIMEOUT_MS(20, dawdle(&self->cleanups)));
    self->failed += say(self->error == -ETIMEDOUT && self->cleanups == 1,
                        "a call was timed out and cleaned up once");
    ASYNC_RETURN(self->failed);
    ASYNC_END;
}

/* Sends one client back what it sends, until either side has had enough. */
ASYNC_FN(void, echo, ((nr_listener *, listener)), nr_stream *peer;
         ptrdiff_t count; char buf[64];)
{
    ASYNC_BEGIN(echo);
    AWAIT(self->count, nr_listener_accept(self->listener, &self->peer, NULL));
    while (self->count >= 0) {
        AWAIT(self->count, nr_stream_read(self->peer, self->buf, 64));
        if (self->count <= 0)
            break;
        AWAIT(nr_stream_write_all(self->peer, self->buf, (size_t)self->count));
    }
    ASYNC_FINALLY;
    nr_stream_close(self->peer);
    nr_listener_close(self->listener);
    ASYNC_END;
}

/* The client. `listener` may be a plain variable: no AWAIT between its uses. */
ASYNC_FN(int, visit_sockets, (), nr_stream *stream; nr_addr addr; int error;
         char buf[5]; ptrdiff_t count; JOIN_HANDLE(echo) server;)
{
    ASYNC_BEGIN(visit_sockets);
    nr_listener *listener;
    nr_addr_parse(&self->addr, "127.0.0.1:0");
    if (nr_tcp_listen(&self->addr, &listener))
        ASYNC_RETURN(say(false, "a listener was opened"));
    nr_listener_addr(listener, &self->addr);
    self->server = SPAWN(echo(listener));
    AWAIT(self->error, nr_tcp_connect(&self->addr, &self->stream));
    if (say(self->error == 0, "a client was connected"))
        ASYNC_RETURN(1);
    AWAIT(nr_stream_write_all(self->stream, "hello", 5));
    AWAIT(self->error, nr_stream_read_exact(self->stream, self->buf, 5));
    if (say(self->error == 0 && memcmp(self->buf, "hello", 5) == 0,
            "bytes went there and back"))
        ASYNC_RETURN(1);
    ABORT(self->server);
    AWAIT(self->error, JOIN_STATUS(self->server));
    AWAIT(self->count, nr_stream_read(self->stream, self->buf, 5));
    ASYNC_RETURN(say(self->error == -ECANCELED && self->count == 0,
                     "the server was aborted and closed its stream"));
    ASYNC_FINALLY;
    nr_stream_close(self->stream);
    ASYNC_END;
}

int main(void)
{
    nr_runtime *rt = nr_runtime_create(NULL);
    if (!rt)
        return 1;
    int failed = say(BLOCK_ON(rt, fib(20)) == 6765, "a call was waited for");
    failed += BLOCK_ON(rt, visit_tasks());
    failed += BLOCK_ON(rt, visit_sockets());
    nr_runtime_destroy(rt);
    return failed != 0;
}
