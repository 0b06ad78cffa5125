/* SPDX-License-Identifier: MIT */

/* A user's program in C: tasks, time and one connection to itself. */

#include <stdio.h>
#include <string.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/tcp.h"

ASYNC_FN(unsigned, fib, ((unsigned, n)), unsigned a; unsigned b;)
{
    ASYNC_BEGIN(fib);
    if (self->n < 2)
        ASYNC_RETURN(self->n);
    AWAIT(self->a, fib(self->n - 1));
    AWAIT(self->b, fib(self->n - 2));
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

ASYNC_FN(int, greet, ((nr_listener *, listener)), nr_stream *peer; int error;)
{
    ASYNC_BEGIN(greet);
    AWAIT(self->error, nr_listener_accept(self->listener, &self->peer, NULL));
    if (self->error == 0)
        AWAIT(self->error, nr_stream_write_all(self->peer, "hello", 5));
    ASYNC_RETURN(self->error);
    ASYNC_FINALLY;
    nr_stream_close(self->peer);
    ASYNC_END;
}

ASYNC_FN(int, talk, (), nr_addr addr; nr_listener * listener;
         nr_stream * stream; JOIN_HANDLE(greet) greeter; char text[5];
         int error; int greeted; int joined;)
{
    ASYNC_BEGIN(talk);
    self->error = nr_addr_parse(&self->addr, "127.0.0.1:0");
    if (self->error == 0)
        self->error = nr_tcp_listen(&self->addr, &self->listener);
    if (self->error == 0)
        self->error = nr_listener_addr(self->listener, &self->addr);
    if (self->error != 0)
        ASYNC_RETURN(self->error);
    self->greeter = SPAWN(greet(self->listener));
    AWAIT(self->error, nr_tcp_connect(&self->addr, &self->stream));
    if (self->error == 0)
        AWAIT(self->error, nr_stream_read_exact(self->stream, self->text, 5));
    if (self->error != 0)
        ABORT(self->greeter);
    AWAIT(self->joined, JOIN_STATUS(self->greeter, &self->greeted));
    if (self->error == 0)
        self->error = memcmp(self->text, "hello", 5);
    ASYNC_RETURN(self->error);
    ASYNC_FINALLY;
    nr_stream_close(self->stream);
    nr_listener_close(self->listener);
    ASYNC_END;
}

ASYNC_FN(int, async_main, (), unsigned number; int error;)
{
    ASYNC_BEGIN(async_main);
    AWAIT(nr_sleep_ms(1));
    AWAIT(self->number, fib(10));
    AWAIT(self->error, talk());
    printf("fib(10) is %u, the talk ended with %d\n", self->number,
           self->error);
    ASYNC_RETURN(self->number == 55 && self->error == 0 ? 0 : 1);
    ASYNC_END;
}

int main(void)
{
    return RUN(async_main());
}
