/* SPDX-License-Identifier: MIT */
#include "examples/http_connection.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "examples/http_reply.h"
#include "examples/http_request.h"

enum { CHUNK_SIZE = 16384 };

typedef struct connection {
    nr_stream *stream;
    const http_site *site;
    http_request request;
    http_reply reply;
    size_t size; /* bytes in buf: this request, maybe the beginning of others */
    char buf[HTTP_HEAD_MAX];
} connection;

/* Requests come in pieces, or several at once: what is there may do. */
ASYNC_FN(http_verdict, read_request, ((connection *, c)), ptrdiff_t count;
         http_verdict verdict;)
{
    ASYNC_BEGIN(read_request);
    for (;;) {
        self->verdict =
            http_request_parse(self->c->buf, self->c->size, &self->c->request);
        if (self->verdict != HTTP_NEED_MORE)
            ASYNC_RETURN(self->verdict);
        AWAIT(self->count,
              nr_stream_read(self->c->stream, self->c->buf + self->c->size,
                             HTTP_HEAD_MAX - self->c->size));
        if (self->count <= 0)
            ASYNC_RETURN(HTTP_NEED_MORE);
        self->c->size += (size_t)self->count;
    }
    ASYNC_END;
}

/* The head and the first bytes of the content leave together. Returns 0, or a
 * negative errno: then the client cannot know where the next reply begins. */
ASYNC_FN(int, send_reply, ((connection *, c)), size_t size; int error, sent;
         char buf[CHUNK_SIZE];)
{
    ASYNC_BEGIN(send_reply);
    self->size = http_reply_head(&self->c->reply, self->buf, CHUNK_SIZE);
    if (self->c->request.is_head)
        self->c->reply.left = 0;
    for (;;) {
        self->size += http_reply_read(&self->c->reply, self->buf + self->size,
                                      CHUNK_SIZE - self->size);
        if (self->size == 0)
            break;
        AWAIT(self->error,
              TIMEOUT_MS(
                  self->c->site->idle_ms,
                  nr_stream_write_all(self->c->stream, self->buf, self->size),
                  &self->sent));
        if (self->error || self->sent)
            ASYNC_RETURN(self->error ? self->error : self->sent);
        self->size = 0;
    }
    ASYNC_RETURN(self->c->reply.left > 0 ? -EIO : 0);
    ASYNC_END;
}

/* Sets the reply to what read_request ended with; false: nobody is there. */
static bool find_reply(connection *c, int error, http_verdict verdict)
{
    bool is_late = error == -ETIMEDOUT && c->size > 0;
    if (!is_late && (error || verdict == HTTP_NEED_MORE))
        return false;
    if (is_late || verdict == HTTP_BAD) {
        c->reply = http_reply_error(is_late ? 408 : c->request.status);
        c->request.is_head = false;
    } else {
        c->reply = http_reply_find(c->site->root, &c->request);
        c->size -= c->request.size;
        memmove(c->buf, c->buf + c->request.size, c->size);
    }
    return true;
}

ASYNC_DEFINE(void, http_serve,
             ((nr_stream *, stream), (const http_site *, site)), connection c;
             http_verdict verdict; int error;)
{
    ASYNC_BEGIN(http_serve);
    self->c.stream = self->stream;
    self->c.site = self->site;
    nr_tcp_set_nodelay(self->stream, true);
    do {
        AWAIT(self->error, TIMEOUT_MS(self->site->idle_ms,
                                      read_request(&self->c), &self->verdict));
        if (!find_reply(&self->c, self->error, self->verdict))
            break;
        AWAIT(self->error, send_reply(&self->c));
        http_reply_close(&self->c.reply);
    } while (self->error == 0 && self->c.reply.keep_alive);
    /* Not closed at once: what the client still sends would make that a reset,
     * and it might lose the reply. */
    AWAIT(nr_stream_finish(self->stream, self->site->idle_ms));
    ASYNC_FINALLY;
    http_reply_close(&self->c.reply);
    nr_stream_close(self->stream);
    ASYNC_END;
}
