/* SPDX-License-Identifier: MIT */
/* expect: expected expression */
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
    int got = AWAIT(step(1)); /* here */
    ASYNC_RETURN(got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
