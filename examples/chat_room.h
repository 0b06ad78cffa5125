/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_CHAT_ROOM_H
#define NANORUN_EXAMPLES_CHAT_ROOM_H

/*
 * A room is a task that alone knows its members, and a channel of events that
 * anybody may send to: what is owned by one task needs no lock.
 *
 * A member is known by its outbox, a channel of the lines it is to be sent. It
 * joins, says things and leaves by events. Once the room has no use for an
 * outbox any more it closes it, and only then its owner may free it.
 */

#include "nanorun/async.h"
#include "nanorun/rt/chan.h"

enum { CHAT_LINE_MAX = 200, CHAT_MEMBERS_MAX = 64 };

typedef struct chat_line {
    size_t len;
    char bytes[CHAT_LINE_MAX];
} chat_line;
typedef CHAN(chat_line) chat_outbox;

typedef enum { CHAT_JOIN, CHAT_SAY, CHAT_LEAVE } chat_kind;

typedef struct chat_event {
    chat_kind kind;
    chat_outbox *member;
    chat_line line; /* of CHAT_SAY */
} chat_event;
typedef CHAN(chat_event) chat_room;

/* Awaitable void: runs the room until its channel is closed. */
ASYNC_DECLARE(void, chat_run_room, ((chat_room *, room)));

#endif
