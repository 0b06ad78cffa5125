/* SPDX-License-Identifier: MIT */
/* Channels and a mutex, with and without somebody who waits. */
#include <stdlib.h>

#include "bench/nanorun/workloads.h"
#include "nanorun/rt/sync.h"

enum { PAIRS = 1000, ROOM = 16 };

typedef CHAN(uint64_t) number_chan;

/* Numbers go there and come back by one. */
typedef struct pair {
    number_chan *there, *back;
} pair;

ASYNC_FN(uint64_t, serve, ((pair, p), (uint64_t, turns)), uint64_t done, ball;
         int error;)
{
    ASYNC_BEGIN(serve);
    for (; self->done < self->turns; self->done++) {
        AWAIT(self->error, CHAN_SEND(self->p.there, self->ball));
        AWAIT(self->error, CHAN_RECV(self->p.back, &self->ball));
    }
    ASYNC_RETURN(self->ball);
    ASYNC_END;
}

ASYNC_FN(void, answer, ((pair, p), (uint64_t, turns)), uint64_t done, ball;
         int error;)
{
    ASYNC_BEGIN(answer);
    for (; self->done < self->turns; self->done++) {
        AWAIT(self->error, CHAN_RECV(self->p.there, &self->ball));
        AWAIT(self->error, CHAN_SEND(self->p.back, self->ball + 1));
    }
    ASYNC_END;
}

ASYNC_FN(void, play, ((bench *, b), (pair *, pairs), (uint64_t, count)),
         JOIN_HANDLE(serve) first[PAIRS];
         JOIN_HANDLE(answer) second[PAIRS]; uint64_t i, one, sum;)
{
    ASYNC_BEGIN(play);
    uint64_t turns = self->b->n < self->count ? 1 : self->b->n / self->count;
    bench_start(self->b);
    for (uint64_t i = 0; i < self->count; i++) {
        self->first[i] = SPAWN(serve(self->pairs[i], turns));
        self->second[i] = SPAWN(answer(self->pairs[i], turns));
    }
    for (; self->i < self->count; self->i++) {
        AWAIT(self->one, JOIN(self->first[self->i]));
        AWAIT(JOIN(self->second[self->i]));
        self->sum += self->one;
    }
    bench_stop(self->b, self->sum);
    turns = self->b->n < self->count ? 1 : self->b->n / self->count;
    bench_check(self->sum == self->count * turns, "the round trips");
    ASYNC_END;
}

static number_chan *make_chan(size_t room)
{
    number_chan *c = CHAN_NEW(uint64_t, room);
    bench_check(c != NULL, "no channel");
    return c;
}

static void run_pairs(nr_runtime *rt, bench *b, uint64_t count)
{
    pair *pairs = bench_alloc(count, sizeof *pairs);
    for (uint64_t i = 0; i < count; i++)
        pairs[i] = (pair){make_chan(1), make_chan(1)};
    BLOCK_ON(rt, play(b, pairs, count));
    for (uint64_t i = 0; i < count; i++) {
        CHAN_FREE(pairs[i].there);
        CHAN_FREE(pairs[i].back);
    }
    free(pairs);
}

void run_ping_pong_chan(nr_runtime *rt, bench *b)
{
    run_pairs(rt, b, PAIRS);
}

void run_chan_ping_pong(nr_runtime *rt, bench *b)
{
    run_pairs(rt, b, 1);
}

ASYNC_FN(void, lock_unlock, ((bench *, b)), nr_mutex lock; uint64_t i, guarded;)
{
    ASYNC_BEGIN(lock_unlock);
    nr_mutex_init(&self->lock);
    bench_start(self->b);
    for (; self->i < self->b->n; self->i++) {
        AWAIT(nr_mutex_lock(&self->lock));
        self->guarded++;
        nr_mutex_unlock(&self->lock);
    }
    bench_stop(self->b, self->guarded);
    bench_check(self->guarded == self->b->n, "the locks");
    nr_mutex_deinit(&self->lock);
    ASYNC_END;
}

void run_mutex_uncontended(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, lock_unlock(b));
}

ASYNC_FN(void, send_recv, ((bench *, b), (number_chan *, c)), uint64_t i, one,
         sum;
         int error;)
{
    ASYNC_BEGIN(send_recv);
    bench_start(self->b);
    for (; self->i < self->b->n; self->i++) {
        AWAIT(self->error, CHAN_SEND(self->c, self->i));
        AWAIT(self->error, CHAN_RECV(self->c, &self->one));
        self->sum += self->one;
    }
    bench_stop(self->b, self->b->n);
    bench_check(self->sum == self->b->n * (self->b->n - 1) / 2, "the items");
    ASYNC_END;
}

void run_chan_uncontended(nr_runtime *rt, bench *b)
{
    number_chan *c = make_chan(ROOM);
    BLOCK_ON(rt, send_recv(b, c));
    CHAN_FREE(c);
}
