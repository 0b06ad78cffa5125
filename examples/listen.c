/* SPDX-License-Identifier: MIT */
#include "examples/listen.h"

#include <errno.h>
#include <stdio.h>

enum { ACCEPT_PAUSE_MS = 20 };

int listen_at(const char *text, nr_listener **out)
{
    nr_addr addr;
    nr_listener *listener = NULL;
    int error = nr_addr_parse(&addr, text);
    if (error == 0)
        error = nr_tcp_listen(&addr, &listener);
    if (error) {
        fprintf(stderr, "cannot listen on %s: %s\n", text, nr_strerror(error));
        return error;
    }

    /* Port 0 has become a real one, so ask what the address is now. Whoever
     * started us may read this line through a pipe: do not let it wait. */
    char name[NR_ADDR_TEXT_MAX];
    nr_listener_addr(listener, &addr);
    nr_addr_format(&addr, name, sizeof name);
    printf("listening on %s\n", name);
    fflush(stdout);
    *out = listener;
    return 0;
}

ASYNC_DEFINE(nr_stream *, accept_next, ((nr_listener *, listener)),
             nr_stream *stream;
             int error;)
{
    ASYNC_BEGIN(accept_next);
    for (;;) {
        AWAIT(self->error,
              nr_listener_accept(self->listener, &self->stream, NULL));
        if (self->error != -EMFILE && self->error != -ENFILE &&
            self->error != -ENOMEM)
            ASYNC_RETURN(self->error ? NULL : self->stream);
        /* The client stays in the system's queue meanwhile. Trying again at
         * once would only keep a processor busy until a connection closes. */
        AWAIT(nr_sleep_ms(ACCEPT_PAUSE_MS));
    }
    ASYNC_END;
}
