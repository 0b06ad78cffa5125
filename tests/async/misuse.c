/* SPDX-License-Identifier: MIT */
#include "tests/async/misuse.h"

ASYNC_FN(int, one, ())
{
    ASYNC_BEGIN(one);
    ASYNC_RETURN(1);
    ASYNC_END;
}

ASYNC_DEFINE(int, waits, ((gate *, g)))
{
    ASYNC_BEGIN(waits);
    AWAIT(gate_wait(self->g));
    ASYNC_RETURN(1);
    ASYNC_END;
}

ASYNC_DEFINE(int, blocks_inside, ((nr_runtime *, rt)))
{
    ASYNC_BEGIN(blocks_inside);
    ASYNC_RETURN(BLOCK_ON(self->rt, one()));
    ASYNC_END;
}

ASYNC_DEFINE(int, runs_inside, ())
{
    ASYNC_BEGIN(runs_inside);
    ASYNC_RETURN(RUN(one()));
    ASYNC_END;
}

ASYNC_DEFINE(int, joins_aborted, ((gate *, never)), JOIN_HANDLE(waits) h;
             int got;)
{
    ASYNC_BEGIN(joins_aborted);
    self->h = SPAWN(waits(self->never));
    ABORT(self->h);
    AWAIT(self->got, JOIN(self->h));
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

ASYNC_DEFINE(void, awaits_twice, (), one_future *f;)
{
    ASYNC_BEGIN(awaits_twice);
    self->f = one();
    AWAIT(self->f);
    AWAIT(self->f);
    ASYNC_END;
}

ASYNC_DEFINE(void, drops_twice, (), one_future *f;)
{
    ASYNC_BEGIN(drops_twice);
    self->f = one();
    nr_future_drop(&self->f->base);
    nr_future_drop(&self->f->base);
    ASYNC_END;
}

ASYNC_DEFINE(void, spawns_and_awaits, (), one_future *f;)
{
    ASYNC_BEGIN(spawns_and_awaits);
    self->f = one();
    DETACH(SPAWN(self->f));
    AWAIT(self->f);
    ASYNC_END;
}

ASYNC_DEFINE(void, combines_one_twice, (), one_future *f;)
{
    ASYNC_BEGIN(combines_one_twice);
    self->f = one();
    AWAIT(ALL(self->f, nr_sleep_ms(1), self->f));
    ASYNC_END;
}

ASYNC_DEFINE(void, bounds_and_keeps, (), one_future *f; int got;)
{
    ASYNC_BEGIN(bounds_and_keeps);
    self->f = one();
    AWAIT(ALL(TIMEOUT_MS(1, self->f), INTO(&self->got, self->f)));
    ASYNC_END;
}

ASYNC_DEFINE(void, awaits_itself, ())
{
    ASYNC_BEGIN(awaits_itself);
    AWAIT(self);
    ASYNC_END;
}
