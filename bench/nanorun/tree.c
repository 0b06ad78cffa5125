/* SPDX-License-Identifier: MIT */
/* Trees of calls: spawned and joined, or awaited in place. */
#include "bench/nanorun/workloads.h"

enum { CHILDREN = 10 };

ASYNC_DECLARE(uint64_t, node, ((uint64_t, first), (uint64_t, leaves)));

ASYNC_DEFINE(uint64_t, node, ((uint64_t, first), (uint64_t, leaves)),
             JOIN_HANDLE(node) children[CHILDREN];
             int i; uint64_t one, sum;)
{
    ASYNC_BEGIN(node);
    if (self->leaves == 1)
        ASYNC_RETURN(self->first);
    for (unsigned i = 0; i < CHILDREN; i++) {
        uint64_t leaves = self->leaves / CHILDREN;
        self->children[i] = SPAWN(node(self->first + i * leaves, leaves));
    }
    for (; self->i < CHILDREN; self->i++) {
        AWAIT(self->one, JOIN(self->children[self->i]));
        self->sum += self->one;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

ASYNC_FN(void, skynet, ((bench *, b)), uint64_t sum;)
{
    ASYNC_BEGIN(skynet);
    bench_start(self->b);
    AWAIT(self->sum, node(0, self->b->n));
    bench_stop(self->b, self->b->n);
    bench_check(self->sum == self->b->n * (self->b->n - 1) / 2,
                "the sum of the leaves");
    ASYNC_END;
}

void run_skynet(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, skynet(b));
}

/* The n-th Fibonacci number by adding: what the trees must find. */
static uint64_t fib_of(uint64_t n)
{
    uint64_t a = 0, b = 1;
    for (; n > 0; n--) {
        uint64_t next = a + b;
        a = b;
        b = next;
    }
    return a;
}

ASYNC_DECLARE(uint64_t, fib, ((unsigned, n)));

ASYNC_DEFINE(uint64_t, fib, ((unsigned, n)), JOIN_HANDLE(fib) task;
             uint64_t a, b;)
{
    ASYNC_BEGIN(fib);
    if (self->n < 2)
        ASYNC_RETURN(self->n);
    self->task = SPAWN(fib(self->n - 1));
    AWAIT(self->b, fib(self->n - 2));
    AWAIT(self->a, JOIN(self->task));
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

ASYNC_FN(void, spawn_fib, ((bench *, b)), uint64_t found;)
{
    ASYNC_BEGIN(spawn_fib);
    bench_start(self->b);
    AWAIT(self->found, fib((unsigned)self->b->n));
    bench_stop(self->b, fib_of(self->b->n + 1) - 1);
    bench_check(self->found == fib_of(self->b->n), "fib");
    ASYNC_END;
}

void run_fib(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, spawn_fib(b));
}

ASYNC_FN(uint64_t, plain_fib, ((unsigned, n)), uint64_t a, b;)
{
    ASYNC_BEGIN(plain_fib);
    if (self->n < 2)
        ASYNC_RETURN(self->n);
    AWAIT(self->a, plain_fib(self->n - 1));
    AWAIT(self->b, plain_fib(self->n - 2));
    ASYNC_RETURN(self->a + self->b);
    ASYNC_END;
}

ASYNC_FN(void, await_fib, ((bench *, b)), uint64_t found;)
{
    ASYNC_BEGIN(await_fib);
    bench_start(self->b);
    AWAIT(self->found, plain_fib((unsigned)self->b->n));
    bench_stop(self->b, 2 * fib_of(self->b->n + 1) - 1);
    bench_check(self->found == fib_of(self->b->n), "fib");
    ASYNC_END;
}

void run_await(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, await_fib(b));
}
