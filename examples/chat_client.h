/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_EXAMPLES_CHAT_CLIENT_H
#define NANORUN_EXAMPLES_CHAT_CLIENT_H

#include "examples/chat_room.h"
#include "nanorun/io/tcp.h"

enum { CHAT_ROOMS = 4 };

/* Awaitable void: serves one client until its stream ends, and closes the
 * stream. The client's first line is the number of a room; all others go to the
 * members of that room. `rooms` has CHAT_ROOMS rooms. */
ASYNC_DECLARE(void, chat_serve, ((nr_stream *, peer), (chat_room **, rooms)));

#endif
