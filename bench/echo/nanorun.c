/* SPDX-License-Identifier: MIT */
/*
 * nanorun [--workers=N]: the echo server as a user of nanorun writes it: a
 * task a connection, that reads and writes as if it were alone. Against
 * plain_epoll it shows what tasks cost; against libuv, Go and tokio what the
 * same programming model costs elsewhere. It does nothing for speed that the
 * README's example does not.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nanorun/async.h"
#include "nanorun/io/tcp.h"

ASYNC_FN(void, echo, ((nr_stream *, peer)), ptrdiff_t n; int error;
         char buf[4096];)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(self->n, nr_stream_read(self->peer, self->buf, sizeof self->buf));
        if (self->n <= 0)
            ASYNC_RETURN();
        AWAIT(self->error,
              nr_stream_write_all(self->peer, self->buf, (size_t)self->n));
        if (self->error)
            ASYNC_RETURN();
    }
    ASYNC_FINALLY;
    nr_stream_close(self->peer);
    ASYNC_END;
}

/* Returns the error that ended it. */
ASYNC_FN(int, serve, (), nr_listener *listener; nr_stream * peer; nr_addr addr;
         int error;)
{
    ASYNC_BEGIN(serve);
    nr_addr_parse(&self->addr, "127.0.0.1:0");
    self->error = nr_tcp_listen(&self->addr, &self->listener);
    if (self->error)
        ASYNC_RETURN(self->error);
    nr_listener_addr(self->listener, &self->addr);
    printf("listening on port %u\n", (unsigned)nr_addr_port(&self->addr));
    fflush(stdout);
    for (;;) {
        AWAIT(self->error,
              nr_listener_accept(self->listener, &self->peer, NULL));
        if (self->error)
            ASYNC_RETURN(self->error);
        DETACH(SPAWN(echo(self->peer)));
    }
    ASYNC_FINALLY;
    nr_listener_close(self->listener);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    static const char workers[] = "--workers=";
    nr_runtime_options options = {.workers = 1};
    if (argc > 1 && strncmp(argv[1], workers, strlen(workers)) == 0)
        options.workers =
            (unsigned)strtoul(argv[1] + strlen(workers), NULL, 10);
    nr_runtime *rt = nr_runtime_create(&options);
    if (!rt) {
        perror("nr_runtime_create");
        return EXIT_FAILURE;
    }
    int error = BLOCK_ON(rt, serve());
    fprintf(stderr, "nanorun: %s\n", nr_strerror(error));
    nr_runtime_destroy(rt);
    return EXIT_FAILURE;
}
