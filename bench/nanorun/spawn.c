/* SPDX-License-Identifier: MIT */
/* Spawning many tasks, side by side and one out of the other. */
#include <stdlib.h>

#include "bench/nanorun/workloads.h"
#include "nanorun/rt/sync.h"

ASYNC_FN(uint64_t, trivial, ((uint64_t, i)))
{
    ASYNC_BEGIN(trivial);
    ASYNC_RETURN(self->i);
    ASYNC_END;
}

typedef JOIN_HANDLE(trivial) handle;

ASYNC_FN(uint64_t, join_all, ((const handle *, handles), (uint64_t, n)),
         uint64_t i, one, sum;)
{
    ASYNC_BEGIN(join_all);
    for (; self->i < self->n; self->i++) {
        AWAIT(self->one, JOIN(self->handles[self->i]));
        self->sum += self->one;
    }
    ASYNC_RETURN(self->sum);
    ASYNC_END;
}

static void check_sum(uint64_t sum, uint64_t n)
{
    bench_check(sum == n * (n - 1) / 2, "the sum of the results");
}

ASYNC_FN(void, spawn_join, ((bench *, b)), handle *handles; uint64_t sum;)
{
    ASYNC_BEGIN(spawn_join);
    bench_start(self->b);
    self->handles = bench_alloc(self->b->n, sizeof *self->handles);
    for (uint64_t i = 0; i < self->b->n; i++)
        self->handles[i] = SPAWN(trivial(i));
    AWAIT(self->sum, join_all(self->handles, self->b->n));
    free(self->handles);
    bench_stop(self->b, self->b->n);
    check_sum(self->sum, self->b->n);
    ASYNC_END;
}

void run_spawn_join(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, spawn_join(b));
}

void run_spawn_remote(nr_runtime *rt, bench *b)
{
    nr_handle *runtime = nr_runtime_handle(rt);
    bench_start(b);
    handle *handles = bench_alloc(b->n, sizeof *handles);
    for (uint64_t i = 0; i < b->n; i++)
        handles[i] = SPAWN_ON(runtime, trivial(i));
    uint64_t sum = BLOCK_ON(rt, join_all(handles, b->n));
    free(handles);
    bench_stop(b, b->n);
    check_sum(sum, b->n);
    nr_handle_release(runtime);
}

ASYNC_DECLARE(void, chain_link, ((uint64_t, left), (nr_notify *, end)));

static void spawn_link(uint64_t left, nr_notify *end)
{
    if (left == 0)
        nr_notify_one(end);
    else
        DETACH(SPAWN(chain_link(left - 1, end)));
}

ASYNC_DEFINE(void, chain_link, ((uint64_t, left), (nr_notify *, end)))
{
    ASYNC_BEGIN(chain_link);
    spawn_link(self->left, self->end);
    ASYNC_END;
}

ASYNC_FN(void, chained_spawn, ((bench *, b)), nr_notify end;)
{
    ASYNC_BEGIN(chained_spawn);
    nr_notify_init(&self->end);
    bench_start(self->b);
    spawn_link(self->b->n, &self->end);
    AWAIT(nr_notify_wait(&self->end));
    bench_stop(self->b, self->b->n);
    nr_notify_deinit(&self->end);
    ASYNC_END;
}

void run_chained_spawn(nr_runtime *rt, bench *b)
{
    BLOCK_ON(rt, chained_spawn(b));
}
