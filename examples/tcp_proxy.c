/* SPDX-License-Identifier: MIT */
/*
 * tcp_proxy listen-address target-address: passes every connection on, both
 * ways, until both peers have ended.
 */
#include <stdio.h>
#include <stdlib.h>

#include "examples/listen.h"
#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/tcp.h"

ASYNC_FN(void, relay, ((nr_stream *, client), (const nr_addr *, to)),
         nr_stream *target;
         int error;)
{
    ASYNC_BEGIN(relay);
    AWAIT(self->error, nr_tcp_connect(self->to, &self->target));
    if (self->error) {
        fprintf(stderr, "cannot connect: %s\n", nr_strerror(self->error));
        ASYNC_RETURN();
    }
    AWAIT(nr_copy_both(self->client, self->target, NULL));
    ASYNC_FINALLY;
    nr_stream_close(self->target);
    nr_stream_close(self->client);
    ASYNC_END;
}

ASYNC_FN(int, run_proxy, ((const char *, address), (const nr_addr *, to)),
         nr_listener *listener;)
{
    ASYNC_BEGIN(run_proxy);
    if (listen_at(self->address, &self->listener))
        ASYNC_RETURN(EXIT_FAILURE);
    for (;;) {
        nr_stream *client;
        AWAIT(client, accept_next(self->listener));
        if (!client)
            break;
        DETACH(SPAWN(relay(client, self->to)));
    }
    ASYNC_RETURN(EXIT_FAILURE);
    ASYNC_FINALLY;
    nr_listener_close(self->listener);
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
