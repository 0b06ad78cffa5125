/* SPDX-License-Identifier: MIT */
/* expect: NR_AWAIT_OUTSIDE_AN_ASYNC_FUNCTION_ */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ())
{
    AWAIT(step(1)); /* here */
    ASYNC_RETURN(0);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
