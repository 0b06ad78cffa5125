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
