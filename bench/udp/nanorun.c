/* SPDX-License-Identifier: MIT */
/*
 * nanorun: the datagram server as a user of nanorun writes it: a
 * task that receives the datagrams that are there, and sends them back.
 */

#include <stdio.h>
#include <stdlib.h>

#include "nanorun/async.h"
#include "nanorun/io/udp.h"

enum { BATCH = 64, ROOM = 2048 };

/* Returns the error that ended it. */
ASYNC_FN(int, serve, (), nr_udp *udp; nr_addr addr; int error, count, sent, n;
         nr_datagram batch[BATCH]; char data[BATCH][ROOM];)
{
    ASYNC_BEGIN(serve);
    nr_addr_parse(&self->addr, "127.0.0.1:0");
    self->error = nr_udp_open(&self->addr, NULL, &self->udp);
    if (self->error)
        ASYNC_RETURN(self->error);
    nr_udp_addr(self->udp, &self->addr);
    printf("listening on port %u\n", (unsigned)nr_addr_port(&self->addr));
    fflush(stdout);
    for (int i = 0; i < BATCH; i++) {
        self->batch[i].buf = self->data[i];
        self->batch[i].size = ROOM;
    }
    for (;;) {
        AWAIT(self->count, nr_udp_recv_many(self->udp, self->batch, BATCH));
        if (self->count < 0)
            ASYNC_RETURN(self->count);
        for (self->sent = 0; self->sent < self->count; self->sent += self->n) {
            AWAIT(self->n, nr_udp_send_many(self->udp, self->batch + self->sent,
                                            self->count - self->sent));
            if (self->n < 0)
                ASYNC_RETURN(self->n);
        }
    }
    ASYNC_FINALLY;
    nr_udp_close(self->udp);
    ASYNC_END;
}

int main(void)
{
    fprintf(stderr, "nanorun: %s\n", nr_strerror(RUN(serve())));
    return EXIT_FAILURE;
}
