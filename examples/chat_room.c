/* SPDX-License-Identifier: MIT */
#include "examples/chat_room.h"

#include <stdio.h>

typedef struct members {
    size_t count;
    chat_outbox *outboxes[CHAT_MEMBERS_MAX];
} members;

/* Adds a member and greets it. If the room is full, closes its outbox, which
 * tells its owner.
 */
static void join(members *m, chat_outbox *outbox)
{
    chat_line greeting;
    if (m->count == CHAT_MEMBERS_MAX) {
        CHAN_CLOSE(outbox);
        return;
    }
    m->outboxes[m->count++] = outbox;
    greeting.len = (size_t)snprintf(greeting.bytes, sizeof greeting.bytes,
                                    "%zu here\n", m->count);
    CHAN_TRY_SEND(outbox, greeting);
}

static void leave(members *m, chat_outbox *outbox)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->outboxes[i] == outbox) {
            m->outboxes[i] = m->outboxes[--m->count];
            CHAN_CLOSE(outbox);
            return;
        }
    }
}

/* Does not wait: a member that reads too slowly misses the line, because a wait
 * for it would hold up all others. */
static void say(const members *m, const chat_event *event)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->outboxes[i] != event->member)
            CHAN_TRY_SEND(m->outboxes[i], event->line);
    }
}

ASYNC_DEFINE(void, chat_run_room, ((chat_room *, room)), members m;
             chat_event event; int error;)
{
    ASYNC_BEGIN(chat_run_room);
    for (;;) {
        AWAIT(self->error, CHAN_RECV(self->room, &self->event));
        if (self->error)
            break; /* closed, and nothing is left in it */
        if (self->event.kind == CHAT_JOIN)
            join(&self->m, self->event.member);
        else if (self->event.kind == CHAT_SAY)
            say(&self->m, &self->event);
        else
            leave(&self->m, self->event.member);
    }
    ASYNC_FINALLY;
    while (self->m.count > 0)
        leave(&self->m, self->m.outboxes[0]);
    ASYNC_END;
}
