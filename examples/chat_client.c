/* SPDX-License-Identifier: MIT */
#include "examples/chat_client.h"

#include <string.h>

#include "nanorun/rt/group.h"

enum { OUTBOX_SIZE = 16 };

/* Sends what comes into the outbox, until the room closes it. */
ASYNC_FN(void, send_lines, ((nr_stream *, peer), (chat_outbox *, outbox)),
         chat_line line;
         int error;)
{
    ASYNC_BEGIN(send_lines);
    for (;;) {
        AWAIT(self->error, CHAN_RECV(self->outbox, &self->line));
        if (self->error)
            break;
        AWAIT(self->error, nr_stream_write_all(self->peer, self->line.bytes,
                                               self->line.len));
        if (self->error)
            break;
    }
    AWAIT(nr_stream_shutdown(self->peer,
                             NR_SHUT_RDWR)); /* ends the reading, too */
    ASYNC_END;
}

/* Moves the first line of `buf`, or all of it where it is full, to `line`. */
static bool cut_line(chat_line *buf, chat_line *line)
{
    char *end = memchr(buf->bytes, '\n', buf->len);
    if (!end && buf->len < sizeof buf->bytes)
        return false;
    size_t len = end ? (size_t)(end - buf->bytes) + 1 : buf->len;
    memcpy(line->bytes, buf->bytes, len);
    line->len = len;
    buf->len -= len;
    memmove(buf->bytes, buf->bytes + len, buf->len);
    return true;
}

static chat_room *find_room(chat_room **rooms, const chat_line *line)
{
    int number = line->bytes[0] - '0';
    return number >= 0 && number < CHAT_ROOMS ? rooms[number] : NULL;
}

/* Awaitable void: passes the client's lines on, until it ends or names a room
 * that there is not. The room it is in is left in *in. */
ASYNC_FN(void, read_lines,
         ((nr_stream *, peer), (chat_room **, rooms), (chat_outbox *, outbox),
          (chat_room **, in)),
         chat_line buf;
         chat_event event; ptrdiff_t n; int error;)
{
    ASYNC_BEGIN(read_lines);
    self->event.member = self->outbox;
    for (;;) {
        AWAIT(self->n,
              nr_stream_read(self->peer, self->buf.bytes + self->buf.len,
                             CHAT_LINE_MAX - self->buf.len));
        if (self->n <= 0)
            ASYNC_RETURN();
        self->buf.len += (size_t)self->n;
        while (cut_line(&self->buf, &self->event.line)) {
            self->event.kind = *self->in ? CHAT_SAY : CHAT_JOIN;
            if (!*self->in)
                *self->in = find_room(self->rooms, &self->event.line);
            if (!*self->in)
                ASYNC_RETURN();
            AWAIT(self->error, CHAN_SEND(*self->in, self->event));
        }
    }
    ASYNC_END;
}

/* The child borrows the stream and the outbox from this frame, so it is joined
 * before they go. A FINALLY may await all that takes: it is not cancelled. */
ASYNC_DEFINE(void, chat_serve, ((nr_stream *, peer), (chat_room **, rooms)),
             chat_outbox *outbox;
             chat_room * room; nr_group g; int error;)
{
    ASYNC_BEGIN(chat_serve);
    nr_group_init(&self->g);
    self->outbox = CHAN_NEW(chat_line, OUTBOX_SIZE);
    if (!self->outbox)
        ASYNC_RETURN();
    GROUP_SPAWN(&self->g, send_lines(self->peer, self->outbox));
    AWAIT(read_lines(self->peer, self->rooms, self->outbox, &self->room));
    ASYNC_FINALLY;
    nr_group_abort(&self->g);
    AWAIT(nr_group_join(&self->g));
    if (self->room)
        AWAIT(CHAN_SEND(self->room, (chat_event){.kind = CHAT_LEAVE,
                                                 .member = self->outbox}));
    while (self->room && self->error == 0) /* until the room has let go */
        AWAIT(self->error, CHAN_RECV(self->outbox, NULL));
    CHAN_FREE(self->outbox);
    nr_group_deinit(&self->g);
    nr_stream_close(self->peer);
    ASYNC_END;
}
