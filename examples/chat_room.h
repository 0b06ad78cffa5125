/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_CHAT_ROOM_H
#define NANORUN_EXAMPLES_CHAT_ROOM_H

/*
 * A room is a task, which owns the list of members, and a channel of events, to
 * which any task may send. Data that one task owns needs no lock.
 *
 * A member is known by its outbox, a channel of the lines that are for it. It
 * joins, says lines and leaves by events. When the room no longer needs an
 * outbox, it closes it; only then may the owner free it.
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
