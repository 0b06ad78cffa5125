/* SPDX-License-Identifier: MIT */
/*
 * udp_echo [address]: sends every datagram back to where it came from.
 *
 * One task serves all clients, because there are no connections: a datagram
 * says who sent it. Several that are there are received in one call, and sent
 * back in one. Try it with
 *     udp_echo 127.0.0.1:7000 &
 *     socat - UDP:127.0.0.1:7000
 */
#include <stdio.h>
#include <stdlib.h>

#include "nanorun/async.h"
#include "nanorun/io/udp.h"

enum { BATCH = 32, DATAGRAM_MAX = 2048 };

/* Opens the socket and says at which address: port 0 has become a real one. */
static int open_at(const char *text, nr_udp **out)
{
    nr_addr addr;
    char name[NR_ADDR_TEXT_MAX];
    int error = nr_addr_parse(&addr, text);
    if (error == 0)
        error = nr_udp_open(&addr, NULL, out);
    if (error) {
        fprintf(stderr, "cannot open %s: %s\n", text, nr_strerror(error));
        return error;
    }
    nr_udp_addr(*out, &addr);
    nr_addr_format(&addr, name, sizeof name);
    printf("listening on %s\n", name);
    fflush(stdout);
    return 0;
}

/* Sends them back. A call may take fewer than it is given. One that cannot go
 * where it came from, as a network that is gone, is left out. */
ASYNC_FN(void, send_back, ((nr_udp *, socket), (nr_datagram *, v), (int, n)),
         int sent;
         int count;)
{
    ASYNC_BEGIN(send_back);
    while (self->sent < self->n) {
        AWAIT(self->count, nr_udp_send_many(self->socket, self->v + self->sent,
                                            self->n - self->sent));
        self->sent += self->count > 0 ? self->count : 1;
    }
    ASYNC_END;
}

/* The room for the datagrams is part of the task's block. A datagram that is
 * larger than its room is cut off; its `len` says so. */
ASYNC_FN(int, run_server, ((const char *, address)), nr_udp *socket; int count;
         nr_datagram v[BATCH]; char room[BATCH][DATAGRAM_MAX];)
{
    ASYNC_BEGIN(run_server);
    if (open_at(self->address, &self->socket))
        ASYNC_RETURN(EXIT_FAILURE);
    for (int i = 0; i < BATCH; i++) {
        self->v[i].buf = self->room[i];
        self->v[i].size = sizeof self->room[i];
    }
    for (;;) {
        AWAIT(self->count, nr_udp_recv_many(self->socket, self->v, BATCH));
        if (self->count < 0)
            break; /* no memory: no client can end it */
        for (int i = 0; i < self->count; i++) {
            if (self->v[i].len > self->v[i].size)
                self->v[i].len = self->v[i].size;
        }
        AWAIT(send_back(self->socket, self->v, self->count));
    }
    fprintf(stderr, "cannot receive: %s\n", nr_strerror(self->count));
    ASYNC_RETURN(EXIT_FAILURE);
    ASYNC_FINALLY;
    nr_udp_close(self->socket);
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
