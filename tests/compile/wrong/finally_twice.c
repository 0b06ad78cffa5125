/* SPDX-License-Identifier: MIT */
/* expect: NR_ASYNC_FINALLY_OUTSIDE_THE_BODY_ */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, ())
{
    ASYNC_BEGIN(wrong);
    AWAIT(step(1));
    ASYNC_FINALLY;
    AWAIT(step(1));
    ASYNC_FINALLY; /* here */
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
