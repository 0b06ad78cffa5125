/* SPDX-License-Identifier: MIT */
/*
 * echo_server [address]: sends every client back what it sends.
 *
 * Each connection is a task, whose code is as simple as that of a thread, at
 * the cost of one heap block. Try it with
 *     echo_server 127.0.0.1:7000 &
 *     nc 127.0.0.1 7000
 * or, by a Unix socket instead of TCP, with
 *     echo_server /tmp/echo &
 *     nc -U /tmp/echo
 */
#include <stdio.h>
#include <stdlib.h>

#include "examples/listen.h"
#include "nanorun/async.h"
#include "nanorun/io/stream.h"

/* Serves one client until the end of its stream. The buffer is a local that
 * lives across AWAITs, so it is part of the task's block. */
ASYNC_FN(void, serve, ((nr_stream *, peer)), ptrdiff_t count; int error;
         char buf[4096];)
{
    ASYNC_BEGIN(serve);
    for (;;) {
        AWAIT(self->count,
              nr_stream_read(self->peer, self->buf, sizeof self->buf));
        if (self->count <= 0)
            break; /* the end of the stream, or an error: both end it here */
        AWAIT(self->error,
              nr_stream_write_all(self->peer, self->buf, (size_t)self->count));
        if (self->error)
            break;
    }
    ASYNC_FINALLY;
    nr_stream_close(self->peer);
    ASYNC_END;
}

/* Accepts connections until that fails. No task joins the tasks that it spawns,
 * so it detaches them. `peer` may be a plain variable, because no AWAIT comes
 * between its assignment and its use. */
ASYNC_FN(int, run_server, ((const char *, address)), nr_listener *listener;)
{
    ASYNC_BEGIN(run_server);
    if (listen_at(self->address, &self->listener))
        ASYNC_RETURN(EXIT_FAILURE);
    for (;;) {
        nr_stream *peer;
        AWAIT(peer, accept_next(self->listener));
        if (!peer)
            break;
        DETACH(SPAWN(serve(peer)));
    }
    ASYNC_RETURN(EXIT_FAILURE);
    ASYNC_FINALLY;
    nr_listener_close(self->listener);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        fprintf(stderr, "usage: %s [address]\n", argv[0]);
        return EXIT_FAILURE;
    }
    return RUN(run_server(argc > 1 ? argv[1] : "127.0.0.1:7000"));
}
