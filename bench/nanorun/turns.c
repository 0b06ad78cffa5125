/* SPDX-License-Identifier: MIT */
/* Tasks that take turns: by yielding, and by telling each other. */
#include <stdlib.h>

#include "bench/nanorun/workloads.h"
#include "nanorun/rt/sync.h"

enum { TASKS = 1000 };

/* How often each of TASKS has its turn, where there are n turns. */
static uint64_t turns_each(const bench *b)
{
    return b->n < TASKS ? 1 : b->n / TASKS;
}

ASYNC_FN(uint64_t, yielder, ((uint64_t, turns)), uint64_t done;)
{
    ASYNC_BEGIN(yielder);
    for (; self->done < self->turns; self->done++)
        YIELD_NOW();
    ASYNC_RETURN(self->done);
    ASYNC_END;
}

ASYNC_FN(void, yield, ((bench *, b)), JOIN_HANDLE(yielder) tasks[TASKS];
         uint64_t i, one, sum;)
{
    ASYNC_BEGIN(yield);
    bench_start(self->b);
    for (int i = 0; i < TASKS; i++)
        self->tasks[i] = SPAWN(yielder(turns_each(self->b)));
    for (; self->i < TASKS; self->i++) {
        AWAIT(self->one, JOIN(self->tasks[self->i]));
        self->sum += self->one;
    }
    bench_stop(self->b, self->sum);
    bench_check(self->sum == TASKS * turns_each(self->b), "the yields");
    ASYNC_END;
}

void run_yield(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, yield(b));
}

ASYNC_FN(void, yield1, ((bench *, b)), uint64_t done;)
{
    ASYNC_BEGIN(yield1);
    bench_start(self->b);
    AWAIT(self->done, yielder(self->b->n));
    bench_stop(self->b, self->done);
    bench_check(self->done == self->b->n, "the yields");
    ASYNC_END;
}

void run_yield1(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, yield1(b));
}

typedef struct pair {
    nr_notify ping, pong;
} pair;

ASYNC_FN(uint64_t, pinger, ((pair *, p), (uint64_t, turns)), uint64_t done;)
{
    ASYNC_BEGIN(pinger);
    for (; self->done < self->turns; self->done++) {
        nr_notify_one(&self->p->ping);
        AWAIT(nr_notify_wait(&self->p->pong));
    }
    ASYNC_RETURN(self->done);
    ASYNC_END;
}

ASYNC_FN(uint64_t, ponger, ((pair *, p), (uint64_t, turns)), uint64_t done;)
{
    ASYNC_BEGIN(ponger);
    for (; self->done < self->turns; self->done++) {
        AWAIT(nr_notify_wait(&self->p->ping));
        nr_notify_one(&self->p->pong);
    }
    ASYNC_RETURN(self->done);
    ASYNC_END;
}

ASYNC_FN(void, ping_pong, ((bench *, b), (pair *, pairs)), uint64_t i, one, sum;
         JOIN_HANDLE(pinger) pingers[TASKS];
         JOIN_HANDLE(ponger) pongers[TASKS];)
{
    ASYNC_BEGIN(ping_pong);
    uint64_t turns = turns_each(self->b);
    bench_start(self->b);
    for (int i = 0; i < TASKS; i++) {
        self->pingers[i] = SPAWN(pinger(&self->pairs[i], turns));
        self->pongers[i] = SPAWN(ponger(&self->pairs[i], turns));
    }
    for (; self->i < TASKS; self->i++) {
        AWAIT(self->one, JOIN(self->pingers[self->i]));
        self->sum += self->one;
        AWAIT(self->one, JOIN(self->pongers[self->i]));
        self->sum += self->one;
    }
    bench_stop(self->b, self->sum / 2);
    bench_check(self->sum == 2 * TASKS * turns_each(self->b), "the turns");
    ASYNC_END;
}

void run_ping_pong(nr_runtime *rt, bench *b)
{
    pair *pairs = bench_alloc(TASKS, sizeof *pairs);
    for (int i = 0; i < TASKS; i++) {
        nr_notify_init(&pairs[i].ping);
        nr_notify_init(&pairs[i].pong);
    }
    BLOCK_ON(rt, ping_pong(b, pairs));
    for (int i = 0; i < TASKS; i++) {
        nr_notify_deinit(&pairs[i].ping);
        nr_notify_deinit(&pairs[i].pong);
    }
    free(pairs);
}
