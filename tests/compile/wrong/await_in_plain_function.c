/* SPDX-License-Identifier: MIT */
/* expect: NR_AWAIT_OUTSIDE_AN_ASYNC_FUNCTION_ */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

int wrong(void);
int wrong(void)
{
    int got;
    AWAIT(got, step(1)); /* here */
    return got;
}
