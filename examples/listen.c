/* SPDX-License-Identifier: MIT */
#include "examples/listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nanorun/io/tcp.h"
#include "nanorun/io/unix.h"

enum { ACCEPT_PAUSE_MS = 20, NAME_SIZE = 256 };

/* Listens on TCP. Port 0 becomes a real one, so `name` is what the address is
 * then. */
static int listen_on_tcp(const char *text, nr_listener **out, char *name)
{
    nr_addr addr;
    int error = nr_addr_parse(&addr, text);
    if (error == 0)
        error = nr_tcp_listen(&addr, out);
    if (error)
        return error;
    nr_listener_addr(*out, &addr);
    return nr_addr_format(&addr, name, NAME_SIZE) < 0 ? -EINVAL : 0;
}

/* These programs end by Ctrl-C, which leaves the file of the socket behind. The
 * next one replaces it. */
static int listen_on_unix(const char *path, nr_listener **out, char *name)
{
    nr_unix_options options = {.replace_stale = true};
    snprintf(name, NAME_SIZE, "%s", path);
    return nr_unix_listen(path, &options, out);
}

int listen_at(const char *text, nr_listener **out)
{
    nr_listener *listener = NULL;
    char name[NAME_SIZE];
    bool is_unix = text[0] == '/' || text[0] == '@';
    int error = is_unix ? listen_on_unix(text, &listener, name)
                        : listen_on_tcp(text, &listener, name);
    if (error) {
        fprintf(stderr, "cannot listen on %s: %s\n", text, nr_strerror(error));
        return error;
    }

    /* Whoever started us may read this line through a pipe: do not let it
     * wait. */
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
