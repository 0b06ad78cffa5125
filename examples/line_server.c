/* SPDX-License-Identifier: MIT */
/*
 * line_server [address]: a protocol of lines. "add 7" adds to the client's sum,
 * "sum" asks for it, "quit" ends.
 *
 * An nr_reader finds the lines, however the network cuts them, in a buffer that
 * is part of the task. A read through it that is cancelled loses nothing, so a
 * silent client can be asked whether it is there, and then be read on. Try it
 * with
 *     line_server 127.0.0.1:7000 &
 *     nc 127.0.0.1 7000
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "examples/listen.h"
#include "nanorun/async.h"
#include "nanorun/io/reader.h"

enum { LINE_MAX_SIZE = 256, REPLY_SIZE = 64, SILENCE_MS = 30000 };

typedef struct client {
    nr_stream *stream;
    nr_reader reader;
    int64_t sum;
    char buf[LINE_MAX_SIZE];
    char reply[REPLY_SIZE];
} client;

/* Copies a line without its end, "\n" or "\r\n", to a string. */
static void take_line(char *out, const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    memcpy(out, line, len);
    out[len] = '\0';
}

/* The number that all of `text` is; false: it is none, or too large. */
static bool to_number(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0;
}

/* Writes the reply to a line of at most LINE_MAX_SIZE bytes. Returns whether
 * the client goes on. */
static bool answer(client *c, const char *line, size_t len)
{
    char text[LINE_MAX_SIZE + 1];
    int64_t n;
    take_line(text, line, len);
    if (strncmp(text, "add ", 4) == 0 && to_number(text + 4, &n)) {
        c->sum = (int64_t)((uint64_t)c->sum + (uint64_t)n);
        snprintf(c->reply, REPLY_SIZE, "ok\n");
    } else if (strcmp(text, "sum") == 0) {
        snprintf(c->reply, REPLY_SIZE, "%" PRId64 "\n", c->sum);
    } else if (strcmp(text, "quit") == 0) {
        snprintf(c->reply, REPLY_SIZE, "bye\n");
        return false;
    } else {
        snprintf(c->reply, REPLY_SIZE, "add N, sum or quit\n");
    }
    return true;
}

/* Returns 0 or the error of the stream. */
static nr_stream_write_all_future *send_reply(client *c)
{
    return nr_stream_write_all(c->stream, c->reply, strlen(c->reply));
}

/* The next line, and its length; 0 at the end of the stream. */
ASYNC_FN(ptrdiff_t, read_line, ((client *, c), (char **, line)), ptrdiff_t len;
         int late, error;)
{
    ASYNC_BEGIN(read_line);
    for (;;) {
        AWAIT(self->late,
              TIMEOUT_MS(SILENCE_MS,
                         nr_reader_until(&self->c->reader, '\n', self->line),
                         &self->len));
        if (!self->late)
            ASYNC_RETURN(self->len);
        snprintf(self->c->reply, REPLY_SIZE, "are you there?\n");
        AWAIT(self->error, send_reply(self->c));
        if (self->error)
            ASYNC_RETURN(self->error);
    }
    ASYNC_END;
}

ASYNC_FN(void, serve, ((nr_stream *, stream)), client c; char *line;
         ptrdiff_t len; int error; bool goes_on;)
{
    ASYNC_BEGIN(serve);
    self->c.stream = self->stream;
    nr_reader_init(&self->c.reader, self->stream, self->c.buf, LINE_MAX_SIZE);
    do {
        AWAIT(self->len, read_line(&self->c, &self->line));
        if (self->len == 0 || (self->len < 0 && self->len != -ENOBUFS))
            ASYNC_RETURN();
        if (self->len == -ENOBUFS) {
            self->goes_on = false;
            snprintf(self->c.reply, REPLY_SIZE, "the line is too long\n");
        } else {
            self->goes_on = answer(&self->c, self->line, (size_t)self->len);
        }
        AWAIT(self->error, send_reply(&self->c));
    } while (self->goes_on && !self->error);
    AWAIT(nr_stream_finish(self->stream, SILENCE_MS));
    ASYNC_FINALLY;
    nr_stream_close(self->stream);
    ASYNC_END;
}

ASYNC_FN(int, run_server, ((const char *, address)), nr_listener *listener;)
{
    ASYNC_BEGIN(run_server);
    if (listen_at(self->address, &self->listener))
        ASYNC_RETURN(EXIT_FAILURE);
    for (;;) {
        nr_stream *stream;
        AWAIT(stream, accept_next(self->listener));
        if (!stream)
            ASYNC_RETURN(EXIT_FAILURE);
        DETACH(SPAWN(serve(stream)));
    }
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
