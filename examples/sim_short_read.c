/* SPDX-License-Identifier: MIT */
/*
 * Finds a rare mistake by simulation: the server reads a length of four bytes
 * by one nr_stream_read, which may give it fewer. Over loopback that hardly
 * ever happens. Here a seed determines what the simulated network does
 * (nanorun/rt/sim.h), and some seed cuts the length in two. The same seed
 * repeats that, as often as needed.
 *
 *     bazel test //examples:sim_short_read --test_output=all
 *
 * names that seed; with NR_SIM_SEED=N in its environment it prints a trace of
 * the run.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "nanorun/async.h"
#include "nanorun/io/addr.h"
#include "nanorun/io/tcp.h"
#include "nanorun/rt/sim.h"

enum { WORD = 4, ANSWER = 1000, FAILED = 1 };

static uint32_t number_of(const unsigned char bytes[WORD])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Reads one number. `careful`: as it should be. */
ASYNC_FN(uint32_t, serve, ((nr_listener *, listener), (const bool *, careful)),
         nr_stream *peer;
         unsigned char bytes[WORD]; ptrdiff_t n; int error;)
{
    ASYNC_BEGIN(serve);
    AWAIT(self->error, nr_listener_accept(self->listener, &self->peer, NULL));
    if (self->error)
        ASYNC_RETURN(0);
    if (*self->careful)
        AWAIT(self->n, nr_stream_read_exact(self->peer, self->bytes, WORD));
    else
        AWAIT(self->n, nr_stream_read(self->peer, self->bytes, WORD));
    ASYNC_RETURN(self->n < 0 ? 0 : number_of(self->bytes));
    ASYNC_FINALLY;
    nr_stream_close(self->peer);
    ASYNC_END;
}

ASYNC_FN(int, send, ((const nr_addr *, to)), nr_stream *stream; int error;
         unsigned char bytes[WORD];)
{
    ASYNC_BEGIN(send);
    self->bytes[2] = ANSWER >> 8;
    self->bytes[3] = ANSWER & 0xff;
    AWAIT(self->error, nr_tcp_connect(self->to, &self->stream));
    if (self->error)
        ASYNC_RETURN(self->error);
    AWAIT(self->error, nr_stream_write_all(self->stream, self->bytes, WORD));
    ASYNC_RETURN(self->error);
    ASYNC_FINALLY;
    nr_stream_close(self->stream);
    ASYNC_END;
}

ASYNC_FN(int, serve_one, ((const bool *, careful)), nr_listener *listener;
         nr_addr at; uint32_t got;)
{
    ASYNC_BEGIN(serve_one);
    if (nr_addr_parse(&self->at, "127.0.0.1:0") ||
        nr_tcp_listen(&self->at, &self->listener))
        ASYNC_RETURN(FAILED);
    nr_listener_addr(self->listener, &self->at);
    AWAIT(ALL(INTO(&self->got, serve(self->listener, self->careful)),
              send(&self->at)));
    ASYNC_RETURN(self->got == ANSWER ? 0 : FAILED);
    ASYNC_FINALLY;
    nr_listener_close(self->listener);
    ASYNC_END;
}

static int run_once(void *careful)
{
    return RUN(serve_one(careful));
}

int main(void)
{
    bool careful = false;
    if (nr_sim_explore(NULL, 10000, run_once, &careful) != FAILED) {
        fprintf(stderr, "no seed shows the mistake\n");
        return EXIT_FAILURE;
    }
    careful = true;
    return nr_sim_explore(NULL, 1000, run_once, &careful);
}
