/* SPDX-License-Identifier: MIT */
/* expect: too few arguments to function */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

int wrong(nr_runtime *rt);
int wrong(nr_runtime *rt)
{
    return BLOCK_ON(rt, step()); /* here */
}
