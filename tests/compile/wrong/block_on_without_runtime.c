/* SPDX-License-Identifier: MIT */
/* expect: incompatible pointer type */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

int wrong(int n);
int wrong(int n)
{
    return BLOCK_ON(&n, step(1)); /* here */
}
