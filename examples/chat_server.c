/* SPDX-License-Identifier: MIT */
/*
 * chat_server [address]: chat rooms.
 *
 * One group has all connections, another all rooms, and nothing is shared but
 * channels (chat_room.h). Ctrl-C ends it in order: clients first, then rooms.
 * Try it, in two terminals or more, with
 *     chat_server 127.0.0.1:7000 &
 *     nc 127.0.0.1 7000
 * and type the number of a room, 0 to 3, then lines for the others in that
 * room.
 */
#include <stdio.h>
#include <stdlib.h>

#include "examples/chat_client.h"
#include "examples/chat_room.h"
#include "examples/interrupt.h"
#include "examples/listen.h"
#include "nanorun/async.h"
#include "nanorun/io/tcp.h"
#include "nanorun/rt/sync.h"

enum { ROOM_SIZE = 32 };

typedef struct server {
    nr_group clients, rooms;
    chat_room *room[CHAT_ROOMS];
} server;

/* Ctrl-C comes to a plain thread; it tells the tasks by a notify, which any
 * thread may. */
static nr_notify stop;

static void stop_server(void)
{
    nr_notify_one(&stop);
}

/* The children of one group come and go for as long as the server runs. */
ASYNC_FN(void, accept_all, ((server *, s), (nr_listener *, listener)))
{
    ASYNC_BEGIN(accept_all);
    for (;;) {
        nr_stream *peer;
        AWAIT(peer, accept_next(self->listener));
        if (!peer)
            break;
        GROUP_SPAWN(&self->s->clients, chat_serve(peer, self->s->room));
    }
    ASYNC_END;
}

ASYNC_FN(int, run_server, ((const char *, address)), nr_listener *listener;
         server s; int which;)
{
    ASYNC_BEGIN(run_server);
    nr_group_init(&self->s.clients);
    nr_group_init(&self->s.rooms);
    for (int i = 0; i < CHAT_ROOMS; i++) {
        self->s.room[i] = CHAN_NEW(chat_event, ROOM_SIZE);
        if (!self->s.room[i])
            ASYNC_RETURN(EXIT_FAILURE);
        GROUP_SPAWN(&self->s.rooms, chat_run_room(self->s.room[i]));
    }
    if (listen_at(self->address, &self->listener))
        ASYNC_RETURN(EXIT_FAILURE);
    AWAIT(self->which,
          SELECT(nr_notify_wait(&stop), accept_all(&self->s, self->listener)));
    ASYNC_RETURN(self->which == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    ASYNC_FINALLY;
    nr_listener_close(self->listener);
    nr_group_abort(&self->s.clients);
    AWAIT(nr_group_join(&self->s.clients));
    for (int i = 0; i < CHAT_ROOMS && self->s.room[i]; i++)
        CHAN_CLOSE(self->s.room[i]);
    AWAIT(nr_group_join(&self->s.rooms));
    for (int i = 0; i < CHAT_ROOMS; i++)
        CHAN_FREE(self->s.room[i]);
    nr_group_deinit(&self->s.rooms);
    nr_group_deinit(&self->s.clients);
    puts("everybody has left");
    ASYNC_END;
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        fprintf(stderr, "usage: %s [address]\n", argv[0]);
        return EXIT_FAILURE;
    }
    nr_notify_init(&stop);
    if (on_interrupt(stop_server))
        return EXIT_FAILURE;
    return RUN(run_server(argc > 1 ? argv[1] : "127.0.0.1:7000"));
}
