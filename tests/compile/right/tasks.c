/* SPDX-License-Identifier: MIT */
/* also: c++17 */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(void, nothing, ())
{
    ASYNC_BEGIN(nothing);
    ASYNC_END;
}

ASYNC_FN(int, right, ((nr_handle *, other)), JOIN_HANDLE(step) h;
         JOIN_HANDLE(step) all[3]; int error; int got; int i;)
{
    ASYNC_BEGIN(right);
    self->h = SPAWN(step(1));
    AWAIT(self->got, JOIN(self->h));
    for (self->i = 0; self->i < 3; self->i++)
        self->all[self->i] = SPAWN_ON(self->other, step(self->i));
    ABORT(self->all[0]);
    AWAIT(self->error, JOIN_STATUS(self->all[0], &self->got));
    AWAIT(self->error, JOIN_STATUS(self->all[1]));
    if (IS_FINISHED(self->all[2]))
        self->got++;
    DETACH(self->all[2]);
    DETACH(SPAWN(nothing()));
    AWAIT(self->error, TIMEOUT_MS(10, step(4), &self->got));
    AWAIT(self->error, TIMEOUT_MS(10, JOIN(SPAWN(step(4))), &self->got));
    AWAIT(self->error, TIMEOUT_MS(10, nr_sleep_ms(5)));
    AWAIT(nr_sleep_until_ns(nr_now_ns()));
    ASYNC_RETURN(self->error ? self->error : self->got);
    ASYNC_END;
}

int main(void)
{
    nr_runtime *rt = nr_runtime_create(NULL);
    nr_handle *other = nr_runtime_handle(rt);
    JOIN_HANDLE(step) h = SPAWN_ON(other, step(3));
    int got = BLOCK_ON(rt, JOIN(h));
    BLOCK_ON(rt, nothing());
    got += BLOCK_ON(rt, right(other));
    nr_handle_release(other);
    nr_runtime_destroy(rt);
    nr_future_drop(&step(3)->base);
    return got;
}
