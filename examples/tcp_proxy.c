/* SPDX-License-Identifier: MIT */
/*
 * tcp_proxy listen-address target-address: passes every connection on.
 *
 * Bytes go both ways at the same time, so a connection has two tasks: one
 * copies what the client sends, the other what the target answers. So each
 * stream has one reader and one writer at a time, as it may.
 */
#include <stdio.h>
#include <stdlib.h>

#include "examples/listen.h"
#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/tcp.h"

enum { COPY_SIZE = 16384 };

/* One direction. The end of `from` is passed on as the end of what `to` gets
 * and nothing else: the other direction goes on until it ends too. After an
 * error both streams are shut down, which ends the other direction. */
ASYNC_FN(void, copy, ((nr_tcp_stream *, from), (nr_tcp_stream *, to)),
         ptrdiff_t count;
         int error; char buf[COPY_SIZE];)
{
    ASYNC_BEGIN(copy);
    do {
        AWAIT(self->count, nr_tcp_read(self->from, self->buf, COPY_SIZE));
        if (self->count > 0)
            AWAIT(self->error,
                  nr_tcp_write_all(self->to, self->buf, (size_t)self->count));
    } while (self->count > 0 && self->error == 0);

    if (self->count == 0) {
        nr_tcp_shutdown(self->to, NR_SHUT_WR);
    } else {
        nr_tcp_shutdown(self->to, NR_SHUT_RDWR);
        nr_tcp_shutdown(self->from, NR_SHUT_RDWR);
    }
    ASYNC_END;
}

/* One connection. The streams may be closed only when neither direction uses
 * them any more, so the cleanup waits for the task it started; a FINALLY may
 * AWAIT. Cancelled, this task must not wait for what a client does next, and
 * passes the cancellation on. */
ASYNC_FN(void, relay, ((nr_tcp_stream *, client), (const nr_addr *, to)),
         nr_tcp_stream *target;
         int error; bool answered; JOIN_HANDLE(copy) requests;)
{
    ASYNC_BEGIN(relay);
    AWAIT(self->error, nr_tcp_connect(self->to, &self->target));
    if (self->error) {
        fprintf(stderr, "cannot connect: %s\n", nr_strerror(self->error));
        ASYNC_RETURN();
    }
    self->requests = SPAWN(copy(self->client, self->target));
    AWAIT(copy(self->target, self->client));
    self->answered = true;
    ASYNC_FINALLY;
    if (self->requests) {
        if (!self->answered)
            ABORT(self->requests);
        AWAIT(JOIN_STATUS(self->requests));
    }
    nr_tcp_close(self->target);
    nr_tcp_close(self->client);
    ASYNC_END;
}

ASYNC_FN(int, run_proxy, ((const char *, address), (const nr_addr *, to)),
         nr_tcp_listener *listener;)
{
    ASYNC_BEGIN(run_proxy);
    if (listen_at(self->address, &self->listener))
        ASYNC_RETURN(EXIT_FAILURE);
    for (;;) {
        nr_tcp_stream *client;
        AWAIT(client, accept_next(self->listener));
        if (!client)
            break;
        DETACH(SPAWN(relay(client, self->to)));
    }
    ASYNC_RETURN(EXIT_FAILURE);
    ASYNC_FINALLY;
    nr_tcp_listener_close(self->listener);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    nr_addr to;
    if (argc != 3 || nr_addr_parse(&to, argv[2])) {
        fprintf(stderr, "usage: %s listen-address target-address\n", argv[0]);
        return EXIT_FAILURE;
    }
    return RUN(run_proxy(argv[1], &to));
}
