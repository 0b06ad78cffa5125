/* SPDX-License-Identifier: MIT */
/*
 * http_server [address] [directory] [idle-ms]: serves files over HTTP/1.1.
 *
 * Read the three parts in this order: http_connection.c has everything that
 * waits, with one task for each connection; http_request.c parses requests, and
 * http_reply.c makes replies. The latter two need no network. Try it with
 *     http_server 127.0.0.1:8080 . &
 *     curl http://127.0.0.1:8080/
 */
#include <stdio.h>
#include <stdlib.h>

#include "examples/http_connection.h"
#include "examples/http_files.h"
#include "examples/listen.h"
#include "nanorun/async.h"
#include "nanorun/io/tcp.h"

enum { IDLE_MS = 10000 };

ASYNC_FN(int, run_server, ((const char *, address), (const http_site *, site)),
         nr_listener *listener;)
{
    ASYNC_BEGIN(run_server);
    if (listen_at(self->address, &self->listener))
        ASYNC_RETURN(EXIT_FAILURE);
    for (;;) {
        nr_stream *stream;
        AWAIT(stream, accept_next(self->listener));
        if (!stream)
            break;
        DETACH(SPAWN(http_serve(stream, self->site)));
    }
    ASYNC_RETURN(EXIT_FAILURE);
    ASYNC_FINALLY;
    nr_listener_close(self->listener);
    ASYNC_END;
}

int main(int argc, char **argv)
{
    http_site site = {NULL, IDLE_MS};
    if (argc > 2 && !(site.root = http_root_find(argv[2]))) {
        perror(argv[2]);
        return EXIT_FAILURE;
    }
    if (argc > 3)
        site.idle_ms = strtoull(argv[3], NULL, 10);
    int code = RUN(run_server(argc > 1 ? argv[1] : "127.0.0.1:8080", &site));
    free(site.root);
    return code;
}
