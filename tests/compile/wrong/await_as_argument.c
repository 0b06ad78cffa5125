/* SPDX-License-Identifier: MIT */
/* expect: expected expression */
#include "nanorun/async.h"

ASYNC_FN(int, step, ((int, n)))
{
    ASYNC_BEGIN(step);
    ASYNC_RETURN(self->n);
    ASYNC_END;
}

ASYNC_FN(int, wrong, (), int got;)
{
    ASYNC_BEGIN(wrong);
    AWAIT(self->got, step(AWAIT(step(1)))); /* here */
    ASYNC_RETURN(self->got);
    ASYNC_END;
}

int main(void)
{
    return RUN(wrong());
}
